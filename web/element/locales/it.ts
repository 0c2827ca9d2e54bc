import type { DialogTexts } from '../texts.ts';

/** Italian, with the formal address. The article is elided before 8 and 11. */
export const TEXTS: DialogTexts = {
  at: (time, date) =>
    `${date ? `${/^(?:8|11)\b/.test(date) ? 'l’' : 'il '}${date.replace(/^1\b/, '1º')} ` : ''}alle ore ${time}`,
  warningTitle: 'È ancora lì?',
  warning: (when, idle) => `La Sua sessione terminerà ${when}, perché scade dopo ${idle} di inattività.`,
  absoluteTitle: 'La Sua sessione sta per terminare',
  absolute: (when, absolute) =>
    `La Sua sessione terminerà ${when}, perché può durare al massimo ${absolute}. Salvi il Suo lavoro.`,
  countdown: (left) => `La Sua sessione terminerà tra ${left}.`,
  extending: 'Un momento…',
  failed: 'Il server non è raggiungibile. Nuovo tentativo in corso…',
  offline: 'Nessuna connessione di rete. Nuovo tentativo in corso…',
  unsureTitle: 'Non è possibile sapere se la Sua sessione è ancora attiva',
  unsure: (when) => `La sessione potrebbe essere terminata ${when}.`,
  endedTitle: (when) => (when ? `Sessione terminata ${when}` : 'La Sua sessione è terminata'),
  ended: (reason, limit) =>
    ({
      idle: `Non c’è stata attività per ${limit ?? 'troppo tempo'}.`,
      absolute: `La sessione ha raggiunto la durata massima${limit ? ` di ${limit}` : ''}.`,
      closed: 'Il browser è stato chiuso.',
      'signed-out': 'Ha chiuso la sessione.',
      elsewhere: 'Ha chiuso la sessione in un’altra scheda.',
      revoked: 'La sessione è stata chiusa da un altro dispositivo o da un amministratore.',
      superseded: 'È stato effettuato un nuovo accesso in questo browser.',
      unknown: 'Il server non riconosce più questa sessione.',
    })[reason],
  signedOut: 'Sessione terminata',
  stay: 'Prolunga la sessione',
  keepWorking: 'Continua a lavorare',
  signOut: 'Esci',
  signIn: 'Accedi di nuovo',
  signingIn: 'Effettui l’accesso nella finestra che si è aperta.',
  signInOther: 'Un’altra persona ha effettuato l’accesso.',
  dismiss: 'Chiudi',
};
