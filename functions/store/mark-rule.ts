import { MARK_SCOPE_BEFORE } from '../../core/contract.ts';
import { sameHash } from './hash.ts';
import type { Binding } from './stored-session.ts';

/**
 * Whether a session answers only to requests that show the mark of its run: it is bound, the browser has confirmed
 * that it keeps the mark, and shows it under all of `/api/`. A session that the last release has bound is not of them:
 * its browser shows the mark under `/api/run/` only.
 */
export function needsMark(binding: Binding | undefined): binding is Binding {
  return binding?.confirmed === true && binding.scope !== MARK_SCOPE_BEFORE;
}

/**
 * The one rule for every request: whether it has to be rejected since its session is bound to a run of the browser
 * whose mark it does not show.
 *
 * @param runHash SHA-256 of the mark that the request shows; undefined: none
 */
export function lacksMark(binding: Binding | undefined, runHash: Uint8Array | undefined): boolean {
  return needsMark(binding) && !(runHash && sameHash(binding.runHash, runHash));
}
