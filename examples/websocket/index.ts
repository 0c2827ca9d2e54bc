import { createSockets } from './aws.ts';
import { createConnect, createEnd } from './sockets.ts';

const { SOCKETS_TABLE = '', SOCKETS_ENDPOINT = '' } = process.env;
const sockets = createSockets(SOCKETS_TABLE, SOCKETS_ENDPOINT);

/** `SessionService.protect()` sets the variables that the guard reads here. */
export const connect = createConnect(sockets);
export const end = createEnd(sockets);
