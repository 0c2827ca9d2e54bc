import { parseDuration } from '../../core/duration.ts';
import { make } from '../../web/element/dom.ts';
import {
  type DevState,
  PROVIDER_MODES,
  type ProviderMode,
  ROUTES,
  SERVER_MODES,
  type ServerMode,
} from '../protocol.ts';
import type { Control } from './control.ts';
import { button, form } from './dom.ts';
import { countdown } from './format.ts';

const SERVER: Readonly<Record<ServerMode, string>> = {
  up: 'Up',
  slow: 'Slow',
  down: 'Down',
  unreachable: 'Offline',
};
const PROVIDER: Readonly<Record<ProviderMode, string>> = { up: 'Up', down: 'Down' };

/** Buttons for what happens to a session in real life. @param say shows what came of it */
export function actionsPart(control: Control, say: (text: string) => void) {
  const run = (doing: Promise<string>) => void doing.then(say);
  const doings: Readonly<Record<string, () => void>> = {
    warning: () => run(control.beIdle('warning')),
    end: () => run(control.beIdle('end')),
    revoke: () => run(control.revokeOwn()),
    restore: () => run(control.restoreBrowser()),
    tab: () =>
      void open(
        location.pathname === ROUTES.panel ? '/' : location.href,
        '_blank',
        'popup,width=560,height=720',
      ),
  };
  const press = form(
    'presses',
    (value) => doings[value]?.(),
    doing('Be idle now', 'warning', 'Nobody touches anything until the warning opens.'),
    doing('Be idle to the end', 'end', 'Nobody touches anything until it is over.'),
    doing('Be revoked', 'revoke', 'By an administrator, or from another device.'),
    doing('Restore browser', 'restore', 'It was closed, and opens again with its tabs.'),
    doing('Second tab', 'tab', 'This page once more, in a window beside it.'),
  );
  const users = make('datalist', 'users');
  users.id = 'users';
  const name = make('input', 'field', { name: 'name', autocomplete: 'off', required: true });
  name.setAttribute('list', users.id);
  const signIn = field('Sign in as', 'Sign in', name, (fields) => {
    const who = fields.get('name') ?? '';
    run(control.act({ action: 'sign-in', name: who }, `Signed in as ${who}.`));
  });
  const jump = field(
    'Let pass',
    'Pass',
    make('input', 'field', { name: 'by', value: '5m', autocomplete: 'off' }),
    (fields) => {
      const advanceMs = parseDuration(fields.get('by') ?? '');
      if (!advanceMs) return say('A number and a unit, such as 90s, 15m or 12h.');
      run(control.act({ action: 'clock', advanceMs }, `${countdown(advanceMs)} have passed.`));
    },
  );
  const server = choice('Server', SERVER_MODES, SERVER, (mode) =>
    run(control.act({ action: 'server', mode }, `The server is ${SERVER[mode].toLowerCase()}.`)),
  );
  const provider = choice('Provider', PROVIDER_MODES, PROVIDER, (mode) =>
    run(
      control.act({ action: 'provider', mode }, `The identity provider is ${PROVIDER[mode].toLowerCase()}.`),
    ),
  );
  return {
    elements: [press, make('div', 'rows', {}, jump, signIn, users, server.element, provider.element)],
    show({ faults, users: known }: DevState) {
      server.show(faults.server);
      provider.show(faults.provider);
      if (users.childElementCount !== known.length) {
        users.replaceChildren(...known.map((value) => make('option', 'option', { value })));
      }
    },
  };
}

/** Leads to the panel in a window of its own, where no dialog of the page is over it. */
export function ownWindow(): HTMLAnchorElement {
  return make('a', 'icon window', {
    href: ROUTES.panel,
    target: 'curfew-panel',
    title: 'In a window of its own',
    ariaLabel: 'Open the panel in a window of its own',
  });
}

function doing(text: string, value: string, hint: string): HTMLElement {
  const element = button('press', text, value);
  const note = make('span', 'hint', { textContent: hint, id: `hint-${value}` });
  element.setAttribute('aria-describedby', note.id);
  return make('div', 'doing', {}, element, note);
}

function field(
  text: string,
  send: string,
  input: HTMLInputElement,
  onSubmit: (fields: ReadonlyMap<string, string>) => void,
) {
  input.spellcheck = false;
  return form(
    'row',
    (_, fields) => onSubmit(fields),
    make('label', 'labelled', {}, make('span', 'label', { textContent: text }), input),
    button('small', send, ''),
  );
}

/** One of a few, as radio buttons beside each other. */
function choice<Mode extends string>(
  title: string,
  modes: readonly Mode[],
  texts: Readonly<Record<Mode, string>>,
  choose: (mode: Mode) => void,
) {
  const inputs = modes.map((mode) => make('input', 'radio', { type: 'radio', name: title, value: mode }));
  const labels = inputs.map((input, index) => {
    const mode = modes[index];
    return make(
      'label',
      'mode',
      {},
      input,
      make('span', 'mode-text', { textContent: mode ? texts[mode] : '' }),
    );
  });
  const modesElement = make('div', 'modes', {}, ...labels);
  const element = make(
    'fieldset',
    'row choice',
    {},
    make('legend', 'label', { textContent: title }),
    modesElement,
  );
  element.addEventListener('change', () => {
    const chosen = modes[inputs.findIndex(({ checked }) => checked)];
    if (chosen) choose(chosen);
  });
  return {
    element,
    show(mode: Mode) {
      for (const [index, input] of inputs.entries()) input.checked = modes[index] === mode;
    },
  };
}
