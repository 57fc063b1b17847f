// Where the account comes from: an injected wallet, or a key kept in this browser.
import { rememberWalletKey } from "../model/origin.js";
import { PageError } from "../model/page-error.js";
import { shorten } from "../text/plain.js";
import { make, setText } from "./dom.js";
import { FieldFault } from "./field-fault.js";
import { walletRow } from "./wallet-button.js";

export class Chooser {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {typeof import("../../index.js")} */
  #library;
  #connect;
  #errors;
  #faults;

  /**
   * `connect(choose, then, blame)` connects with the wallet that `choose(watch)` returns, undefined if the user cancelled,
   * and then has the client do more, if `then` is there. `blame(error)` says it at a field, if it is about one.
   */
  constructor({ view, library, connect, errors }) {
    this.#view = view;
    const { byId } = view;
    this.#library = library;
    this.#connect = connect;
    this.#errors = errors;
    this.#faults = {
      key: new FieldFault(view, byId("import-hex")),
      file: new FieldFault(view, byId("restore-file")),
      password: new FieldFault(view, byId("restore-password")),
    };
    byId("local-create").addEventListener("click", () => connect(() => this.#create()));
    byId("local-continue").addEventListener("click", () => connect(() => this.#continue()));
    byId("import-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#import();
    });
    byId("restore-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#restore();
    });
  }

  /** The key of an earlier visit; shows an error, and resolves to null, if it can't be read. */
  async storedKey() {
    try {
      return await this.#library.LocalKey.load();
    } catch (error) {
      this.#errors.show(error);
      return null;
    }
  }

  /** Shows the current choices. */
  async fill() {
    const { byId, say } = this.#view;
    this.#forgive();
    await this.#offerStored();
    const none = say("choose.no-wallet");
    const note = byId("wallets-note");
    const text = note.firstElementChild;
    note.hidden = false;
    // Keep buttons below from moving while they are pressed.
    note.dataset.longest = none;
    setText(text, say("choose.looking"));
    const wallets = await this.#library.Wallets.discover().catch((error) => {
      this.#errors.show(error, () => this.fill());
      return [];
    });
    setText(text, wallets.length > 0 ? "" : none);
    note.hidden = wallets.length > 0;
    byId("wallet-list").replaceChildren(
      ...wallets.map((wallet, index) => this.#walletRow(wallet, index)),
    );
    byId("wallet-key-list").replaceChildren(...this.#keyRows(wallets));
    this.#showKeys();
  }

  /** A key that a wallet brings back is offered first, unless one is here. */
  #showKeys() {
    const { byId } = this.#view;
    const offered = byId("wallet-key-list").hasChildNodes() && byId("local-continue").hidden;
    byId("wallet-keys").hidden = !offered;
    byId("local-create").classList.toggle("primary", !offered);
  }

  #walletRow(wallet, index) {
    const press = () => this.#connect(() => wallet);
    return walletRow({ view: this.#view, wallet, testId: `account-wallet-${index}`, press });
  }

  /** One button, which asks for the wallet where there are several. */
  #keyRows(wallets) {
    const view = this.#view;
    const derive = (wallet) => this.#connect((watch) => this.#derive(wallet, watch));
    const [wallet, ...others] = wallets;
    if (!wallet) {
      return [];
    }
    const label = (name) => view.say("choose.wallet-key-of", { wallet: name });
    const press = () => derive(wallet);
    const row =
      others.length === 0
        ? walletRow({ view, wallet, testId: "account-wallet-key-0", label, press })
        : this.#anyRow(wallets, derive);
    row.firstElementChild?.classList.add("primary");
    return [row];
  }

  #anyRow(wallets, derive) {
    const view = this.#view;
    const props = { type: "button", className: "choice", "data-testid": "account-wallet-key" };
    const button = make("button", props, view.say("choose.wallet-key-any"));
    button.addEventListener("click", async () => {
      const rows = wallets.map((wallet, index) => walletRow({ view, wallet, testId: `wallet-key-${index}` }));
      const picked = await view.pick(view.say("choose.wallet-key-which"), rows);
      if (picked !== undefined) {
        derive(wallets[picked]);
      }
    });
    return make("li", {}, button);
  }

  /** The key that a wallet makes, stored as any other. */
  async #derive(wallet, { signal, onProgress }) {
    const key = await this.#library.LocalKey.fromWallet(wallet, { signal, onProgress });
    if (!(await this.#store(key))) {
      return undefined;
    }
    rememberWalletKey(key.address);
    return key;
  }

  async #offerStored() {
    const { byId, say } = this.#view;
    const stored = await this.storedKey();
    byId("local-create").hidden = Boolean(stored);
    const button = byId("local-continue");
    button.hidden = !stored;
    setText(button, stored ? say("choose.continue", { account: shorten(stored.address) }) : "");
    this.#showKeys();
  }

  async #create() {
    // another tab may have made one meanwhile
    const key = (await this.#load()) ?? this.#library.LocalKey.create();
    return (await this.#store(key)) ? key : undefined;
  }

  async #continue() {
    const key = await this.#load();
    if (!key) {
      await this.#offerStored();
    }
    return key;
  }

  #import() {
    const { byId } = this.#view;
    const input = byId("import-hex");
    this.#errors.clear();
    this.#forgive();
    let key;
    try {
      key = this.#parse(input);
    } catch (error) {
      if (error.code !== "key-malformed" || !this.#faults.key.show(error)) {
        this.#errors.show(error);
      }
      return;
    }
    this.#connect(async () => {
      if (!(await this.#store(key))) {
        return undefined;
      }
      input.value = "";
      byId("import").open = false;
      return key;
    });
  }

  /** Goes on with the key and the channels of a backup. */
  #restore() {
    const { byId } = this.#view;
    const [file, password] = [byId("restore-file"), byId("restore-password")];
    const given = file.files[0];
    this.#errors.clear();
    this.#forgive();
    if (!given) {
      this.#faults.file.show(new PageError("file-missing", "no file was chosen"));
      return;
    }
    if (password.value === "") {
      this.#faults.password.show(new PageError("password-missing", "the password is empty"));
      return;
    }
    let text;
    this.#connect(
      async () => {
        text = await given.text();
        const key = await this.#library.LocalKey.fromBackup(password.value, text);
        return (await this.#store(key)) ? key : undefined;
      },
      async (client) => {
        // another wallet's file has a key alone
        if ("microraiden" in JSON.parse(text)) {
          await client.importBackup(password.value, text);
        }
        file.value = password.value = "";
        byId("import").open = false;
      },
      (error) => this.#blame(error),
    );
  }

  /** What was said of these fields is over: they are read anew. */
  #forgive() {
    for (const fault of Object.values(this.#faults)) {
      fault.clear();
    }
  }

  /** Says what is wrong with a backup at the field it is about. */
  #blame(error) {
    const { file, password } = this.#faults;
    const fields = { "wrong-password": password, "corrupt-backup": file, "backup-unsupported": file };
    const field = Object.hasOwn(fields, error.code) ? fields[error.code] : undefined;
    return field?.show(error) ?? false;
  }

  /** Stores the key; replaces a stored one only if the user agrees. */
  async #store(key) {
    try {
      await key.save();
      return true;
    } catch (error) {
      if (error.code !== "key-exists") {
        throw error;
      }
    }
    const { say } = this.#view;
    const kept = await this.#load();
    const what = kept
      ? say("choose.key-of", { account: kept.address })
      : say("choose.unreadable-key");
    const replace = await this.#view.ask(say("choose.replace", { what }), say("choose.replace-go"));
    if (replace) {
      await this.#library.LocalKey.forget();
      await key.save();
    }
    return replace;
  }

  #parse(input) {
    const text = input.value.trim();
    try {
      return this.#library.LocalKey.fromHex(/^0x/i.test(text) ? text : `0x${text}`);
    } catch (error) {
      // keep the typed text out of the message: it may be most of a key
      throw error.code === "invalid-argument"
        ? new PageError("key-malformed", "not 64 hex digits")
        : error;
    }
  }

  /** The stored key. An unreadable one was reported when the page loaded. */
  async #load() {
    try {
      return await this.#library.LocalKey.load();
    } catch (error) {
      if (error.code === "corrupt-record" || error.code === "key-lost") {
        return undefined;
      }
      throw error;
    }
  }
}
