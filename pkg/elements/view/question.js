// Asks before something irreversible.
import { byId } from "./dom.js";

/** Ignore presses until the question can be read: the second click of a double click agrees to nothing. */
const READING = 400;

/**
 * Resolves to true if the user agrees; Escape and the other button mean no. A `no` given by the caller is an
 * alternative, and the recommended one.
 */
export function ask(text, yes, no) {
  const dialog = byId("question");
  const agree = byId("question-yes");
  byId("question-text").textContent = text;
  byId("question-no").textContent = no ?? "Cancel";
  byId("question-no").classList.toggle("primary", no !== undefined);
  agree.classList.toggle("primary", no === undefined);
  agree.textContent = yes;
  agree.disabled = true;
  dialog.returnValue = "no";
  dialog.showModal();
  byId("question-no").focus();
  const timer = setTimeout(() => (agree.disabled = false), READING);
  return new Promise((resolve) => {
    const closed = () => {
      clearTimeout(timer);
      resolve(dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
