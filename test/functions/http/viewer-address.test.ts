import { describe, expect, test } from '@jest/globals';
import { ipAddress, viewerAddress } from '../../../functions/http/viewer-address.ts';

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    [' \t192.0.2.1\t ', '192.0.2.1'],
    ['192.0.2.1:443', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8::1', '2001:DB8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:65535', '2001:db8::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['2001:0db8:0000:0000:0000:0000:192.100.200.100', '2001:0db8:0000:0000:0000:0000:192.100.200.100'],
  ])('%j is %s', (text, address) => {
    expect(ipAddress(text)).toBe(address);
  });

  test.each([
    undefined,
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.01',
    '0xc0000201',
    '3221225985',
    '192.0.2.1:',
    '192.0.2.1:123456',
    '192.0.2.1:x',
    '192.0.2.1 192.0.2.2',
    '[192.0.2.1]:80',
    '[]',
    '[2001:db8::1',
    '2001:db8::1]',
    '[[2001:db8::1]]',
    'fe80::1%eth0',
    '[fe80::1%25eth0]:80',
    '::1%<script>',
    '1:2:3:4:5:6:7:8:9',
    '\u00a0192.0.2.1',
    '192.0.2.1\n',
    '１９２.0.2.1',
    `${' '.repeat(64)}192.0.2.1`,
  ])('%j is none', (text) => {
    expect(ipAddress(text)).toBeUndefined();
  });
});

describe('the viewer is', () => {
  const chain = 'made up, 203.0.113.9:1234, 198.51.100.1';
  const sourceIp = '192.0.2.1';

  test.each([
    ['the peer where the header is the client’s own', chain, 0, sourceIp],
    ['before the proxies', chain, 1, '203.0.113.9'],
    ['the peer where that is no address', chain, 2, sourceIp],
    ['the peer where there are fewer', chain, 9, sourceIp],
    ['the peer without the header', undefined, 1, sourceIp],
    ['the peer with an empty one', '', 1, sourceIp],
  ])('%s', (_, header, proxyHops, address) => {
    expect(viewerAddress({ headers: { 'x-forwarded-for': header }, sourceIp }, proxyHops)).toBe(address);
  });

  test('unknown where the platform knows no address', () => {
    expect(viewerAddress({ headers: {} }, 1)).toBeUndefined();
    expect(viewerAddress({ headers: {}, sourceIp: '/var/run/socket' }, 0)).toBeUndefined();
  });
});
