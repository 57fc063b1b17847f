// What the elements have in common that show facts of a client.
import { languageOf, loadText } from "./text/text.js";
import { dress } from "./view/style.js";
import { Base, make } from "./view/dom.js";
import { View } from "./view/view.js";

/** Shows what a client knows: that of its property `client`, or of the paywall that its attribute `for` names. */
export class ClientElement extends Base {
  #box = make("div", { className: "card", part: "card" });
  /** @type {View | undefined} */
  #view;
  #client;
  #life;
  #unsubscribe;
  #turn = 0;

  /** The package's client whose facts are shown. */
  get client() {
    return this.#client;
  }

  set client(client) {
    this.#unsubscribe?.();
    this.#client = client;
    this.#unsubscribe = client?.subscribe(() => this.#render());
    this.#render();
  }

  async connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#follow(signal);
    const text = await loadText(languageOf(this));
    if (signal.aborted) {
      return;
    }
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    dress(root);
    this.#view = new View(this, root, text);
    this.#box.setAttribute("dir", text.direction);
    root.replaceChildren(this.#box);
    this.#render();
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Takes the client of the paywall that `for` names, whenever it connects. */
  #follow(signal) {
    const id = this.getAttribute("for");
    if (id === null) {
      this.client = this.#client;
      return;
    }
    const take = (/** @type {any} */ { target, detail }) => {
      if (target.id === id) {
        this.client = detail.client;
      }
    };
    document.addEventListener("microraiden-connected", take, { signal });
    document.addEventListener("microraiden-paid", take, { signal });
    this.client = /** @type {any} */ (document.getElementById(id))?.client;
  }

  /** Its heading, unless the page puts one of its own into the slot. */
  titled(text) {
    return make("slot", { name: "title" }, make("h2", {}, text));
  }

  async #render() {
    if (!this.#view || !this.isConnected) {
      return;
    }
    this.#turn += 1;
    const turn = this.#turn;
    const view = this.#view;
    const drawn = await this.drawn(this.#client, view).catch(() => undefined);
    if (drawn && turn === this.#turn) {
      this.#box.replaceChildren(...drawn);
    }
  }

  /**
   * What is shown, of a client or without one.
   * @type {(client: any, view: View) => Promise<Node[]>}
   */
  drawn = async () => [];
}
