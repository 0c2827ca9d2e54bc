import { describeError } from '../http/problem.ts';

/**
 * Tells an observer, whose failure harms no request: what it throws, or its promise rejects with, goes to the console.
 *
 * @param say calls the observer
 */
export function tell(say: () => unknown): void {
  new Promise((resolve) => resolve(say())).catch((error: unknown) => {
    console.error('observer failed', describeError(error));
  });
}
