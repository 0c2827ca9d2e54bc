import type { Traffic } from './lab.ts';

/** `fetch` that counts what it sends, and that the laboratory can cut. */
export function countedFetch(): { fetch: typeof fetch; traffic: Traffic } {
  let inputs = 0;
  for (const type of ['keydown', 'pointerdown', 'wheel']) {
    addEventListener(type, () => (inputs += 1), { passive: true, capture: true });
  }
  const traffic: Traffic = {
    pulses: 0,
    polls: 0,
    cut: false,
    saved: () => Math.max(0, inputs - traffic.pulses),
  };
  const counted: typeof fetch = async (input, init) => {
    if (String(input).endsWith('/touch')) traffic.pulses += 1;
    else if (!init?.method) traffic.polls += 1;
    if (traffic.cut) throw new TypeError('The laboratory has cut the network.');
    return globalThis.fetch(input, init);
  };
  return { fetch: counted, traffic };
}
