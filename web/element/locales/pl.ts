import type { DialogTexts, DurationUnit } from '../texts.ts';

/** In the accusative, which every sentence here asks for; `Intl` has the nominative only. */
const UNITS: Readonly<Record<DurationUnit, Partial<Record<Intl.LDMLPluralRule, string>>>> = {
  hour: { one: 'godzinę', few: 'godziny', many: 'godzin' },
  minute: { one: 'minutę', few: 'minuty', many: 'minut' },
  second: { one: 'sekundę', few: 'sekundy', many: 'sekund' },
};
const plural = new Intl.PluralRules('pl');

/** Polish, with impersonal forms, which fit everyone. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ? `${date} ` : ''}o\u00a0godz.\u00a0${time}`,
  duration: (value, unit) => `${value}\u00a0${UNITS[unit][plural.select(value)]}`,
  warningTitle: 'Czy kontynuować sesję?',
  warning: (when, idle) =>
    `Sesja zakończy się ${when}, ponieważ wygasa, gdy przez ${idle} nie ma aktywności.`,
  absoluteTitle: 'Sesja wkrótce się zakończy',
  absolute: (when, absolute) =>
    `Sesja zakończy się ${when}, ponieważ może trwać najwyżej ${absolute}. Prosimy zapisać swoją pracę.`,
  countdown: (left) => `Sesja zakończy się za ${left}.`,
  extending: 'Proszę czekać…',
  failed: 'Serwer jest nieosiągalny. Ponawiamy próbę…',
  offline: 'Brak połączenia z siecią. Ponawiamy próbę…',
  unsureTitle: 'Nie wiadomo, czy sesja nadal trwa',
  unsure: (when) => `Sesja mogła zakończyć się ${when}.`,
  endedTitle: (when) => (when ? `Sesja zakończona ${when}` : 'Sesja została zakończona'),
  ended: (reason, limit) =>
    ({
      idle: limit ? `Przez ${limit} nie było aktywności.` : 'Zbyt długo nie było aktywności.',
      absolute: limit
        ? `Sesja trwała ${limit}, czyli maksymalny dozwolony czas.`
        : 'Sesja osiągnęła maksymalny dozwolony czas trwania.',
      closed: 'Przeglądarka została zamknięta.',
      'signed-out': 'Nastąpiło wylogowanie.',
      elsewhere: 'Nastąpiło wylogowanie w innej karcie.',
      revoked: 'Sesja została zakończona z innego urządzenia lub przez administratora.',
      superseded: 'W tej przeglądarce nastąpiło nowe logowanie.',
      unknown: 'Serwer nie rozpoznaje już tej sesji.',
    })[reason],
  signedOut: 'Sesja zakończona',
  stay: 'Kontynuuj sesję',
  keepWorking: 'Kontynuuj pracę',
  signOut: 'Wyloguj się',
  signIn: 'Zaloguj się ponownie',
  signingIn: 'Prosimy zalogować się w otwartym oknie.',
  signInOther: 'Zalogowała się inna osoba.',
  dismiss: 'Zamknij',
};
