// <microraiden-paywall>: sells one resource in a page.
import { fileName, readConfig } from "./model/config.js";
import { hasStoredKey, idle, loadLibrary } from "./model/library.js";
import { languageOf, loadText } from "./text/text.js";
import { seal } from "./view/content.js";
import { Base, setText } from "./view/dom.js";
import { ErrorBox } from "./view/error-box.js";
import { Paywall } from "./view/paywall.js";
import { dress } from "./view/style.js";
import { PAYWALL, build } from "./view/template.js";
import { View } from "./view/view.js";

export class MicroraidenPaywall extends Base {
  /** Ends what runs while the element is in a page. */
  #life;
  #paywall;
  #started = Promise.resolve();

  connectedCallback() {
    this.#life = new AbortController();
    this.#started = this.#start(this.#life.signal);
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#paywall = undefined;
  }

  /** The package's client, once an account is connected. */
  get client() {
    return this.#paywall?.client;
  }

  /** Resolves when the element is ready for a choice, or has said why it is not. */
  get started() {
    return this.#started;
  }

  async #start(signal) {
    const text = await loadText(languageOf(this));
    if (signal.aborted) {
      return;
    }
    // Not before its text is there: until then the page's own content shows.
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const view = new View(this, root, text);
    dress(root);
    build(root, PAYWALL, text);
    view.byId("content").setAttribute("aria-label", text.say("content.label"));
    for (const child of root.children) {
      child.setAttribute("dir", text.direction);
    }
    try {
      await this.#sell(view, signal);
    } catch (error) {
      if (!signal.aborted) {
        this.toggleAttribute("resuming", false);
        view.byId("begin").hidden = true;
        const again = () => (this.#started = this.#start(signal));
        this.#errors(view).show(error, again);
        view.emit("error", { error });
      }
    }
  }

  async #sell(view, signal) {
    const config = await readConfig(this);
    if (signal.aborted) {
      return;
    }
    setText(view.byId("title"), fileName(config.url));
    seal(view, config);
    const amount = view.text.amount(config.price, config.label);
    for (const node of view.prices) {
      setText(node, view.text.price(config.price, config.label, config.rate));
    }
    const go = view.byId("begin-go");
    setText(go, view.say("begin.button", { amount }));
    const pressed = new Promise((resolve) => {
      go.addEventListener("click", () => resolve(true), { once: true });
    });
    let begun = false;
    pressed.then(() => {
      begun = true;
      view.tell(view.byId("begin-note"), "begin.loading");
    });
    // Who has paid here before is expected to go on: nothing else is offered meanwhile.
    const known = hasStoredKey();
    view.byId("begin").hidden = known;
    this.toggleAttribute("resuming", known);
    await (known ? undefined : Promise.race([pressed, idle()]));
    const library = await loadLibrary();
    if (signal.aborted) {
      return;
    }
    const paywall = new Paywall(view, library, config);
    this.#paywall = paywall;
    go.addEventListener("click", () => paywall.begin());
    await paywall.start(signal).finally(() => this.toggleAttribute("resuming", false));
    view.tell(view.byId("begin-note"), "begin.note");
    if (begun) {
      paywall.begin();
    }
  }

  /** The message of what failed before there is a paywall. */
  #errors(view) {
    return new ErrorBox(view, () => ({}), {
      list: { go: () => location.assign("/") },
      reload: { go: () => location.reload() },
    });
  }
}
