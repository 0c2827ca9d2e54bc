/**
 * The looks of the panel, which are its own: no style of the page reaches them, and they follow the system’s light or dark, since a
 * page may not say which it is. Sizes are in em of 16 px, or of what the user has set, whatever the page’s own root has.
 */
export const STYLES = `
:host {
  all: initial !important;
  display: contents !important;
  color-scheme: light dark !important;
  --ground: light-dark(#eef1f6, #101318);
  --surface: light-dark(#ffffff, #191d24);
  --sunken: light-dark(#f3f5f9, #12151b);
  --text: light-dark(#16202e, #eef1f6);
  --quiet: light-dark(#51607a, #a3afc2);
  --line: light-dark(#d9dfe8, #303745);
  --edge: light-dark(#7d8aa0, #6a768a);
  --accent: light-dark(#0b6b4f, #5fd6a9);
  --on-accent: light-dark(#ffffff, #06251b);
  --tint: light-dark(#e2f2ec, #16302a);
  --warn: light-dark(#a33f06, #ffb070);
  --warn-tint: light-dark(#fdeee2, #36230f);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
}

*,
*::before,
*::after {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

.aside,
.page {
  color: var(--text);
  font: 14px/1.45 Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", sans-serif;
  font-size: 0.875em;
  text-align: start;
}

/* Above the page, and in nobody’s way: only what is in it takes pointers. */
.aside {
  position: fixed;
  inset: 0;
  inline-size: auto;
  block-size: auto;
  max-inline-size: none;
  max-block-size: none;
  margin: 0;
  padding: 0;
  border: 0;
  overflow: hidden;
  background: none;
  pointer-events: none;

  > * {
    pointer-events: auto;
  }
}

h1,
h2,
p,
ul,
ol,
fieldset {
  margin: 0;
  padding: 0;
  border: 0;
  list-style: none;
}

button,
input,
select {
  min-inline-size: 0;
  margin: 0;
  color: inherit;
  font: inherit;
}

button {
  cursor: pointer;
}

:is(button, a, input, select, summary, .title):focus-visible,
.mode:has(:focus-visible) {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}

/* The button in the corner. */
.opener {
  position: absolute;
  inset-block-end: 0.85em;
  inset-inline-start: 0.85em;
}

.open {
  display: flex;
  align-items: center;
  gap: 0.5em;
  min-block-size: 2.6em;
  padding: 0.3em 0.9em 0.3em 0.45em;
  border: 1px solid var(--line);
  border-radius: 2em;
  background: var(--surface);
  box-shadow: 0 0.2em 1em light-dark(rgb(30 45 75 / 0.18), rgb(0 0 0 / 0.5));
  font-weight: 600;
  font-variant-numeric: tabular-nums;

  &[data-mood="warn"] {
    border-color: var(--warn);
    color: var(--warn);
  }

}

/* Where the drawer takes all of the page, it has a button to close it. */
@media (max-width: 34em) {
  .open[aria-expanded="true"] {
    display: none;
  }
}

/* A clock that goes down like the moon. */
.mark {
  flex: none;
  inline-size: 1.7em;
  block-size: 1.7em;
  border-radius: 50%;
  background:
    radial-gradient(circle at 68% 34%, var(--accent) 0 41%, transparent 42%),
    light-dark(#5fd6a9, #2b8f6c);
  box-shadow: inset 0 0 0 0.12em var(--accent);
}

.drawer {
  position: absolute;
  inset-block: 0;
  inset-inline-end: 0;
  display: flex;
  flex-direction: column;
  inline-size: min(28em, 100%);
  overflow: auto;
  overscroll-behavior: contain;
  border-inline-start: 1px solid var(--line);
  background: var(--ground);
  box-shadow: 0 0 2.5em light-dark(rgb(30 45 75 / 0.2), rgb(0 0 0 / 0.6));
}

@media (prefers-reduced-motion: no-preference) {
  .aside .drawer {
    animation: come 0.18s ease-out;
  }

  .fill {
    transition: inline-size 0.4s linear;
  }
}

@keyframes come {
  from {
    translate: 1.5em;
    opacity: 0;
  }
}

.top {
  position: sticky;
  z-index: 1;
  inset-block-start: 0;
  padding: 0.7em 1em;
  border-block-end: 1px solid var(--line);
  background: var(--surface);
}

.head {
  display: flex;
  align-items: center;
  gap: 0.6em;
}

.title {
  flex: 1;
  font-size: 1.15em;
  font-weight: 700;
  letter-spacing: -0.01em;
}

.clock {
  color: var(--quiet);
  font-variant-numeric: tabular-nums;
}

.icon {
  display: grid;
  place-items: center;
  inline-size: 2.1em;
  block-size: 2.1em;
  padding: 0;
  border: 1px solid transparent;
  border-radius: 0.5em;
  background: none;
  color: inherit;
  text-decoration: none;

  &:hover {
    border-color: var(--line);
    background: var(--sunken);
  }
}

.close::before {
  content: "✕" / "";
}

.window::before {
  content: "";
  inline-size: 0.95em;
  block-size: 0.8em;
  border: 1.5px solid;
  border-block-start-width: 4px;
  border-radius: 2px;
}

.trouble,
.said {
  margin-block-start: 0.5em;
  padding: 0.4em 0.65em;
  border-radius: 0.5em;
}

.trouble {
  background: var(--warn-tint);
  color: var(--warn);
}

.said {
  background: var(--tint);
}

.sections {
  display: grid;
  gap: 0.6em;
  padding: 0.6em;
}

.section {
  padding: 0.65em 0.85em;
  border: 1px solid var(--line);
  border-radius: 0.75em;
  background: var(--surface);

  &[open] {
    padding-block-end: 0.85em;
  }
}

.summary {
  display: flex;
  align-items: center;
  gap: 0.5em;
  cursor: pointer;
  border-radius: 0.3em;
  list-style: none;

  &::-webkit-details-marker {
    display: none;
  }

  &::after {
    content: "";
    inline-size: 0.45em;
    block-size: 0.45em;
    margin-inline: auto 0.2em;
    border: solid var(--quiet);
    border-width: 0 1.5px 1.5px 0;
    rotate: 45deg;
    translate: 0 -0.1em;
  }

  [open] > &::after {
    rotate: 225deg;
    translate: 0 0.1em;
  }
}

.heading {
  font-size: 1em;
  font-weight: 650;
}

[open] > .summary {
  margin-block-end: 0.6em;
}

.quiet,
.empty,
.hint {
  color: var(--quiet);
}

.hint {
  font-size: 0.9em;
  overflow-wrap: anywhere;
}

.sessions,
.pages {
  display: grid;
  gap: 0.85em;
}

.line {
  display: grid;
  grid-template-columns: 1fr auto;
  align-items: start;
  gap: 0.5em;
}

.names {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.15em 0.5em;
  min-block-size: 2.1em;
}

.who {
  overflow-wrap: anywhere;
  font-weight: 650;
}

.ended .who {
  color: var(--quiet);
  font-weight: 500;
}

.badge,
.tag {
  padding: 0.05em 0.5em;
  border: 1px solid var(--line);
  border-radius: 1em;
  color: var(--quiet);
  font-size: 0.86em;
  white-space: nowrap;
}

.badge,
.marked {
  border-color: transparent;
  background: var(--tint);
  color: var(--accent);
}

/* What is left, from the right to the left; the striped part is the warning. */
.bars {
  display: grid;
  gap: 0.45em;
  margin-block-start: 0.45em;

  &:empty {
    display: none;
  }
}

.bar {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 0.15em 0.5em;
  font-size: 0.93em;
  font-variant-numeric: tabular-nums;
}

.bar-text {
  color: var(--quiet);
  text-align: end;
}

[data-mood="warn"] .bar-text {
  color: var(--warn);
  font-weight: 600;
}

.track {
  position: relative;
  grid-column: 1 / -1;
  block-size: 0.6em;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: 1em;
  background: var(--sunken);
}

.fill,
.zone {
  position: absolute;
  inset-block: 0;
  inset-inline-start: 0;
}

.fill {
  inline-size: calc(var(--left) * 100%);
  background: var(--accent);
}

[data-mood="warn"] .fill {
  background: var(--warn);
}

.zone {
  inline-size: calc(var(--warning) * 100%);
  border-inline-end: 2px solid var(--warn);
  background: repeating-linear-gradient(135deg, transparent 0 3px, light-dark(#ffffff8c, #0000008c) 3px 5px);
}

.steps {
  display: grid;
  gap: 0.25em;
  margin-block-start: 0.3em;
}

.step {
  padding-inline-start: 1em;
  overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums;

  &::before {
    content: "";
    display: inline-block;
    inline-size: 0.4em;
    block-size: 0.4em;
    margin-inline: -0.85em 0.45em;
    border-radius: 50%;
    background: var(--accent);
    vertical-align: 0.12em;
  }
}

.presses {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 0.5em;
}

.doing {
  display: grid;
  grid-template-columns: minmax(0, 11fr) minmax(0, 13fr);
  align-items: center;
  gap: 0.2em 0.75em;
}

:is(.press, .small, .primary) {
  padding: 0.35em 0.75em;
  border: 1px solid var(--edge);
  border-radius: 0.55em;
  background: var(--surface);
  font-weight: 600;

  &:hover {
    border-color: var(--accent);
    background: var(--tint);
  }
}

.press {
  min-block-size: 2.4em;
  padding-inline: 0.4em;
}

.small {
  min-block-size: 2.1em;
  padding-block: 0.1em;
}

.primary {
  justify-self: start;
  border-color: transparent;
  background: var(--accent);
  color: var(--on-accent);

  &:hover {
    background: var(--accent);
    filter: brightness(1.1);
  }
}

.rows {
  display: grid;
  gap: 0.5em;
  margin-block-start: 0.85em;
  padding-block-start: 0.85em;
  border-block-start: 1px solid var(--line);
}

.row {
  display: flex;
  align-items: center;
  gap: 0.6em;
}

.labelled {
  display: flex;
  flex: 1;
  min-inline-size: 0;
  align-items: center;
  gap: 0.6em;
}

.label {
  flex: none;
  inline-size: 5.4em;
  padding: 0;
  float: inline-start;
}

.field {
  flex: 1;
  inline-size: 0;
  min-block-size: 2.1em;
  padding: 0.2em 0.55em;
  border: 1px solid var(--edge);
  border-radius: 0.45em;
  background: var(--surface);
}

.modes {
  display: flex;
  flex: 1;
  border: 1px solid var(--edge);
  border-radius: 0.55em;
  overflow: clip;
  overflow-clip-margin: 6px;
}

.mode {
  position: relative;
  flex: 1;
  padding: 0.25em 0.2em;
  border-radius: 0.45em;
  text-align: center;
  cursor: pointer;

  &:has(:checked) {
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
}

.radio {
  position: absolute;
  inset: 0;
  opacity: 0;
  cursor: pointer;
}

.log {
  display: grid;
  gap: 0.5em;
}

.entry {
  display: grid;
  grid-template-columns: auto 1fr auto;
  gap: 0 0.6em;
  align-items: baseline;

  .quiet {
    grid-column: 2 / -1;
    font-size: 0.93em;
  }
}

.time {
  color: var(--quiet);
  font-variant-numeric: tabular-nums;
}

.what {
  overflow-wrap: anywhere;
}

.requests .what {
  font-family: var(--mono);
  font-size: 0.93em;
}

.policy {
  display: grid;
  gap: 0.5em;

  .label {
    inline-size: 11em;
  }
}

/* The panel as a page. */
.page {
  position: fixed;
  inset: 0;
  overflow: auto;
  background: var(--ground);
}

.whole {
  position: static;
  inline-size: auto;
  overflow: visible;
  border: 0;
  box-shadow: none;

  .sections {
    grid-template-columns: repeat(auto-fit, minmax(min(25em, 100%), 1fr));
    align-items: start;
    gap: 0.9em;
    padding: 0.9em;
  }
}

@media (forced-colors: active) {
  .fill {
    background: Highlight;
    forced-color-adjust: none;
  }

  .mode:has(:checked) {
    background: Highlight;
    color: HighlightText;
    forced-color-adjust: none;
  }
}

@media print {
  .aside {
    display: none;
  }
}
`;
