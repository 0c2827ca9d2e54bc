import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { END_REASONS } from '../../../core/contract.ts';
import { duration, ENGLISH_LANGUAGE, loadLanguage, pointInTime } from '../../../web/element/language.ts';
import { TEXTS as ENGLISH } from '../../../web/element/locales/en.ts';
import type { DialogTexts, ToldReason } from '../../../web/element/texts.ts';

const TAGS = readdirSync('web/element/locales').map((file) => file.replace('.ts', ''));
const REASONS: readonly ToldReason[] = [...END_REASONS, 'elsewhere', 'unknown'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Every text, with marks in place of what comes into it. */
function spoken(texts: DialogTexts): Record<string, string> {
  const { at, duration: _, warning, absolute, countdown, unsure, endedTitle, ended, ...fixed } = texts;
  return {
    ...fixed,
    at: at('TIME'),
    atDate: at('TIME', 'DATE'),
    warning: warning('WHEN', 'LIMIT'),
    absolute: absolute('WHEN', 'LIMIT'),
    countdown: countdown('LEFT'),
    unsure: unsure('WHEN'),
    endedTitle: endedTitle('WHEN'),
    endedTitleAlone: endedTitle(),
    ...Object.fromEntries(
      REASONS.flatMap((reason) => [
        [`ended ${reason}`, ended(reason)],
        [`ended ${reason} LIMIT`, ended(reason, 'LIMIT')],
      ]),
    ),
  };
}

test('the languages are those that the documentation promises, by their names and tags', () => {
  const guide = readFileSync('docs/guides/appearance.md', 'utf8').replaceAll('\n', ' ');
  const [, promised = ''] = /It knows (.+?)\. A region/.exec(guide) ?? [];
  expect([...promised.matchAll(/`([\w-]+)`/g)].map(([, tag]) => tag).sort()).toEqual([...TAGS].sort());
  const names = new Intl.DisplayNames('en', { type: 'language' });
  for (const tag of TAGS.filter((each) => !each.includes('-'))) {
    expect(promised).toContain(`${names.of(tag)} (\`${tag}\``);
  }
});

describe.each(TAGS)('the texts in %s', (tag) => {
  let texts: DialogTexts;
  beforeAll(async () => {
    ({ texts } = await loadLanguage(tag));
  });

  test('are loaded, all of them and no other', () => {
    expect(texts === ENGLISH).toBe(tag === 'en');
    const keys = new Set([...Object.keys(texts), 'duration']);
    expect([...keys].sort()).toEqual([...Object.keys(ENGLISH), 'duration'].sort());
  });

  test('say what the English ones say: each time, limit and reason comes in where it does there', () => {
    const marks = (all: Record<string, string>) =>
      Object.entries(all).map(([key, text]) => [
        key,
        (text.match(/TIME|DATE|WHEN|LIMIT|LEFT/g) ?? []).sort(),
      ]);
    expect(marks(spoken(texts))).toEqual(marks(spoken(ENGLISH)));
  });

  test('are clean: none is empty, has a blank at its end or two in a row, or a straight quotation mark', () => {
    for (const [key, text] of Object.entries(spoken(texts))) {
      expect([key, text]).toEqual([key, expect.stringMatching(/^\S(?:(?!\s\s|undefined|['"]).)*\S$/)]);
    }
  });

  test('are sentences, where they stand alone', () => {
    const { ended, warning, absolute, countdown, unsure, extending, failed, offline } = texts;
    const { signingIn, signInOther } = texts;
    const sentences = [
      ...REASONS.flatMap((reason) => [ended(reason), ended(reason, 'LIMIT')]),
      ...[warning('WHEN', 'LIMIT'), absolute('WHEN', 'LIMIT'), countdown('LEFT'), unsure('WHEN')],
      ...[extending, failed, offline, signingIn, signInOther],
    ];
    for (const sentence of sentences) expect(sentence).toMatch(/[.…。]$/);
  });

  test('tell every reason apart', () => {
    expect(new Set(REASONS.map((reason) => texts.ended(reason))).size).toBe(REASONS.length);
  });
});

describe('the language of a page', () => {
  test.each([
    ['de', 'de', 'Abmelden'],
    ['de-AT', 'de-AT', 'Abmelden'],
    ['DE_ch', 'de-CH', 'Abmelden'],
    ['en', 'en', 'Sign out'],
    ['en_US', 'en-US', 'Sign out'],
    ['pt-BR', 'pt-BR', 'Sair'],
    ['pt-PT', 'pt-PT', 'Sair'],
    ['zh', 'zh', '退出登录'],
    ['zh-CN', 'zh-CN', '退出登录'],
    ['zh-Hans-HK', 'zh-Hans-HK', '退出登录'],
    ['zh-Hant', 'zh-Hant', '登出'],
    ['zh-TW', 'zh-TW', '登出'],
    ['zh_HK', 'zh-HK', '登出'],
    ['ar', 'en', 'Sign out'],
    ['sv', 'en', 'Sign out'],
    ['', 'en', 'Sign out'],
    ['x', 'en', 'Sign out'],
    ['no language at all', 'en', 'Sign out'],
    ['constructor', 'en', 'Sign out'],
  ])('%p: %s', async (lang, tag, signOut) => {
    const language = await loadLanguage(lang);
    expect([language.tag, language.texts.signOut]).toEqual([tag, signOut]);
  });

  test('is that of texts of the page’s own, whether there are texts in it or not', async () => {
    expect((await loadLanguage('sv_FI')).pageTag).toBe('sv-FI');
    expect((await loadLanguage('de')).pageTag).toBe('de');
    expect((await loadLanguage('no language')).pageTag).toBe('en');
  });
});

test('of which the file is not there is missing, and no other', async () => {
  expect((await loadLanguage('de')).isMissing).toBe(false);
  expect((await loadLanguage('sv')).isMissing).toBe(false);
});

describe('a duration', () => {
  test.each([
    ['en', ['1 second', '2 minutes', '5 minutes', '21 hours']],
    ['de', ['1 Sekunde', '2 Minuten', '5 Minuten', '21 Stunden']],
    ['es', ['1 segundo', '2 minutos', '5 minutos', '21 horas']],
    ['fr', ['1 seconde', '2 minutes', '5 minutes', '21 heures']],
    ['it', ['1 secondo', '2 minuti', '5 minuti', '21 ore']],
    ['ja', ['1 秒', '2 分', '5 分', '21 時間']],
    ['nl', ['1 seconde', '2 minuten', '5 minuten', '21 uur']],
    ['pl', ['1 sekundę', '2 minuty', '5 minut', '21 godzin']],
    ['pt', ['1 segundo', '2 minutos', '5 minutos', '21 horas']],
    ['zh', ['1秒钟', '2分钟', '5分钟', '21小时']],
  ])('in %s has the plural of its number', async (tag, words) => {
    const language = await loadLanguage(tag);
    const said = [1_000, 2 * MINUTE, 5 * MINUTE, 21 * HOUR].map((ms) => duration(language, ms));
    expect(said.map((text) => text.replaceAll('\u00a0', ' '))).toEqual(words);
  });

  test.each([
    [1, 'minutę', 'godzinę'],
    [2, 'minuty', 'godziny'],
    [5, 'minut', 'godzin'],
    [12, 'minut', 'godzin'],
    [21, 'minut', 'godzin'],
    [22, 'minuty', 'godziny'],
  ])('in pl is in the accusative: %i', async (value, minute, hour) => {
    const { texts } = await loadLanguage('pl');
    expect([texts.duration?.(value, 'minute'), texts.duration?.(value, 'hour')]).toEqual([
      `${value}\u00a0${minute}`,
      `${value}\u00a0${hour}`,
    ]);
  });

  test.each([
    [HOUR, '1 hour'],
    [90 * MINUTE, '90 minutes'],
    [24 * HOUR, '24 hours'],
    [61_000, '61 seconds'],
    [1_499, '1 second'],
    [0, '0 hours'],
  ])('of %i ms is told in the largest unit that it fills: %s', (ms, words) => {
    expect(duration(ENGLISH_LANGUAGE, ms)).toBe(words);
  });
});

describe('a point in time', () => {
  /** In the time zone of this machine, as a page is in that of its device. */
  const at = (day: number, hour: number, minute = 0, ms = 0) =>
    new Date(2026, 10, day, hour, minute, 0, ms).getTime();
  const said = async (tag: string, time: number, now: number) =>
    pointInTime(await loadLanguage(tag), time, now).replaceAll(/[\u00a0\u202f]/g, ' ');

  test.each([
    ['en', 'at 2:32 PM', 'on November 28 at 12:05 AM'],
    ['en-GB', 'at 14:32', 'on 28 November at 00:05'],
    ['de', 'um 14:32 Uhr', 'am 28. November um 00:05 Uhr'],
    ['es', 'a las 14:32', 'el 28 de noviembre a las 0:05'],
    ['fr', 'à 14:32', 'le 28 novembre à 00:05'],
    ['it', 'alle ore 14:32', 'il 28 novembre alle ore 00:05'],
    ['ja', '14:32', '11月28日 0:05'],
    ['nl', 'om 14:32 uur', 'op 28 november om 00:05 uur'],
    ['pl', 'o godz. 14:32', '28 listopada o godz. 00:05'],
    ['pt', 'às 14:32', 'em 28 de novembro às 00:05'],
    ['zh', '14:32', '11月28日00:05'],
    ['zh-TW', '下午2:32', '11月28日凌晨12:05'],
    ['ar', 'at 2:32 PM', 'on November 28 at 12:05 AM'],
  ])('in %s', async (tag, today, tomorrow) => {
    expect(await said(tag, at(27, 14, 32), at(27, 14))).toBe(today);
    expect(await said(tag, at(28, 0, 5), at(27, 23, 50))).toBe(tomorrow);
  });

  test('has its date on the other side of midnight, on either', async () => {
    expect(await said('en-GB', at(28, 0), at(28, 0) - 1)).toBe('on 28 November at 00:00');
    expect(await said('en-GB', at(28, 0), at(28, 0))).toBe('at 00:00');
    expect(await said('en-GB', at(28, 0) - 1, at(28, 0) - 1)).toBe('at 23:59');
    expect(await said('en-GB', at(28, 0) - 1, at(28, 0))).toBe('on 27 November at 23:59');
  });

  test.each([
    ['es', 1, 'a la 1:05'],
    ['es', 11, 'a las 11:05'],
    ['es', 13, 'a las 13:05'],
    ['es-MX', 13, 'a la 1:05 p.m.'],
    ['pt', 1, 'à 01:05'],
    ['pt', 13, 'às 13:05'],
  ])('one o’clock is singular where it is: %s, %i', async (tag, hour, words) => {
    expect(await said(tag, at(27, hour, 5), at(27, hour))).toBe(words);
  });

  test.each([
    [8, 'l’8 novembre'],
    [11, 'l’11 novembre'],
    [18, 'il 18 novembre'],
    [1, 'il 1º novembre'],
  ])('the Italian article fits the day: %i', async (day, words) => {
    expect(await said('it', at(day, 9), at(27, 9))).toBe(`${words} alle ore 09:00`);
  });
});
