import type { DialogTexts } from '../texts.ts';

/** Japanese, in the polite form. */
export const TEXTS: DialogTexts = {
  at: (time, date) => (date ? `${date} ${time}` : time),
  warningTitle: 'まだご利用中ですか？',
  warning: (when, idle) =>
    `操作がないまま ${idle}が経過するとセッションが終了するため、${when} に自動的にサインアウトします。`,
  absoluteTitle: 'まもなくセッションが終了します',
  absolute: (when, absolute) =>
    `セッションの上限は ${absolute}のため、${when} に自動的にサインアウトします。作業内容を保存してください。`,
  countdown: (left) => `あと ${left}で自動的にサインアウトします。`,
  extending: 'お待ちください…',
  failed: 'サーバーに接続できません。再試行しています…',
  offline: 'オフラインです。再試行しています…',
  unsureTitle: 'サインインの状態を確認できません',
  unsure: (when) => `セッションは ${when} に終了した可能性があります。`,
  endedTitle: (when) => (when ? `${when} にサインアウトしました` : 'サインアウトしました'),
  ended: (reason, limit) =>
    ({
      idle: limit ? `${limit}以上操作がありませんでした。` : '長い間操作がありませんでした。',
      absolute: `セッションが上限${limit ? `の ${limit}` : ''}に達しました。`,
      closed: 'ブラウザーが閉じられました。',
      'signed-out': 'ご自身の操作でサインアウトしました。',
      elsewhere: '別のタブでサインアウトしました。',
      revoked: '別のデバイスからの操作、または管理者によってセッションが終了しました。',
      superseded: 'このブラウザーで新たにサインインが行われました。',
      unknown: 'このセッションの情報はサーバーに残っていません。',
    })[reason],
  signedOut: 'サインアウト済み',
  stay: 'サインインしたままにする',
  keepWorking: '作業を続ける',
  signOut: 'サインアウト',
  signIn: '再度サインイン',
  signingIn: '開いたウィンドウでサインインしてください。',
  signInOther: '別のユーザーがサインインしました。',
  dismiss: '閉じる',
};
