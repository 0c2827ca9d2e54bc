import type { DialogTexts } from '../texts.ts';

/** German, with the formal address. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ? `am ${date} ` : ''}um ${time} Uhr`,
  warningTitle: 'Sind Sie noch da?',
  warning: (when, idle) =>
    `Sie werden ${when} abgemeldet, weil diese Sitzung nach ${idle} ohne Aktivität endet.`,
  absoluteTitle: 'Ihre Sitzung endet bald',
  absolute: (when, absolute) =>
    `Sie werden ${when} abgemeldet, weil eine Sitzung höchstens ${absolute} dauert. Bitte speichern Sie Ihre Arbeit.`,
  countdown: (left) => `Sie werden in ${left} abgemeldet.`,
  extending: 'Einen Moment\u00a0…',
  failed: 'Der Server ist nicht erreichbar. Es wird erneut versucht\u00a0…',
  offline: 'Sie sind offline. Es wird erneut versucht\u00a0…',
  unsureTitle: 'Es ist unklar, ob Sie noch angemeldet sind',
  unsure: (when) => `Die Sitzung ist möglicherweise ${when} abgelaufen.`,
  endedTitle: (when) => (when ? `Abgemeldet ${when}` : 'Sie wurden abgemeldet'),
  ended: (reason, limit) =>
    ({
      idle: `Sie waren ${limit ? `${limit} lang` : 'zu lange'} nicht aktiv.`,
      absolute: `Die Sitzung hat die zulässige Dauer${limit ? ` von ${limit}` : ''} erreicht.`,
      closed: 'Der Browser wurde geschlossen.',
      'signed-out': 'Sie haben sich abgemeldet.',
      elsewhere: 'Sie haben sich in einem anderen Tab abgemeldet.',
      revoked: 'Die Sitzung wurde von einem anderen Gerät aus oder durch die Administration beendet.',
      superseded: 'In diesem Browser gab es eine neue Anmeldung.',
      unknown: 'Der Server kennt diese Sitzung nicht mehr.',
    })[reason],
  signedOut: 'Abgemeldet',
  stay: 'Angemeldet bleiben',
  keepWorking: 'Weiterarbeiten',
  signOut: 'Abmelden',
  signIn: 'Erneut anmelden',
  signingIn: 'Bitte melden Sie sich in dem Fenster an, das sich geöffnet hat.',
  signInOther: 'Es hat sich jemand anderes angemeldet.',
  dismiss: 'Schließen',
};
