import { make, put } from '../../web/element/dom.ts';
import { button, form, list, listOr, type Row } from './dom.ts';
import type { BarView, SessionView } from './view.ts';

/** The sessions that the server has, with what is left of each as bars. */
export function sessionsPart(revoke: (sessionId: string) => void) {
  return listOr<SessionView>(
    'Nobody has signed in yet.',
    make('ul', 'sessions'),
    ({ id }) => id,
    () => sessionRow(revoke),
  );
}

function sessionRow(revoke: (sessionId: string) => void): Row<SessionView> {
  const title = make('strong', 'who');
  const here = make('span', 'badge', { textContent: 'this browser' });
  const note = make('span', 'quiet');
  const end = button('small', 'Revoke', '');
  const bars = make('div', 'bars');
  const showBars = list<BarView>(bars, ({ label }) => label, barRow);
  const revoking = form('revoke', (id) => revoke(id), end);
  const element = make(
    'li',
    'session',
    {},
    make('div', 'line', {}, make('div', 'names', {}, title, here, note), revoking),
    bars,
  );
  return {
    element,
    show({ id, title: who, note: more, isCurrent, isLive, bars: views }) {
      element.classList.toggle('ended', !isLive);
      put(title, who);
      here.hidden = !isCurrent;
      put(note, more);
      revoking.hidden = !isLive;
      end.value = id;
      end.ariaLabel = `Revoke the session of ${who}`;
      showBars(views);
    },
  };
}

function barRow(): Row<BarView> {
  const label = make('span', 'bar-label');
  const text = make('span', 'bar-text');
  // The text beside it says the same.
  const track = make('div', 'track', { ariaHidden: 'true' }, make('i', 'fill'), make('i', 'zone'));
  const element = make('div', 'bar', {}, label, text, track);
  return {
    element,
    show(bar) {
      put(label, bar.label);
      put(text, bar.text);
      element.dataset.mood = bar.mood;
      track.style.setProperty('--left', String(bar.left));
      track.style.setProperty('--warning', String(bar.warning));
    },
  };
}
