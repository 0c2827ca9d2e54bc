export { close, freePort, listen } from '../dev/machine/loopback.ts';
