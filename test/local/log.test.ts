import { expect, test } from '@jest/globals';
import { compactLog, createLog, mask } from '../../local/log.ts';

const SECRET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
const SESSION = 'AAAAAAAAAAAAAAAAAAAAAA';

test.each([
  [`cookie ${SESSION}.${SECRET}`, SECRET],
  ['{"code":"SplxlOBeZQQYbYS6WxSbIA"}', 'SplxlOBeZQQYbYS6WxSbIA'],
  ['?code=SplxlOBeZQQYbYS6WxSbIA&state=x', 'SplxlOBeZQQYbYS6WxSbIA'],
  ['id_token eyJhbGciOi.eyJzdWIi.c2ln', 'eyJzdWIi'],
])('%s is shown without its secret', (text, secret) => {
  expect(mask(text)).not.toContain(secret);
});

test('the session id and the code of a problem may be shown', () => {
  expect(mask(`${SESSION}.${SECRET}`)).toBe(`${SESSION}.[secret]`);
  expect(mask('"code":"ERR_SESSION_ENDED"')).toContain('ERR_SESSION_ENDED');
});

test("a logger's line is compact; what every line carries is left out", () => {
  const line = { level: 'ERROR', message: 'sweep failed', timestamp: 't', service: 'curfew', shard: 2 };
  expect(compactLog(JSON.stringify(line))).toEqual({ text: 'sweep failed {"shard":2}', bad: true });
  expect(compactLog('')).toBeUndefined();
  expect(compactLog('plain')).toEqual({ text: 'plain', bad: false });
  expect(compactLog('null')).toEqual({ text: 'null', bad: false });
  expect(compactLog(JSON.stringify({ level: 'INFO', message: 'request', path: '/' }))).toBeUndefined();
});

test('metrics are names and values', () => {
  const document = {
    _aws: { CloudWatchMetrics: [{ Namespace: 'Curfew', Metrics: [{ Name: 'SessionsEnded' }] }] },
    Reason: 'idle',
    SessionsEnded: [1],
  };
  expect(compactLog(JSON.stringify(document))?.text).toBe('metrics SessionsEnded=[1] (idle)');
});

test('an event says who, why and how late, by the moved time', () => {
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    false,
    () => 0,
  );
  log.event({
    version: '0',
    id: '1',
    'detail-type': 'Session Ended',
    source: 'curfew',
    account: '',
    time: '',
    region: '',
    resources: [],
    detail: { subject: 'demo', reason: 'idle', latenessMs: 12, sessionId: SESSION },
  });
  log.request('GET', '/api/session', 401, 3.2, 'ERR_SESSION_ENDED (idle)');
  expect(lines).toEqual([
    `00:00:00 event    Session Ended demo · idle · 12 ms late · ${SESSION}`,
    '00:00:00 get      /api/session 401 ERR_SESSION_ENDED (idle) 3 ms',
  ]);
});
