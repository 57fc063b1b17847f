// The question that offers two ways.

export const QUESTION = `
/* Side by side, or one above the other. */
dialog:has(.ways) {
  max-width: min(44rem, calc(100vw - 32px));
}
.ways {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
  gap: 1rem;
}
.way {
  display: flex;
  flex-direction: column;
  gap: 0.75rem;
  min-width: 0;
  padding: min(1rem, 5vw);
  border: 1px solid var(--_line);
  border-radius: calc(var(--_radius) * 0.75);
}
.way h3 {
  margin: 0;
  font-size: 1.05rem;
}
.way dl {
  display: grid;
  gap: 0.3rem;
  font-size: 0.925rem;
}
.way dl div {
  display: grid;
  grid-template-columns: 3.75rem minmax(0, 1fr);
  gap: 0.5rem;
}
.way dt {
  color: var(--_muted);
}
.way dd {
  margin: 0;
}
.way button {
  margin-top: auto;
}`;
