import { BROWSER_CLOSE } from '../../core/contract.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import type { Policy, PolicyInput } from '../../core/policy.ts';
import { make } from '../../web/element/dom.ts';
import { button, form } from './dom.ts';

/** The durations of a policy, as the form names them. */
const DURATIONS = {
  idleTimeoutMs: 'Idle timeout',
  absoluteTimeoutMs: 'Absolute timeout',
  warnBeforeMs: 'Warning before',
  absoluteWarnBeforeMs: 'Told of the limit before',
  touchIntervalMs: 'Touch interval',
} as const;
type DurationField = keyof typeof DURATIONS;
const FIELDS = Object.keys(DURATIONS) as readonly DurationField[]; // It has these keys only.

/**
 * What a form says of a policy, each duration as people write it.
 *
 * @returns the policy, or a sentence that names the field at fault
 */
export function readPolicy(fields: ReadonlyMap<string, string>): PolicyInput | string {
  const policy: PolicyInput = {
    browserClose: BROWSER_CLOSE.find((mode) => mode === fields.get('browserClose')),
    // On this machine alone: nobody wants to wait for a warning.
    allowShortWarning: true,
    allowShortAbsoluteTimeout: true,
  };
  for (const field of FIELDS) {
    const ms = parseDuration(fields.get(field) ?? '');
    if (ms === undefined) return `${DURATIONS[field]}: a number and a unit, such as 90s, 15m or 12h.`;
    policy[field] = ms;
  }
  return policy;
}

/** The rules of sessions, to be changed while they run. */
export function policyPart(change: (policy: PolicyInput | string) => void) {
  const inputs = FIELDS.map((name) =>
    make('input', 'field', { name, autocomplete: 'off', spellcheck: false }),
  );
  const options = BROWSER_CLOSE.map((mode) => make('option', 'option', { value: mode, textContent: mode }));
  const closing = make('select', 'field', { name: 'browserClose' }, ...options);
  const element = form(
    'policy',
    (_, fields) => change(readPolicy(fields)),
    ...inputs.map((input, index) => labelled(Object.values(DURATIONS)[index] ?? '', input)),
    labelled('Browser close', closing),
    button('primary', 'Apply', 'apply'),
  );
  return {
    elements: [element],
    /** Shows a policy where nobody has begun to type. */
    show(policy: Policy) {
      // Both are what is shown until the user changes it, and again after a reset.
      for (const [index, field] of FIELDS.entries()) {
        const [input, text] = [inputs[index], formatDuration(policy[field])];
        if (input && input.defaultValue !== text) input.defaultValue = text;
      }
      for (const option of options) {
        const isChosen = option.value === policy.browserClose;
        if (option.defaultSelected !== isChosen) option.defaultSelected = isChosen;
      }
    },
    /** What was typed has been applied, or is given up. */
    reset: () => element.reset(),
  };
}

function labelled(text: string, field: HTMLElement): HTMLLabelElement {
  return make('label', 'labelled', {}, make('span', 'label', { textContent: text }), field);
}
