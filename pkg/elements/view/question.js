// Questions before something that can't be taken back, and which of several is meant.
import { make } from "./dom.js";

/** Ignore presses until the question can be read: the second click of a double click agrees to nothing. */
const READING = 400;

/**
 * One of two ways, as in "Try later".
 * @typedef {object} Way
 * @property {string} name
 * @property {string} meaning what comes of it
 * @property {[string, string][]} facts how long it takes and what it costs, each with its name
 */

/**
 * Asks before something that can't be taken back. Resolves to true if the user agrees; Escape and the other button,
 * which has the focus, mean no.
 * @param {import("./view.js").View} view
 */
export function ask(view, text, yes) {
  const refuse = button("no", view.say("go.cancel"));
  const agree = button("yes", yes, "grave");
  const question = make("p", { id: "question-text" }, text);
  return answer(view, [question, make("p", { className: "buttons" }, refuse, agree)]);
}

/**
 * Offers two ways side by side. Resolves to true if the user takes the second one; the first one is the recommended
 * one, and Escape means it.
 * @param {import("./view.js").View} view
 * @param {{ title: string, text: string, ways: [Way, Way], after: string }} question
 */
export function choose(view, { title, text, ways, after }) {
  const [safe, other] = ways;
  const box = make("div", { className: "ways" }, drawWay(safe, "no", "primary"), drawWay(other, "yes"));
  return answer(view, [
    make("h2", { id: "question-text" }, title),
    make("p", {}, text),
    box,
    make("p", { className: "muted" }, after),
  ]);
}

function drawWay({ name, meaning, facts }, value, className) {
  const rows = facts.map(([term, fact]) => make("div", {}, make("dt", {}, term), make("dd", {}, fact)));
  const id = `way-${value}`;
  return make(
    "section",
    { className: "way", "aria-labelledby": id },
    make("h3", { id }, name),
    make("p", {}, meaning),
    make("dl", {}, ...rows),
    button(value, name, className),
  );
}

function button(value, label, className = "") {
  return make("button", { value, className, "data-testid": `confirm-${value}` }, label);
}

/**
 * Asks which of several is meant; `rows` are list items with a button each. Resolves to the place of the one pressed, or
 * to undefined: Escape and the last button mean none.
 * @param {import("./view.js").View} view
 * @param {string} title
 * @param {HTMLLIElement[]} rows
 */
export async function pick(view, title, rows) {
  const buttons = rows.map((row) => /** @type {HTMLButtonElement} */ (row.firstElementChild));
  buttons.forEach((button, index) => {
    button.type = "submit";
    button.value = String(index);
  });
  const none = button("no", view.say("go.cancel"));
  const list = make("ul", { className: "choices", "aria-labelledby": "question-text" }, ...rows);
  const parts = [make("h2", { id: "question-text" }, title), list, make("p", { className: "buttons" }, none)];
  const value = await show(view, parts, buttons[0]);
  const index = buttons.findIndex((button) => button.value === value);
  return index < 0 ? undefined : index;
}

/** Shows the question until it is answered. */
async function answer(view, parts) {
  const asked = show(view, parts);
  const agree = view.byTestId("confirm-yes");
  agree.disabled = true;
  const timer = setTimeout(() => (agree.disabled = false), READING);
  const value = await asked;
  clearTimeout(timer);
  return value === "yes";
}

/**
 * Shows the dialog until a button is pressed, and tells its value; after Escape it may be empty. The one for no has the
 * focus at first, unless `first` is to have it.
 * @param {import("./view.js").View} view
 * @param {HTMLElement[]} parts
 * @param {HTMLElement} [first]
 */
function show(view, parts, first) {
  const dialog = view.byId("question");
  dialog.firstElementChild.replaceChildren(...parts);
  dialog.returnValue = "no";
  dialog.showModal();
  (first ?? view.byTestId("confirm-no")).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}
