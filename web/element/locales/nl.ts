import type { DialogTexts } from '../texts.ts';

/** Dutch, with the formal address. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ? `op ${date} ` : ''}om ${time} uur`,
  warningTitle: 'Bent u er nog?',
  warning: (when, idle) =>
    `U wordt ${when} afgemeld, omdat deze sessie na ${idle} zonder activiteit eindigt.`,
  absoluteTitle: 'Uw sessie loopt bijna af',
  absolute: (when, absolute) =>
    `U wordt ${when} afgemeld, omdat een sessie maximaal ${absolute} duurt. Sla uw werk op.`,
  countdown: (left) => `U wordt over ${left} afgemeld.`,
  extending: 'Een ogenblik…',
  failed: 'De server is niet bereikbaar. Er wordt opnieuw geprobeerd…',
  offline: 'U bent offline. Er wordt opnieuw geprobeerd…',
  unsureTitle: 'Het is onduidelijk of u nog aangemeld bent',
  unsure: (when) => `De sessie is mogelijk ${when} afgelopen.`,
  endedTitle: (when) => (when ? `Afgemeld ${when}` : 'U bent afgemeld'),
  ended: (reason, limit) =>
    ({
      idle: `U was ${limit ?? 'te lang'} niet actief.`,
      absolute: `De sessie heeft de maximale duur${limit ? ` van ${limit}` : ''} bereikt.`,
      closed: 'De browser is gesloten.',
      'signed-out': 'U hebt zich afgemeld.',
      elsewhere: 'U hebt zich in een ander tabblad afgemeld.',
      revoked: 'De sessie is vanaf een ander apparaat of door een beheerder beëindigd.',
      superseded: 'In deze browser is opnieuw aangemeld.',
      unknown: 'De server kent deze sessie niet meer.',
    })[reason],
  signedOut: 'Afgemeld',
  stay: 'Aangemeld blijven',
  keepWorking: 'Doorwerken',
  signOut: 'Afmelden',
  signIn: 'Opnieuw aanmelden',
  signingIn: 'Meld u aan in het venster dat is geopend.',
  signInOther: 'Iemand anders heeft zich aangemeld.',
  dismiss: 'Sluiten',
};
