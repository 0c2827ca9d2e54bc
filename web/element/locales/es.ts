import type { DialogTexts } from '../texts.ts';

/** Spanish, with the formal address. One o’clock is singular: a la 1:05, a las 2:05. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ? `el ${date} ` : ''}${/^0?1\D/.test(time) ? 'a la' : 'a las'} ${time}`,
  warningTitle: '¿Sigue ahí?',
  warning: (when, idle) => `Su sesión se cerrará ${when}, porque caduca tras ${idle} de inactividad.`,
  absoluteTitle: 'Su sesión está a punto de cerrarse',
  absolute: (when, absolute) =>
    `Su sesión se cerrará ${when}, porque puede durar ${absolute} como máximo. Guarde su trabajo.`,
  countdown: (left) => `Su sesión se cerrará en ${left}.`,
  extending: 'Un momento…',
  failed: 'No se puede conectar con el servidor. Reintentando…',
  offline: 'No hay conexión a Internet. Reintentando…',
  unsureTitle: 'No podemos saber si su sesión sigue abierta',
  unsure: (when) => `Es posible que la sesión se haya cerrado ${when}.`,
  endedTitle: (when) => (when ? `Sesión cerrada ${when}` : 'Se ha cerrado su sesión'),
  ended: (reason, limit) =>
    ({
      idle: `No hubo actividad durante ${limit ?? 'demasiado tiempo'}.`,
      absolute: `La sesión alcanzó su duración máxima${limit ? ` de ${limit}` : ''}.`,
      closed: 'Se cerró el navegador.',
      'signed-out': 'Ha cerrado la sesión.',
      elsewhere: 'Ha cerrado la sesión en otra pestaña.',
      revoked: 'La sesión se cerró desde otro dispositivo o la cerró un administrador.',
      superseded: 'Hubo un nuevo inicio de sesión en este navegador.',
      unknown: 'El servidor ya no reconoce esta sesión.',
    })[reason],
  signedOut: 'Sesión cerrada',
  stay: 'Mantener la sesión abierta',
  keepWorking: 'Seguir trabajando',
  signOut: 'Cerrar sesión',
  signIn: 'Volver a iniciar sesión',
  signingIn: 'Inicie sesión en la ventana que se ha abierto.',
  signInOther: 'Ha iniciado sesión otra persona.',
  dismiss: 'Cerrar',
};
