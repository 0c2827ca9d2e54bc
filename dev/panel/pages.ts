import { make, put } from '../../web/element/dom.ts';
import { list, listOr, type Row } from './dom.ts';
import type { TabReport } from './tabs.ts';

/** A page of this browser, and what its client is about to do. */
export interface PageView extends TabReport {
  readonly id: string;
  readonly isOwn: boolean;
}

const NO_CLIENT = [
  'No session client is known here. The panel takes that of the page’s dialog; without one, give it yours: document.querySelector("curfew-panel").session = session',
];

/** What the client of each open page does next, this page first. */
export function pagesPart() {
  const nothing = 'No page with a panel is open in this browser.';
  const { elements, show } = listOr<PageView>(nothing, make('ul', 'pages'), ({ id }) => id, pageRow);
  return {
    elements,
    show(pages: readonly PageView[]) {
      show([...pages].sort((a, b) => Number(b.isOwn) - Number(a.isOwn)));
    },
  };
}

function pageRow(): Row<PageView> {
  const [place, own, status] = [
    make('strong', 'who'),
    make('span', 'badge', { textContent: 'this page' }),
    make('span', 'quiet'),
  ];
  const steps = make('ul', 'steps');
  const showSteps = list<string>(steps, (_, index) => index, stepRow);
  const element = make('li', 'client', {}, make('div', 'names', {}, place, own, status), steps);
  return {
    element,
    show({ path, isOwn, client }) {
      put(place, path);
      own.hidden = !isOwn;
      put(status, client?.status ?? 'no client');
      showSteps(client?.steps ?? NO_CLIENT);
    },
  };
}

function stepRow(): Row<string> {
  const element = make('li', 'step');
  return { element, show: (text) => put(element, text) };
}
