/** The one element that a selector finds; its absence is a mistake in the page. */
export function one<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

export function all(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)];
}

/** Sets text only where it differs, so that a live region speaks only when there is news. */
export function say(selector: string, text: string): void {
  const element = one(selector);
  if (element.textContent !== text) element.textContent = text;
}

/** An element with a class, and text or elements inside. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = className;
  element.append(...inside);
  return element;
}
