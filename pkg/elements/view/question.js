// Questions before something that can't be taken back.
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

/** Shows the question until it is answered. */
function answer(view, parts) {
  const dialog = view.byId("question");
  dialog.firstElementChild.replaceChildren(...parts);
  const [agree, refuse] = [view.byTestId("confirm-yes"), view.byTestId("confirm-no")];
  agree.disabled = true;
  dialog.returnValue = "no";
  dialog.showModal();
  refuse.focus();
  const timer = setTimeout(() => (agree.disabled = false), READING);
  return new Promise((resolve) => {
    const closed = () => {
      clearTimeout(timer);
      resolve(dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
