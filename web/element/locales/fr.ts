import type { DialogTexts } from '../texts.ts';

/** French, with the formal address. A narrow no-break space stands before the question mark. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ? `le ${date.replace(/^1\b/, '1er')} ` : ''}à ${time}`,
  warningTitle: 'Êtes-vous toujours là\u202f?',
  warning: (when, idle) => `Votre session prendra fin ${when}, car elle expire après ${idle} d’inactivité.`,
  absoluteTitle: 'Votre session va bientôt prendre fin',
  absolute: (when, absolute) =>
    `Votre session prendra fin ${when}, car sa durée est limitée à ${absolute}. Veuillez enregistrer votre travail.`,
  countdown: (left) => `Votre session prendra fin dans ${left}.`,
  extending: 'Un instant…',
  failed: 'Le serveur est injoignable. Nouvelle tentative…',
  offline: 'Vous êtes hors ligne. Nouvelle tentative…',
  unsureTitle: 'Impossible de savoir si votre session est encore ouverte',
  unsure: (when) => `Votre session a peut-être pris fin ${when}.`,
  endedTitle: (when) => (when ? `Session terminée ${when}` : 'Votre session est terminée'),
  ended: (reason, limit) =>
    ({
      idle: limit
        ? `Il n’y a eu aucune activité pendant ${limit}.`
        : 'La session est restée inactive trop longtemps.',
      absolute: `La session a atteint sa durée maximale${limit ? ` de ${limit}` : ''}.`,
      closed: 'Le navigateur a été fermé.',
      'signed-out': 'Vous vous êtes déconnecté(e).',
      elsewhere: 'Vous vous êtes déconnecté(e) dans un autre onglet.',
      revoked: 'La session a été fermée depuis un autre appareil ou par un administrateur.',
      superseded: 'Une nouvelle connexion a eu lieu dans ce navigateur.',
      unknown: 'Le serveur ne connaît plus cette session.',
    })[reason],
  signedOut: 'Session terminée',
  stay: 'Prolonger la session',
  keepWorking: 'Continuer à travailler',
  signOut: 'Se déconnecter',
  signIn: 'Se reconnecter',
  signingIn: 'Connectez-vous dans la fenêtre qui s’est ouverte.',
  signInOther: 'Une autre personne s’est connectée.',
  dismiss: 'Fermer',
};
