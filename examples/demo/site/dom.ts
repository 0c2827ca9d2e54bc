/** The first element that a selector matches. @throws Error when nothing matches: the page lacks a part */
export function find<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

export function findAll(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)];
}

/** Writes text only where it differs: a live region is read out again whenever it is written to. */
export function setText(selector: string, text: string): void {
  const element = find(selector);
  if (element.textContent !== text) element.textContent = text;
}

/** An element with a class, and text or elements inside. */
export function create<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = className;
  element.append(...inside);
  return element;
}

/** A time of day on this device's clock. @param at epoch ms */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
