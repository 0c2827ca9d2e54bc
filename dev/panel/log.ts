import { make, put } from '../../web/element/dom.ts';
import { listOr, type Row } from './dom.ts';
import type { LineView } from './view.ts';

/** A log, newest first. @param nothing what is said while there is no line */
export function logPart(nothing: string) {
  // Lines move down one by one: what stands where is written anew, and no element moves.
  return listOr<LineView>(nothing, make('ol', 'log'), (_, index) => index, lineRow);
}

function lineRow(): Row<LineView> {
  const [time, text, tag, note] = [
    make('span', 'time'),
    make('span', 'what'),
    make('span', 'tag'),
    make('span', 'quiet'),
  ];
  const element = make('li', 'entry', {}, time, text, tag, note);
  return {
    element,
    show(view) {
      put(time, view.time);
      put(text, view.text);
      put(tag, view.tag);
      tag.classList.toggle('marked', view.isMarked);
      put(note, view.note || false);
    },
  };
}
