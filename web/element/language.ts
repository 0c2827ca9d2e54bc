import { parentOf } from './dom.ts';
import { TEXTS as ENGLISH } from './locales/en.ts';
import type { DialogTexts, DurationUnit } from './texts.ts';

/** Each is a file of its own, which is loaded where a page is in its language. English is here. */
const LOCALES: Readonly<Record<string, () => Promise<{ readonly TEXTS: DialogTexts }>>> = {
  de: () => import('./locales/de.ts'),
  es: () => import('./locales/es.ts'),
  fr: () => import('./locales/fr.ts'),
  it: () => import('./locales/it.ts'),
  ja: () => import('./locales/ja.ts'),
  nl: () => import('./locales/nl.ts'),
  pl: () => import('./locales/pl.ts'),
  pt: () => import('./locales/pt.ts'),
  zh: () => import('./locales/zh.ts'),
  'zh-Hant': () => import('./locales/zh-Hant.ts'),
};

/** Texts, and the language in which times and durations are written into them: a tag that `Intl` takes. */
export interface Language {
  readonly tag: string;
  readonly texts: DialogTexts;
}

/** A language that is there, and that of the page, in which texts of its own are. */
export interface LoadedLanguage extends Language {
  readonly pageTag: string;
  /** Its file could not be loaded: worth another try. */
  readonly isMissing?: boolean;
}

export const ENGLISH_LANGUAGE: LoadedLanguage = { tag: 'en', pageTag: 'en', texts: ENGLISH };

/** The nearest `lang` around an element, through the hosts of the shadow trees that it stands in. */
export const langOf = (element: Element | null): string =>
  element ? (element.getAttribute('lang') ?? langOf(parentOf(element))) : '';

/**
 * The language of a page that says it is in `lang`, with its region, where there are texts in it; else English.
 *
 * @param lang as in HTML; some servers write `en_US`
 */
export async function loadLanguage(lang: string): Promise<LoadedLanguage> {
  let pageTag = 'en';
  let texts: DialogTexts | undefined;
  let isMissing = false;
  try {
    const locale = new Intl.Locale(lang.replaceAll('_', '-'));
    const { language, script } = locale.maximize();
    pageTag = `${locale}`;
    const load = LOCALES[`${language}-${script}`] ?? LOCALES[language];
    texts = language === 'en' ? ENGLISH : (await load?.())?.TEXTS;
  } catch {
    // No language tag, or the network is gone, or the site does not serve the file.
    isMissing = true;
  }
  return { tag: texts ? pageTag : 'en', pageTag, texts: texts ?? ENGLISH, isMissing };
}

const UNITS: readonly (readonly [number, DurationUnit])[] = [
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A duration in words, ms: in the largest unit of which it is a whole number. */
export function duration({ tag, texts }: Language, ms: number): string {
  const [size, unit] = UNITS.find(([length]) => ms % length === 0) ?? [1_000, 'second'];
  const value = Math.round(ms / size);
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return texts.duration?.(value, unit) ?? new Intl.NumberFormat(tag, options).format(value);
}

/**
 * A point in time in words, with the date where that is not today's.
 *
 * @param at epoch ms
 * @param now epoch ms
 */
export function pointInTime({ tag, texts }: Language, at: number, now: number): string {
  const write = (options: Intl.DateTimeFormatOptions, time = at) =>
    new Intl.DateTimeFormat(tag, options).format(time);
  const date = { day: 'numeric', month: 'long' } as const;
  return texts.at(write({ timeStyle: 'short' }), write(date) === write(date, now) ? undefined : write(date));
}
