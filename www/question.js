// Asks before something that cannot be taken back.
import { byId } from "./dom.js";

/** Resolves to true when the person agrees; Escape and Cancel are a no. */
export function ask(text, yes) {
  const dialog = byId("question");
  byId("question-text").textContent = text;
  byId("question-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
