import { describe, expect, test } from '@jest/globals';
import { contentSecurityPolicy, reportingHeaders } from '../../infra/constructs/site-responses.ts';

test('no name: none may be created', () => {
  expect(contentSecurityPolicy({ trustedTypes: [] })).toMatch(/; trusted-types 'none'$/);
});

describe('trustedTypes', () => {
  test.each(['', ' ', 'a b', 'a;script-src *', "'none'", "'unsafe-inline'", '*', 'a,b', 'é', 'a\n'])(
    '%j is no name',
    (name) => {
      expect(() => contentSecurityPolicy({ trustedTypes: ['good', name] })).toThrow(/trustedTypes/);
    },
  );
});

describe('scriptHashes', () => {
  test('stand beside the scripts of the site', () => {
    const policy = contentSecurityPolicy({ scriptHashes: ['sha256-abc+/1=', 'sha384-x'] });
    expect(policy).toContain("; script-src 'self' 'sha256-abc+/1=' 'sha384-x'; ");
  });

  test.each([
    '',
    'sha256-',
    'sha1-abc',
    'unsafe-inline',
    "sha256-a' *",
    'sha256-a;',
    "'sha256-abc'",
    'sha256-a===\n',
  ])('%j is no hash', (hash) => {
    expect(() => contentSecurityPolicy({ scriptHashes: [hash] })).toThrow(/scriptHashes/);
  });
});

describe('contentSecurityPolicy', () => {
  const directive = (added: Record<string, readonly string[]>, name: string) =>
    contentSecurityPolicy({ contentSecurityPolicy: added })
      .split('; ')
      .filter((one) => one.split(' ')[0] === name);

  test.each<[Record<string, readonly string[]>, string]>([
    [{ 'img-src': ['https:'] }, "img-src 'self' data: https:"],
    [{ 'frame-ancestors': ["'self'"] }, "frame-ancestors 'self'"],
    [{ 'media-src': ['blob:', 'https://a.example'] }, 'media-src blob: https://a.example'],
    [{ sandbox: [] }, 'sandbox'],
    [{ 'default-src': [] }, "default-src 'none'"],
  ])('%j is added, and takes the place of none', (added, expected) => {
    expect(directive(added, expected.split(' ')[0]!)).toEqual([expected]);
  });

  test('stands beside the hashes of scripts', () => {
    const added = { 'script-src': ['https://cdn.example.com'] };
    expect(contentSecurityPolicy({ contentSecurityPolicy: added, scriptHashes: ['sha256-abc='] })).toContain(
      "; script-src 'self' 'sha256-abc=' https://cdn.example.com; ",
    );
  });

  test('takes nothing away: the rest is as strict as ever', () => {
    const strict = contentSecurityPolicy().split('; ');
    const more = contentSecurityPolicy({ contentSecurityPolicy: { 'font-src': ['https:'] } }).split('; ');
    expect(more.filter((one) => !one.startsWith('font-src'))).toEqual(
      strict.filter((one) => !one.startsWith('font-src')),
    );
  });

  test.each(['', 'a b', 'a;script-src *', 'a,b', 'é', 'a\n'])('%j is no source', (source) => {
    expect(() => contentSecurityPolicy({ contentSecurityPolicy: { 'img-src': ['https:', source] } })).toThrow(
      /contentSecurityPolicy: img-src/,
    );
  });

  test.each(['', 'img src', 'img-src;', 'Img-Src', '-src', 'img-src\n'])('%j is no directive', (name) => {
    expect(() => contentSecurityPolicy({ contentSecurityPolicy: { [name]: ['https:'] } })).toThrow(
      /contentSecurityPolicy must name directives/,
    );
  });

  test.each([
    ['require-trusted-types-for', 'requireTrustedTypes'],
    ['trusted-types', 'trustedTypes'],
    ['report-uri', 'reportViolationsTo'],
    ['report-to', 'reportViolationsTo'],
  ])('%s is set by %s', (name, prop) => {
    expect(() => contentSecurityPolicy({ contentSecurityPolicy: { [name]: [] } })).toThrow(
      `contentSecurityPolicy: ${name} is set by ${prop}`,
    );
  });
});

describe('reportViolationsTo', () => {
  test.each(['/reports', '/', 'https://reports.example.com/csp?site=1', 'https://reports.example.com:8443'])(
    '%j is said in policy and header',
    (reportViolationsTo) => {
      const policy = contentSecurityPolicy({ reportViolationsTo });
      expect(policy.endsWith(`; report-uri ${reportViolationsTo}; report-to csp`)).toBe(true);
      expect(reportingHeaders({ reportViolationsTo })).toEqual([
        ['reporting-endpoints', `csp="${reportViolationsTo}"`],
      ]);
    },
  );

  test.each([
    '',
    'reports',
    '//reports.example.com',
    '/\\reports.example.com',
    'http://reports.example.com',
    'javascript:0',
    'https://',
    '/a;script-src *',
    '/a b',
    '/a,b',
    '/a"',
    "/a'",
    '/a\r\nx: y',
    '/é',
  ])('%j is refused, by name', (reportViolationsTo) => {
    expect(() => contentSecurityPolicy({ reportViolationsTo })).toThrow(/reportViolationsTo/);
    expect(() => reportingHeaders({ reportViolationsTo })).toThrow(/reportViolationsTo/);
  });
});
