/**
 * The looks. What is worth changing is a custom property, set on the element or on any ancestor; the rest is reached as a
 * part. Light and dark follow `color-scheme`. A page's rules for `*`, or for this element, end at the host, which takes over
 * the page's font and no more.
 */
export const STYLES = `
:host {
  all: initial !important;
  display: contents !important;
  font: inherit !important;
  color-scheme: inherit !important;
  --surface: var(--session-timeout-surface, light-dark(#fff, #1d2129));
  --line: var(--session-timeout-line, light-dark(#d5dce6, #3a4250));
  --accent: var(--session-timeout-accent, light-dark(#0b6b4f, #5fd6a9));
  --warn: var(--session-timeout-warn, light-dark(#b3470a, #ffb070));
  --radius: var(--session-timeout-radius, 1.25em);
}

* {
  box-sizing: border-box;
}

/* Pages give the root a size for a measure of their own, from 10 px to a tenth of the screen: it is heeded within what can be read. */
.dialog,
.notice {
  width: min(29em, 100% - 2em);
  max-height: calc(100dvh - 1em);
  padding: 0;
  overflow: auto;
  overscroll-behavior: contain;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  color: var(--session-timeout-text, light-dark(#16202e, #eef1f6));
  background: var(--surface);
  box-shadow: 0 1.5em 4em #080f1e52;
  font-size: max(1em, clamp(16px, 1rem, 20px));
  line-height: 1.5;
  text-align: center;
  overflow-wrap: anywhere;
}

.dialog::backdrop {
  background: #0a101c7a;
  backdrop-filter: blur(7px);
}

/* Nothing shines through of a session that has ended, or may have. */
.dialog:has(.ended, .unsure)::backdrop {
  background: light-dark(#e2e7efe6, #0c0f14e6);
  backdrop-filter: blur(24px);
}

.card {
  padding: 2em 2em 0;
}

[hidden] {
  display: none !important;
}

.clock {
  --color: var(--warn);
  position: relative;
  display: grid;
  place-items: center;
  width: 3.75em;
  height: 3.75em;
  margin: 0 auto 0.6em;
  direction: ltr;
  font-size: 2em;
  font-weight: 650;
  font-variant-numeric: tabular-nums;
}

/* The ring: a disc of the time that is left, with its middle cut out. */
.clock::before {
  content: "";
  position: absolute;
  inset: 0;
  border-radius: 50%;
  background: conic-gradient(var(--color) calc(var(--left) * 360deg), var(--line) 0);
  mask: radial-gradient(closest-side, transparent 86%, #000 87%);
}

:is(.warning, .extending):not(.urgent) .clock {
  --color: var(--accent);
}

/* The last 20 seconds: thick, in the colour of warnings, and a segment each, which is seen without colours, too. */
.urgent .clock {
  color: var(--warn);

  &::before {
    mask:
      radial-gradient(closest-side, transparent 77%, #000 78%),
      repeating-conic-gradient(#000 0 13deg, transparent 0 18deg);
    mask-composite: intersect;
  }
}

.extending :is(.clock, .stay) {
  opacity: 0.75;
}

/* Texts of another language than the page's, which may run in another direction, begin at their own end. */
:is(.title, .text, .live, .actions > *) {
  unicode-bidi: plaintext;
  text-wrap: balance;
}

.title {
  margin: 0 0 0.35em;
  outline: none;
  font-size: 1.5em;
  font-weight: 680;
  line-height: 1.25;
}

/* A picture of its own for the end: a moon. */
.dialog .ended .title::before {
  content: "";
  display: block;
  width: 3.6em;
  height: 3.6em;
  margin: 0 auto 0.8em;
  border-radius: 50%;
  background: radial-gradient(circle at 72% 32%, transparent 49%, var(--accent) 51%);
}

.text {
  margin: 0;
  color: var(--session-timeout-quiet, light-dark(#51607a, #a9b4c6));
}

.live {
  min-height: 1.5em;
  margin: 0.75em 0 0;
  font-weight: 600;
}

:is(.failed, .offline) .live {
  color: var(--warn);
}

/* The countdown is spoken, and shown by the clock: its words would only be late. */
:is(.warning, .unsure, .absolute, .limit) .live,
.live:empty {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}

/* However little of the card fits, its buttons are in sight. */
.actions {
  position: sticky;
  bottom: 0;
  display: flex;
  flex-wrap: wrap;
  gap: 0.75em;
  padding-block: 1.5em 2em;
  background: var(--surface);
}

.actions > * {
  display: grid;
  place-content: center;
  flex: 1 1 9em;
  min-height: 3em;
  padding: 0.65em 1em;
  border: 1px solid var(--line);
  border-radius: calc(var(--radius) * 0.6);
  color: inherit;
  background: none;
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}

.actions > :is(.stay, .again) {
  border-color: transparent;
  color: var(--session-timeout-on-accent, light-dark(#fff, #06251b));
  background: var(--accent);
}

.actions > :hover {
  text-decoration: underline;
}

/* The focus comes by itself: browsers would hide it from whoever used a mouse before. */
.actions > :focus {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
}

.notice {
  position: fixed;
  inset: auto 1em 1em auto;
  width: min(24em, 100% - 2em);
  margin: 0;
  text-align: start;

  &:dir(rtl) {
    inset: auto auto 1em 1em;
  }
  .card {
    display: grid;
    grid-template-columns: 1fr auto;
    padding: 1em 1em 0;
  }
  .clock {
    order: 1;
    width: auto;
    height: auto;
    margin: 0;
    color: var(--warn);
    font-size: 1.25em;

    &::before {
      display: none;
    }
  }
  .urgent .clock {
    text-decoration: underline;
  }
  .title {
    font-size: 1.125em;
  }
  :is(.text, .actions) {
    grid-column: 1 / 3;
    order: 2;
  }
  .actions {
    padding-block: 1em;
  }
  .actions > * {
    flex-basis: auto;
    min-height: 2.5em;
    padding: 0.4em;
  }
}

@media (prefers-reduced-motion: no-preference) {
  .dialog {
    animation: rise 0.18s;
  }
  @keyframes rise {
    from {
      opacity: 0;
    }
  }
}

@media (forced-colors: active) {
  .clock::before {
    background: conic-gradient(CanvasText calc(var(--left) * 360deg), transparent 0);
    forced-color-adjust: none;
  }
  .dialog .title::before {
    display: none !important;
  }
  .actions > :is(.stay, .again) {
    border: 3px solid;
  }
}

/* At 400 % zoom a phone's height is short: the number says it, the ring goes, the moon shrinks, and news comes first. A notice shows all it says. */
@media (max-height: 32rem) {
  .notice {
    width: min(24em, 100% - 1em);
    margin: -0.5em;
    font-size: max(0.875em, 14px);
    line-height: 1.25;
  }
  .card.card {
    padding: 0.5em 1em 0;
  }
  .clock.clock {
    width: auto;
    height: auto;
    margin: 0;
    font-size: 1em;

    &::before {
      display: none;
    }
  }
  .urgent .clock {
    text-decoration: underline;
  }
  .title {
    font-size: 1.125em;
  }
  .dialog .ended .title::before {
    width: 1.5em;
    height: 1.5em;
    margin-bottom: 0.1em;
  }
  :is(.extending, .failed, .offline) .text {
    display: none;
  }
  .live {
    margin: 0;
    line-height: 1.25;
  }
  .actions.actions {
    gap: 0.5em;
    padding-block: 0.5em;
  }
  .actions.actions > * {
    flex-basis: auto;
    min-height: 2.25em;
    padding: 0.25em;
  }
}

/* On paper nothing can be answered. What has ended stays covered. */
@media print {
  .dialog:not(:has(.ended, .unsure)),
  .notice {
    display: none;
  }
}
`;
