import type { DialogTexts } from '../texts.ts';

/** Chinese in traditional characters, with the polite address. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ?? ''}${time}`,
  warningTitle: '您還在嗎？',
  warning: (when, idle) => `工作階段在${idle}沒有操作後會自動結束，因此您將於${when}自動登出。`,
  absoluteTitle: '工作階段即將結束',
  absolute: (when, absolute) => `工作階段最長為${absolute}，因此您將於${when}自動登出。請儲存您的工作。`,
  countdown: (left) => `您將在${left}後自動登出。`,
  extending: '請稍候……',
  failed: '無法連線到伺服器，正在重試……',
  offline: '您已離線，正在重試……',
  unsureTitle: '無法確定您是否仍處於登入狀態',
  unsure: (when) => `工作階段可能已於${when}結束。`,
  endedTitle: (when) => (when ? `您已於${when}登出` : '您已登出'),
  ended: (reason, limit) =>
    ({
      idle: limit ? `您已有${limit}沒有任何操作。` : '您長時間沒有任何操作。',
      absolute: `工作階段已達到${limit ? `${limit}的` : ''}最長時限。`,
      closed: '瀏覽器已被關閉。',
      'signed-out': '您已自行登出。',
      elsewhere: '您在另一個分頁中登出了。',
      revoked: '工作階段已由系統管理員或透過其他裝置結束。',
      superseded: '此瀏覽器中有新的登入動作。',
      unknown: '伺服器上已沒有此工作階段的記錄。',
    })[reason],
  signedOut: '已登出',
  stay: '保持登入',
  keepWorking: '繼續工作',
  signOut: '登出',
  signIn: '重新登入',
  signingIn: '請在開啟的視窗中登入。',
  signInOther: '已有其他使用者登入。',
  dismiss: '關閉',
};
