/** An element of the dialog. Its name is its class, for our styles, and its part, for the page's. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...inside: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  Object.assign(element, properties, { className: name, part: name });
  element.append(...inside);
  return element;
}

/** What was last put into an element: what it shows may be a translation, by the browser. */
const told = new WeakMap<HTMLElement, string>();

/**
 * Sets a text, but only where it differs: setting it makes a live region speak, and loses a selection.
 *
 * @param text false: the element is hidden
 */
export function put(element: HTMLElement, text: string | false): void {
  element.hidden = text === false;
  if (text === false || told.get(element) === text) return;
  told.set(element, text);
  element.textContent = text;
}

/** Around an element, the host of its shadow tree included. */
export function parentOf(element: Element): Element | null {
  // Only a shadow root has a host.
  return element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
}
