import { BlockList, isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import { ipAddress, viewerAddress } from '../../../functions/http/viewer-address.ts';
import fc, { runs } from '../../support/fast-check.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const piece = fc.oneof(
  address,
  fc.constantFrom(
    '[',
    ']',
    ':',
    ':80',
    '%',
    '%eth0',
    '%25',
    '.',
    ',',
    ' ',
    '\t',
    '\0',
    '\r\n',
    '\u00a0',
    '::',
    '0',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const junk = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));

test('whatever the text, an address that a list of addresses takes, or none', () => {
  let found = 0;
  fc.assert(
    fc.property(junk, (text) => {
      const read = ipAddress(text);
      if (read === undefined) return;
      found += 1;
      expect(read).toMatch(/^[\da-fA-F.:]{2,45}$/);
      expect(text).toContain(read);
      new BlockList().addAddress(read, isIP(read) === 4 ? 'ipv4' : 'ipv6');
    }),
    runs(1_000),
  );
  expect(found).toBeGreaterThan(40);
});

test('every address is found behind whatever the client claims, with the port that a proxy writes', () => {
  fc.assert(
    fc.property(fc.array(junk), fc.ipV4(), fc.ipV6(), fc.nat(65_535), (claimed, v4, v6, port) => {
      const read = (viewer: string) =>
        viewerAddress({ headers: { 'x-forwarded-for': [...claimed, viewer, '198.51.100.1'].join(', ') } }, 1);
      expect([read(v4), read(`${v4}:${port}`)]).toEqual([v4, v4]);
      expect([read(v6), read(`[${v6}]:${port}`)]).toEqual([v6, v6]);
    }),
    runs(300),
  );
});

test('nothing that a client sends moves the address of a request without a trusted proxy', () => {
  fc.assert(
    fc.property(junk, (header) => {
      const request = { headers: { 'x-forwarded-for': header }, sourceIp: '192.0.2.1' };
      expect(viewerAddress(request, 0)).toBe('192.0.2.1');
    }),
  );
});
