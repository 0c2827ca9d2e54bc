/** An element of the dialog. Its name is its class, for our styles, and its part, for the page's. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  ...inside: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = name;
  element.setAttribute('part', name);
  element.append(...inside);
  return element;
}

/** Sets a text, but only where it differs: setting it makes a live region speak, and loses a selection. */
export function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
