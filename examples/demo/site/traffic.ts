/** What this page sends, counted where it is sent. */
export interface Traffic {
  pulses: number;
  polls: number;
  /** Whether the page's requests fail, as if the network were cut. */
  offline: boolean;
  /** Inputs that caused no request of their own. */
  unsentInputs(): number;
}

/** A `fetch` that counts its requests and can be cut off. */
export function countedFetch(): { fetch: typeof fetch; traffic: Traffic } {
  let inputs = 0;
  for (const type of ['keydown', 'pointerdown', 'wheel']) {
    addEventListener(type, () => (inputs += 1), { passive: true, capture: true });
  }
  const traffic: Traffic = {
    pulses: 0,
    polls: 0,
    offline: false,
    unsentInputs: () => Math.max(0, inputs - traffic.pulses),
  };
  const counted: typeof fetch = async (input, init) => {
    if (String(input).endsWith('/touch')) traffic.pulses += 1;
    else if (!init?.method) traffic.polls += 1;
    if (traffic.offline) throw new TypeError('The laboratory has cut the network.');
    return globalThis.fetch(input, init);
  };
  return { fetch: counted, traffic };
}
