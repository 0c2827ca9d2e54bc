/** An element of the dialog, with the class `session-timeout-<part>`. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  part: string,
  ...inside: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = `session-timeout-${part}`;
  element.append(...inside);
  return element;
}

/** Sets a text, but only where it differs: setting it makes a live region speak, and loses a selection. */
export function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
