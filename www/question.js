// Asks before something that cannot be taken back.
import { byId } from "./dom.js";

/** A question cannot be agreed to before it can be read: the second click of two agrees to nothing. */
const READING = 400;

/**
 * Resolves to true when the person agrees; Escape and the other button are a no. A `no` of its own is
 * another way to go on, and the one that is advised.
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
