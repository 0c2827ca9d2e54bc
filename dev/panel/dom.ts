import { make } from '../../web/element/dom.ts';

/** What stands for one item of a list. */
export interface Row<Item> {
  readonly element: HTMLElement;
  /** Shows how the item is now. */
  show(item: Item): void;
}

/**
 * Keeps a list in step with its items, and each row that stays where it is: what has the focus in it keeps that.
 *
 * @param keyOf tells an item from the others
 * @returns shows these items, in their order
 */
export function list<Item>(
  parent: HTMLElement,
  keyOf: (item: Item, index: number) => string | number,
  makeRow: () => Row<Item>,
): (items: readonly Item[]) => void {
  let rows = new Map<string | number, Row<Item>>();
  return (items) => {
    const kept = new Map(
      items.map((item, index) => [keyOf(item, index), rows.get(keyOf(item, index)) ?? makeRow()]),
    );
    for (const [key, { element }] of rows) if (!kept.has(key)) element.remove();
    rows = kept;
    [...rows.values()].forEach((row, index) => {
      const item = items[index];
      if (item !== undefined) row.show(item);
      const there = parent.children[index];
      if (there !== row.element) parent.insertBefore(row.element, there ?? null);
    });
  };
}

/**
 * A list, or what is said in its place while it has no items.
 *
 * @param nothing what is said then
 */
export function listOr<Item>(
  nothing: string,
  parent: HTMLElement,
  keyOf: (item: Item, index: number) => string | number,
  makeRow: () => Row<Item>,
) {
  const empty = make('p', 'empty', { textContent: nothing });
  const showRows = list(parent, keyOf, makeRow);
  return {
    elements: [empty, parent],
    show(items: readonly Item[]) {
      empty.hidden = items.length > 0;
      parent.hidden = items.length === 0;
      showRows(items);
    },
  };
}

/** A button that submits the form around it with this value. */
export function button(name: string, text: string, value: string, label = ''): HTMLButtonElement {
  const element = make('button', name, { textContent: text, value });
  if (label) element.ariaLabel = label;
  return element;
}

/**
 * A form whose buttons and fields do something. Submitting does not leave a shadow tree, so the page sees nothing of it, and
 * its handlers of clicks can't stop it.
 *
 * @param onSubmit is given the value of the button that was pressed, and the fields by their names
 */
export function form(
  name: string,
  onSubmit: (value: string, fields: ReadonlyMap<string, string>) => void,
  ...inside: Node[]
): HTMLFormElement {
  const element = make('form', name, {}, ...inside);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const { submitter } = event;
    const fields = new Map([...new FormData(element)].map(([field, value]) => [field, String(value)]));
    onSubmit(submitter instanceof HTMLButtonElement ? submitter.value : '', fields);
  });
  return element;
}

/** A part of the panel that can be folded. */
export function section(title: string, isOpen: boolean, ...inside: Node[]): HTMLDetailsElement {
  const heading = make('h2', 'heading', { textContent: title });
  return make('details', 'section', { open: isOpen }, make('summary', 'summary', {}, heading), ...inside);
}
