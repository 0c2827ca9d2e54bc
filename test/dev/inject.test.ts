import { expect, test } from '@jest/globals';
import { forbiddenBy, isPage, withPanel } from '../../dev/inject.ts';

test.each([
  [200, { 'content-type': 'text/html' }, true],
  [200, { 'content-type': 'Text/HTML; charset=utf-8', 'content-encoding': 'identity' }, true],
  [200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, false],
  [200, { 'content-type': 'text/htmlx' }, false],
  [200, { 'content-type': 'application/json' }, false],
  [200, {}, false],
  [206, { 'content-type': 'text/html' }, false],
  [304, { 'content-type': 'text/html' }, false],
  [404, { 'content-type': 'text/html' }, false],
])('%s %j: a page that the panel is added to is %s', (status, headers, expected) => {
  expect(isPage(status, headers)).toBe(expected);
});

test.each([
  ['', undefined],
  ["default-src 'self'", undefined],
  ["script-src 'self' 'nonce-x'; connect-src *", undefined],
  ["img-src 'none'; style-src 'none'", undefined],
  ["DEFAULT-SRC 'none'; script-src 'self'; connect-src 'self'", undefined],
  ["default-src 'none'", 'default-src'],
  ["script-src 'nonce-x' 'strict-dynamic' 'self'", 'script-src'],
  ["script-src 'self'; script-src-elem https://cdn.example", 'script-src-elem'],
  ["default-src 'self'; connect-src https://api.example", 'connect-src'],
  ["default-src 'self', script-src 'none'", 'script-src'],
])('the policy %j forbids it by %s', (policy, directive) => {
  const headers = policy === '' ? {} : { 'content-security-policy': policy };
  expect(forbiddenBy(headers, 'http://localhost:4000')).toBe(directive);
});

test('a policy that lets https alone forbids the panel of a page by http', () => {
  const headers = { 'content-security-policy': 'script-src https:; connect-src http:' };
  expect(forbiddenBy(headers, 'http://localhost:4000')).toBe('script-src');
  expect(forbiddenBy(headers, 'https://localhost:4000')).toBeUndefined();
});

const SCRIPT = '<script src="/__curfew/panel.js"></script>';

test.each([
  ['<!doctype html>', '<html lang="de"><head>'],
  ['\ufeff<!DOCTYPE html SYSTEM "about:legacy-compat">', '\n<title>Ä</title>'],
  ['\n<!-- made by ä -->\n<!doctype html>', ''],
])('a page that begins with %j has the script after it', (before, after) => {
  expect(withPanel(Buffer.from(before + after)).toString()).toBe(before + SCRIPT + after);
});

test.each(['', '<p>a part of a page</p>', '<html><!doctype html>'])('%j is left as it is', (text) => {
  expect(withPanel(Buffer.from(text)).toString()).toBe(text);
});
