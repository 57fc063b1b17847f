// What every part of an element works on: its shadow root, its text, and what it asks and announces.
import { make, setText } from "./dom.js";
import { ask, pick } from "./question.js";

export class View {
  /**
   * @param {HTMLElement} host
   * @param {ShadowRoot} root
   * @param {import("../text/text.js").Text} text
   */
  constructor(host, root, text) {
    this.host = host;
    this.root = root;
    this.text = text;
  }

  /**
   * The element with this id; the template defines every id used, and its element's type.
   * @type {(id: string) => any}
   */
  byId = (id) => this.root.getElementById(id);

  /** @type {(name: string) => any} */
  byTestId = (name) => this.root.querySelector(`[data-testid="${name}"]`);

  /** What has the focus in here, if anything has. */
  get focused() {
    return this.root.activeElement;
  }

  /** Whether a press would go nowhere else: nothing outside of this element has the focus. */
  get isActive() {
    const { activeElement } = document;
    return [null, document.body, this.host].includes(/** @type {any} */ (activeElement));
  }

  /** The message. */
  say = (key, values = {}) => this.text.say(key, values);

  /** What shows the price: what the page put into the slot for it, else the element's own. */
  get prices() {
    const given = this.byId("price-slot").assignedElements();
    if (given.length > 0) {
      return given.map((node) => node.querySelector("[data-price]") ?? node);
    }
    const own = this.byId("price");
    own.dataset.testid = "price";
    return [own];
  }

  /** Tells the page: an event `microraiden-<name>` of the element, which bubbles. */
  emit(name, detail) {
    this.host.dispatchEvent(
      new CustomEvent(`microraiden-${name}`, { detail, bubbles: true, composed: true }),
    );
  }

  /** Shows a message. */
  tell(node, key, values) {
    setText(node, this.say(key, values));
  }

  /** Shows an amount and keeps its exact base units in `data-amount`. */
  setAmount(node, amount, token) {
    setText(node, this.text.amount(amount, token));
    node.dataset.amount = String(amount);
  }

  /** Shows the price wherever the page shows it. */
  showPrice(price, token, rate) {
    for (const node of this.prices) {
      setText(node, this.text.price(price, token, rate));
      node.dataset.amount = String(price);
    }
  }

  /** Says something to those who do not see the page. */
  announce(text) {
    setText(this.byId("announcement"), text);
  }

  /** Asks before something irreversible. Resolves to true if the user agrees; Escape and the other button mean no. */
  ask(text, yes) {
    return ask(this, text, yes);
  }

  /** Asks which of these rows is meant, by its place; undefined: none. */
  pick(title, rows) {
    return pick(this, title, rows);
  }

  /** Has the browser save a file. */
  save(name, content, type) {
    const href = URL.createObjectURL(new Blob([content], { type }));
    make("a", { href, download: name }).click();
    // the download begins after the click's event
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }
}
