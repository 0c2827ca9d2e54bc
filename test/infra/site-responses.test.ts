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
