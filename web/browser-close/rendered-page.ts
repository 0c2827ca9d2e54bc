import { BASE_PATH, BINDING_PASS_MS } from '../../core/contract.ts';
import { checkRun, type Load, loadType, putMark, randomMark, withTabLock } from './mark.ts';

/**
 * The script of the page that a guard sends in place of a rendered one while nobody has checked the run of the browser:
 * what `curfew/browser-close` does, for pages that may have no script of their own. It binds the session right after
 * sign-in and checks it at any other time; then it loads again the page that was asked for, with a pass.
 *
 * The guard has it from `functions/guard/binding-script.generated.ts`; `node scripts/binding-script.ts` makes that file.
 */
const API = document.currentScript?.dataset.api ?? BASE_PATH;
/** Of all pages of the site, those that bind by `curfew/browser-close` included. */
const LOCK = 'curfew-close';
/** When this page last loaded itself again, on the time origin's clock. A browser may have kept no pass. */
const RELOADED_AT = 'curfew-run';

async function checkAndLoadAgain(): Promise<void> {
  const load = loadType();
  let run = await check(load === 'reload' ? load : 'navigate');
  if (run === 'unmarked' && load !== 'back_forward') {
    await withTabLock(LOCK, async () => {
      run = await check('probe');
      if (run !== 'unmarked') return;
      await putMark(API, randomMark());
      run = await check('set');
    });
  }
  if (run === 'other') showSignedOut();
  else if (hasJustReloaded(load)) reveal('#stuck');
  else location.reload();
}

const check = async (load: Load) => (await checkRun(fetch, `${API}/run/check?pass=mark&load=${load}`)).run;

/** Whether the pass of a moment ago has not opened the page: a browser that keeps none is not sent round in circles. */
function hasJustReloaded(load: Load): boolean {
  const { timeOrigin } = performance;
  const before = Number(sessionStorage.getItem(RELOADED_AT));
  sessionStorage.setItem(RELOADED_AT, String(timeOrigin));
  return load === 'reload' && timeOrigin - before < BINDING_PASS_MS;
}

function showSignedOut(): void {
  const signIn = document.querySelector<HTMLAnchorElement>('main a');
  const returnTo = location.pathname + location.search;
  if (signIn) signIn.search = String(new URLSearchParams({ returnTo }));
  reveal('main');
}

function reveal(selector: string): void {
  document.querySelector(selector)?.removeAttribute('hidden');
}

// No answer is not the end of a session: the page offers to try again.
checkAndLoadAgain().catch(() => reveal('#stuck'));
