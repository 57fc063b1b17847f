// Colours, text and controls.
//
// Least contrast against the grounds that each stands on, light and dark: text 14.9 and 13.8, muted 5.4 and 5.8, accent 5.5
// and 7.5, on accent 6.4 and 9.0, wrong 6.4 and 7.5, edges of controls 3.2 and 3.9 (WCAG 2.2 asks for 4.5 of text and 3 of
// edges).

export const TOKENS = `
:host {
  --_surface: var(--microraiden-surface, #ffffff);
  --_text: var(--microraiden-text, #1f2428);
  --_muted: var(--microraiden-muted, #596168);
  --_line: var(--microraiden-line, #e6e3dc);
  --_edge: var(--microraiden-edge, #868c92);
  --_accent: var(--microraiden-accent, #0f6b5c);
  --_on-accent: var(--microraiden-on-accent, #ffffff);
  --_soft: var(--microraiden-soft, #e3f0ed);
  --_wrong: var(--microraiden-wrong, #a32a1c);
  --_wrong-soft: var(--microraiden-wrong-soft, #fbeeeb);
  --_shadow: 0 1px 2px rgb(31 36 40 / 5%), 0 8px 24px rgb(31 36 40 / 5%);
  --_radius: var(--microraiden-radius, 1rem);
  --_mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@supports (color: light-dark(red, red)) {
  :host {
    --_surface: var(--microraiden-surface, light-dark(#ffffff, #1b1f22));
    --_text: var(--microraiden-text, light-dark(#1f2428, #e8eaec));
    --_muted: var(--microraiden-muted, light-dark(#596168, #a2abb2));
    --_line: var(--microraiden-line, light-dark(#e6e3dc, #2d3338));
    --_edge: var(--microraiden-edge, light-dark(#868c92, #727b83));
    --_accent: var(--microraiden-accent, light-dark(#0f6b5c, #66d3bf));
    --_on-accent: var(--microraiden-on-accent, light-dark(#ffffff, #06251f));
    --_soft: var(--microraiden-soft, light-dark(#e3f0ed, #17332e));
    --_wrong: var(--microraiden-wrong, light-dark(#a32a1c, #ff9e90));
    --_wrong-soft: var(--microraiden-wrong-soft, light-dark(#fbeeeb, #3a211d));
    --_shadow:
      0 1px 2px light-dark(rgb(31 36 40 / 5%), transparent),
      0 8px 24px light-dark(rgb(31 36 40 / 5%), transparent);
  }
}
:host {
  display: block;
  color: var(--_text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-family: var(--microraiden-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
}
:host([hidden]), [hidden] {
  display: none !important;
}
*, *::before, *::after {
  box-sizing: border-box;
}`;

export const TEXT = `
h1, h2, h3, p, dl, ul, figure {
  margin: 0;
  padding: 0;
  overflow-wrap: break-word;
}
ul {
  list-style: none;
}
h2, h3 {
  text-wrap: balance;
}
/* No last line of one short word. */
p, label, summary {
  text-wrap: pretty;
}
h2 {
  font-size: 1.2rem;
  line-height: 1.3;
  overflow-wrap: anywhere;
}
h3 {
  font-size: 0.95rem;
  line-height: 1.4;
  margin-top: 0.75rem;
}
a {
  color: var(--_accent);
  text-underline-offset: 0.2em;
}
code, pre {
  font-family: var(--_mono);
  font-size: 0.85rem;
}
/* Names are written in a direction of their own, and stand where the text around them does. */
[dir="auto"]:not(pre) {
  text-align: -webkit-match-parent;
  text-align: match-parent;
}
code {
  overflow-wrap: anywhere;
  direction: ltr;
  unicode-bidi: isolate;
}
.muted, .hint {
  color: var(--_muted);
  font-size: 0.925rem;
}
.hint.wrong {
  color: var(--_wrong);
}
.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.values {
  display: grid;
}
.values > div {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0 1.5rem;
  padding: 0.4rem 0;
  border-bottom: 1px solid var(--_line);
}
.values > div:last-child {
  border-bottom: 0;
}
.values dt {
  color: var(--_muted);
}
.values dd {
  margin: 0;
  font-variant-numeric: tabular-nums;
  text-align: end;
  overflow-wrap: anywhere;
}
/* An address of two lines begins both at the same place. */
.values code {
  display: block;
  text-align: start;
}
.address {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0 0.6rem;
}`;

export const CONTROLS = `
button, input, textarea, summary {
  font: inherit;
}
button {
  min-height: 2.75rem;
  padding: 0.5rem 1.1rem;
  border: 1px solid var(--_edge);
  border-radius: calc(var(--_radius) * 0.65);
  background: var(--_surface);
  color: var(--_text);
  font-weight: 550;
  line-height: 1.35;
  cursor: pointer;
  overflow-wrap: break-word;
  hyphens: auto;
  text-wrap: balance;
  transition: background-color 120ms, border-color 120ms;
}
button:hover:not(:disabled) {
  border-color: var(--_accent);
  background: var(--_soft);
}
button.primary {
  background: var(--_accent);
  border-color: var(--_accent);
  color: var(--_on-accent);
}
button.primary:hover:not(:disabled) {
  background: color-mix(in srgb, var(--_accent) 88%, var(--_text));
  border-color: transparent;
}
/* What can't be taken back. */
button.grave {
  border-color: var(--_wrong);
  color: var(--_wrong);
}
button.grave:hover:not(:disabled) {
  border-color: var(--_wrong);
  background: var(--_wrong-soft);
}
button.large {
  min-height: 3.25rem;
  width: 100%;
  font-size: 1.1rem;
}
button.quiet {
  min-height: 2.25rem;
  padding-block: 0.25rem;
  text-align: start;
  text-wrap: pretty;
  border-color: transparent;
  background: transparent;
  color: var(--_accent);
  padding-inline: 0.5rem;
  margin-inline: -0.5rem 0;
}
button.quiet:hover:not(:disabled) {
  border-color: transparent;
  background: var(--_soft);
}
button:disabled {
  opacity: 0.6;
  cursor: default;
}
.buttons {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem 0.6rem;
  align-items: center;
}
label {
  font-weight: 550;
  font-size: 0.95rem;
}
input, textarea {
  width: 100%;
  min-width: 0;
  min-height: 2.75rem;
  padding: 0.5rem 0.8rem;
  border: 1px solid var(--_edge);
  border-radius: calc(var(--_radius) * 0.65);
  background: var(--_surface);
  color: var(--_text);
  font-variant-numeric: tabular-nums;
}
textarea {
  font: 0.85rem/1.5 var(--_mono);
  overflow-wrap: anywhere;
  resize: none;
  /* as high as what it holds, of large text, too */
  field-sizing: content;
}
input::placeholder {
  color: var(--_muted);
}
input[aria-invalid="true"] {
  border-color: var(--_wrong);
}
.joined {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem;
}
/* At least some digits are in sight, also of large text in a narrow window. */
.joined input {
  flex: 1 1 8ch;
}
.joined button {
  flex: none;
  max-width: 100%;
}
:focus-visible {
  outline: 3px solid var(--_accent);
  outline-offset: 2px;
}
[tabindex="-1"]:focus {
  outline: none;
}
summary {
  cursor: pointer;
  color: var(--_accent);
  width: fit-content;
  padding: 0.4rem 0;
  border-radius: 0.3rem;
}`;
