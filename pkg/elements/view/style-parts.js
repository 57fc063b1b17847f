// The parts of the elements, and how they stand beside each other.

export const PARTS = `
.offer {
  display: grid;
  gap: 0.5rem;
  margin-bottom: 1.5rem;
}
/* Nothing is wider than its column: long words and numbers break. */
.offer, .begin, .side, .card, .row-body, form, #deposit-field, .paid, .key, .history-body, .content, .choices, .wallet-keys {
  grid-template-columns: minmax(0, 1fr);
}
.buttons > *, .joined > * {
  min-width: 0;
  max-width: 100%;
}
.price {
  font-size: clamp(1.25rem, 5vw, 1.6rem);
  font-weight: 600;
  line-height: 1.3;
  color: var(--_accent);
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
.begin {
  display: grid;
  gap: 0.6rem;
}
/* What an earlier visit left is looked up: its parts come in one go. */
:host([resuming]) .side {
  visibility: hidden;
}
.side {
  display: grid;
  gap: 1.5rem;
  min-width: 0;
}
/* Insets leave large text its room in a narrow window: they do not grow with it there. */
.card {
  display: grid;
  gap: 0.9rem;
  padding: clamp(16px, 5cqi, 1.75rem);
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  box-shadow: var(--_shadow);
  min-width: 0;
}
/* What is seldom wanted: one line, until it is opened. */
.row {
  padding: 0.35rem clamp(16px, 5cqi, 1.75rem);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  min-width: 0;
}
.row > summary {
  width: auto;
  overflow-wrap: anywhere;
}
.row-body {
  display: grid;
  gap: 0.9rem;
  padding: 0.5rem 0 0.75rem;
}
/* An address stands where the text around it begins, also from right to left. */
.row-body > code {
  justify-self: start;
}
.card form, .row form, #deposit-field, .paid {
  display: grid;
  gap: 0.6rem;
}
/* A label is nearer to its own field than to the one before. */
:is(input, .hint, .deposits) + label {
  margin-top: 0.4rem;
}
#budget-more .row-body {
  gap: 0.6rem;
}
#pay-form {
  gap: 1rem;
}
#import form {
  padding-top: 0.5rem;
}
#import-form {
  margin-top: 0.75rem;
}
#backup-note:empty {
  display: none;
}
.key {
  display: grid;
  gap: 0.6rem;
  padding: min(1rem, 5cqi);
  border-radius: calc(var(--_radius) * 0.75);
  background: var(--_soft);
}
.choices {
  display: grid;
  gap: 0.6rem;
}
.wallet-keys {
  display: grid;
  gap: 0.9rem;
}
.choices .choice {
  display: flex;
  align-items: center;
  gap: 0.8rem;
  width: 100%;
  text-align: start;
  overflow-wrap: anywhere;
}
.choice img, .no-icon {
  flex: none;
  width: 1.75rem;
  height: 1.75rem;
  border-radius: 0.4rem;
}
.no-icon {
  background: var(--_soft);
  border: 1px solid var(--_line);
}
.deposits {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 5.5rem), 1fr));
  gap: 0.5rem;
}
.deposits .choice {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  min-width: 0;
  padding: 0.6rem;
  overflow-wrap: anywhere;
}
.deposits .choice span {
  font-weight: 400;
  font-size: 0.925rem;
  color: var(--_muted);
}
.deposits .choice[aria-pressed="true"] {
  border-color: var(--_accent);
  background: var(--_soft);
  box-shadow: inset 0 0 0 1px var(--_accent);
}
.meter {
  height: 0.5rem;
  border-radius: 1rem;
  background: var(--_soft);
  overflow: hidden;
}
.meter svg {
  display: block;
  width: 100%;
  height: 100%;
}
:host([dir="rtl"]) :is(.meter svg, .chart), [dir="rtl"] :is(.meter svg, .chart) {
  transform: scaleX(-1);
}
.meter rect, .chart rect {
  fill: var(--_accent);
}
/* as high as the longest text that it may come to show */
[data-longest] {
  display: grid;
}
[data-longest]::after {
  content: attr(data-longest);
  visibility: hidden;
}
[data-longest]::after, [data-longest] > * {
  grid-area: 1 / 1;
}
.qr {
  display: block;
  width: min(100%, 12rem);
  background: #fff;
  fill: #000;
  border-radius: calc(var(--_radius) * 0.5);
}
#sweep-origin:empty, .buttons:not(:has(> :not([hidden]))) {
  display: none;
}
.history-body {
  display: grid;
  gap: 0.6rem;
  padding-top: 0.5rem;
}
.chart {
  display: block;
  width: 100%;
  border-bottom: 1px solid var(--_edge);
}
.payments li {
  display: flex;
  flex-wrap: wrap;
  gap: 0 0.8rem;
  padding: 0.3rem 0;
  border-bottom: 1px solid var(--_line);
}
.payment-name {
  flex: 1 1 8rem;
  min-width: 0;
  overflow-wrap: anywhere;
}
.payment-amount {
  font-variant-numeric: tabular-nums;
  margin-inline-start: auto;
}
.stopped {
  border-color: var(--_wrong);
  border-inline-start-width: 0.4rem;
  background: var(--_wrong-soft);
}
.stopped button {
  justify-self: start;
}
#budget .hint:empty {
  display: none;
}
.check {
  display: flex;
  gap: 0.6rem;
  align-items: center;
  min-height: 2.75rem;
}
.check input {
  flex: none;
  width: 1.25rem;
  min-height: 1.25rem;
  accent-color: var(--_accent);
}`;

export const NOTICES = `
/* what is waited for, and what went wrong: always in sight */
.status {
  position: sticky;
  bottom: 0;
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 0.75rem;
  padding: 1.5rem 0 1rem;
  z-index: 1;
  justify-items: center;
}
.status:not(:has(> :not([hidden]))) {
  display: none;
}
.notice {
  width: 100%;
  max-width: 36rem;
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  align-items: center;
  gap: 0.75rem 1rem;
  padding: 1rem clamp(16px, 5cqi, 1.25rem);
  max-height: 60vh;
  overflow: auto;
  background: var(--_surface);
  border: 1px solid var(--_accent);
  border-radius: var(--_radius);
  box-shadow: 0 4px 32px rgb(0 0 0 / 16%);
}
.notice > * {
  min-width: 0;
  max-width: 100%;
}
.waiting {
  display: flex;
  gap: 0.8rem;
  align-items: baseline;
  flex: 1 1 12rem;
  min-width: 0;
  overflow-wrap: anywhere;
}
.dot {
  flex: none;
  width: 0.6rem;
  height: 0.6rem;
  border-radius: 50%;
  background: var(--_accent);
  animation: breathe 1.4s ease-in-out infinite;
}
@keyframes breathe {
  50% {
    opacity: 0.25;
  }
}
.error {
  display: grid;
  border-color: var(--_wrong);
  border-inline-start-width: 0.4rem;
  background: var(--_wrong-soft);
}
.error.calm {
  border-inline-start-width: 1px;
  border-color: var(--_edge);
  background: var(--_surface);
}
.error button {
  background: transparent;
}
.error button:not(.quiet) {
  border-color: currentcolor;
}
.error button.quiet, .error summary {
  color: inherit;
}
.error pre {
  margin: 0.5rem 0 0;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.error details {
  font-size: 0.9rem;
}
dialog {
  max-width: min(28rem, calc(100vw - 32px));
  padding: min(1.5rem, 6vw);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  background: var(--_surface);
  color: var(--_text);
  overflow-wrap: anywhere;
}
dialog form {
  display: grid;
  gap: 1.25rem;
}
#question-text {
  white-space: pre-line;
}
dialog::backdrop {
  background: rgb(0 0 0 / 45%);
}`;

export const CONTENT = `
.content {
  scroll-margin-top: 1rem;
  display: grid;
  gap: 0.75rem;
  margin-bottom: 2rem;
  min-width: 0;
}
.content img {
  display: block;
  max-width: 100%;
  height: auto;
  border-radius: var(--_radius);
}
/* Where what is being paid for will be. */
.place {
  min-height: 6rem;
  border-radius: var(--_radius);
  background: var(--_soft);
}
.place.long {
  min-height: 75vh;
}
.sealed {
  display: none;
}
.sealed .place {
  display: grid;
  place-items: center;
}
/* A padlock: its bow, and its body below. */
.lock {
  width: 2.5rem;
  height: 2rem;
  margin-top: 1.5rem;
  border-radius: 0.35rem;
  background: var(--_muted);
}
.lock::before {
  content: "";
  display: block;
  width: 1.5rem;
  height: 1.5rem;
  margin: -1.35rem auto 0;
  border: 0.3rem solid var(--_muted);
  border-bottom: 0;
  border-radius: 0.75rem 0.75rem 0 0;
}
/* A page and the viewer's bar, but never more than the window shows with a rest to scroll by. */
.pages {
  height: min(85vh, 145cqi + 4rem);
}
.content iframe, .content video, .content audio {
  display: block;
  width: 100%;
}
.content video {
  max-height: 90vh;
  border-radius: var(--_radius);
}
/* Articles bring their own colours, for a white page. Those that have some for the dark, too, bring a ground for them: not
   where the frame says that it is dark already. */
.content iframe {
  min-height: 12rem;
  color-scheme: light;
  background: #fff;
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
}
.content iframe.pages {
  color-scheme: inherit;
  background: var(--_soft);
}
.content pre {
  margin: 0;
  padding: clamp(1.15rem, 4vw, 1.75rem);
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  box-shadow: var(--_shadow);
  font-size: 0.95rem;
  line-height: 1.7;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
/* The thing on one side, the money on the other, where there is room. */
:host {
  container-type: inline-size;
}
@container (min-width: 56rem) {
  .all {
    display: grid;
    grid-template:
      "offer side" auto
      "content side" 1fr / minmax(0, 1fr) 24rem;
    column-gap: 3rem;
  }
  .offer {
    grid-area: offer;
  }
  .content {
    grid-area: content;
    align-self: start;
    position: sticky;
    top: 2rem;
  }
  .content[hidden] + .sealed {
    display: grid;
  }
  .side {
    grid-area: side;
    align-content: start;
  }
  .status {
    justify-items: end;
  }
  .notice {
    max-width: 24rem;
  }
}
/* Narrow cards have one below the other: beside each other their words would break. */
@container (max-width: 24rem) or (min-width: 56rem) {
  .deposits {
    grid-template-columns: minmax(0, 1fr);
  }
  .deposits .choice {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 0 1rem;
    padding-inline: 1rem;
    text-align: start;
  }
}
@container (max-width: 24rem) {
  .card > .buttons > button:not(.quiet), .row-body > .buttons > button:not(.quiet),
  .paid > .buttons > button:not(.quiet), form > .buttons > button:not(.quiet) {
    width: 100%;
  }
}
/* Large text on a phone: words need what room there is, and so does a short address. */
@container (max-width: 12rem) {
  h2, h3, p, summary {
    hyphens: auto;
  }
  .card, .row {
    padding-inline: 12px;
  }
  button, .deposits .choice {
    padding-inline: 6px;
    font-weight: 500;
  }
  .waiting {
    flex-wrap: wrap;
  }
  .choices .choice {
    flex-wrap: wrap;
  }
  .notice {
    max-height: 85vh;
  }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation: none !important;
    transition: none !important;
  }
}
@media (forced-colors: active) {
  button.primary {
    border-width: 3px;
  }
  button.quiet {
    margin-inline: 0;
  }
  input[aria-invalid="true"] {
    border-width: 3px;
    padding: calc(0.5rem - 2px) calc(0.8rem - 2px);
  }
  .dot {
    border: 0.3rem solid CanvasText;
  }
  .place {
    border: 1px dashed CanvasText;
  }
  .lock {
    background: CanvasText;
  }
  .meter {
    border: 1px solid CanvasText;
  }
  .meter rect, .chart rect {
    fill: Highlight;
  }
  .deposits .choice[aria-pressed="true"] {
    outline: 2px solid Highlight;
  }
}`;
