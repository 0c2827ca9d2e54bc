import type { DialogTexts } from '../texts.ts';

/** Chinese in simplified characters, with the polite address. */
export const TEXTS: DialogTexts = {
  at: (time, date) => `${date ?? ''}${time}`,
  warningTitle: '您还在吗？',
  warning: (when, idle) => `会话在${idle}无操作后会自动结束，因此您将于${when}自动退出登录。`,
  absoluteTitle: '会话即将结束',
  absolute: (when, absolute) => `会话最长为${absolute}，因此您将于${when}自动退出登录。请保存您的工作。`,
  countdown: (left) => `您将在${left}后自动退出登录。`,
  extending: '请稍候……',
  failed: '无法连接服务器，正在重试……',
  offline: '您已离线，正在重试……',
  unsureTitle: '无法确定您是否仍处于登录状态',
  unsure: (when) => `会话可能已于${when}结束。`,
  endedTitle: (when) => (when ? `您已于${when}退出登录` : '您已退出登录'),
  ended: (reason, limit) =>
    ({
      idle: limit ? `您已有${limit}没有任何操作。` : '您长时间没有任何操作。',
      absolute: `会话已达到${limit ? `${limit}的` : ''}最长时限。`,
      closed: '浏览器已被关闭。',
      'signed-out': '您主动退出了登录。',
      elsewhere: '您在另一个标签页中退出了登录。',
      revoked: '会话已被管理员或通过其他设备结束。',
      superseded: '此浏览器中有新的登录操作。',
      unknown: '服务器上已没有此会话的记录。',
    })[reason],
  signedOut: '已退出登录',
  stay: '保持登录',
  keepWorking: '继续工作',
  signOut: '退出登录',
  signIn: '重新登录',
  signingIn: '请在打开的窗口中登录。',
  signInOther: '已有其他用户登录。',
  dismiss: '关闭',
};
