import type { PolicyInput } from '../../core/policy.ts';
import { make, put } from '../../web/element/dom.ts';
import type { DevState } from '../protocol.ts';
import { actionsPart, ownWindow } from './actions.ts';
import type { Control } from './control.ts';
import { button, form, section } from './dom.ts';
import { logPart } from './log.ts';
import { type PageView, pagesPart } from './pages.ts';
import { policyPart } from './policy.ts';
import { sessionsPart } from './sessions.ts';
import type { PanelView } from './view.ts';

/** The panel's contents: in a drawer over a page, or as a page of their own. */
export interface Drawer {
  readonly element: HTMLElement;
  /** Gets the focus when the drawer is opened by the keyboard. */
  readonly first: HTMLElement;
  show(view: PanelView, pages: readonly PageView[], known: DevState | undefined): void;
}

export function createDrawer(isPage: boolean, control: Control, close: () => void): Drawer {
  const time = make('span', 'clock', { title: 'The server’s time' });
  const trouble = make('p', 'trouble');
  const said = make('p', 'said', { role: 'status' });
  const say = (text: string) => put(said, text);

  const sessions = sessionsPart(
    (sessionId) => void control.act({ action: 'revoke', sessionId }, 'Revoked.').then(say),
  );
  const pages = pagesPart();
  const actions = actionsPart(control, say);
  const requests = logPart('No request since the panel was opened.');
  const happenings = logPart('Nothing has happened since the panel was opened.');
  const policy = policyPart((input) => void changePolicy(input));

  async function changePolicy(input: PolicyInput | string): Promise<void> {
    if (typeof input === 'string') return say(input);
    say(await control.act({ action: 'policy', policy: input }, APPLIED));
    if (said.textContent === APPLIED) policy.reset();
  }

  const shut = form('shut', close, button('icon close', '', '', 'Close the panel'));
  const title = make(isPage ? 'h1' : 'h2', 'title', { textContent: 'Curfew' });
  const head = make(
    'header',
    'head',
    {},
    make('i', 'mark'),
    title,
    time,
    ...(isPage ? [] : [ownWindow(), shut]),
  );
  const element = make(
    'div',
    isPage ? 'drawer whole' : 'drawer',
    {},
    make('div', 'top', {}, head, trouble, said),
    make(
      'div',
      'sections',
      {},
      section('Sessions', true, ...sessions.elements),
      section('What clients do next', true, ...pages.elements),
      section('Make it happen', true, ...actions.elements),
      section('Requests', true, ...requests.elements),
      section('Events', true, ...happenings.elements),
      section('Policy', isPage, ...policy.elements),
    ),
  );
  return {
    element,
    first: title,
    show(view, pageViews, known) {
      put(time, view.time || false);
      put(trouble, view.trouble || false);
      said.hidden = said.textContent === '';
      sessions.show(view.sessions);
      pages.show(pageViews);
      requests.show(view.requests);
      happenings.show(view.happenings);
      if (!known) return;
      actions.show(known);
      policy.show(known.policy);
    },
  };
}

const APPLIED = 'Applied.';
