import type { DialogTexts } from '../texts.ts';

/** Portuguese of Brazil, which Portugal reads, too. One o’clock is singular: à 01:05, às 02:05. */
export const TEXTS: DialogTexts = {
  at: (time, date) =>
    `${date ? `em ${date.replace(/^1\b/, '1º')} ` : ''}${/^0?1\D/.test(time) ? 'à' : 'às'} ${time}`,
  warningTitle: 'Você ainda está aí?',
  warning: (when, idle) => `Sua sessão será encerrada ${when}, porque expira após ${idle} de inatividade.`,
  absoluteTitle: 'Sua sessão está prestes a ser encerrada',
  absolute: (when, absolute) =>
    `Sua sessão será encerrada ${when}, porque pode durar no máximo ${absolute}. Salve seu trabalho.`,
  countdown: (left) => `Sua sessão será encerrada em ${left}.`,
  extending: 'Um momento…',
  failed: 'Não foi possível acessar o servidor. Tentando novamente…',
  offline: 'Você está sem conexão. Tentando novamente…',
  unsureTitle: 'Não sabemos se sua sessão ainda está aberta',
  unsure: (when) => `A sessão pode ter sido encerrada ${when}.`,
  endedTitle: (when) => (when ? `Sessão encerrada ${when}` : 'Sua sessão foi encerrada'),
  ended: (reason, limit) =>
    ({
      idle: `Não houve atividade por ${limit ?? 'tempo demais'}.`,
      absolute: `A sessão atingiu a duração máxima${limit ? ` de ${limit}` : ''}.`,
      closed: 'O navegador foi fechado.',
      'signed-out': 'Você encerrou a sessão.',
      elsewhere: 'Você encerrou a sessão em outra aba.',
      revoked: 'A sessão foi encerrada a partir de outro dispositivo ou por um administrador.',
      superseded: 'Houve um novo login neste navegador.',
      unknown: 'O servidor não reconhece mais esta sessão.',
    })[reason],
  signedOut: 'Sessão encerrada',
  stay: 'Manter a sessão ativa',
  keepWorking: 'Continuar trabalhando',
  signOut: 'Sair',
  signIn: 'Fazer login novamente',
  signingIn: 'Faça login na janela que foi aberta.',
  signInOther: 'Outra pessoa fez login.',
  dismiss: 'Fechar',
};
