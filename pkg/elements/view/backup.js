// The hint that money on a key in this browser has no backup, and the backup: one encrypted file. Before the first deposit
// of money that is worth something it is a step of its own, which can be skipped; a demo only mentions it.
import { shorten } from "../text/plain.js";
import { setText } from "./dom.js";
import { FieldFault } from "./field-fault.js";
import { PageError } from "../model/page-error.js";

export class BackupHint {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  /** The client for which the user wants no hint, or has made a backup. */
  #done;
  /** The client whose backup was made: its note stays, but holds nothing up. */
  #saved;

  /**
   * `save(work)` runs the work of making a backup; `later()` hears that there will be none now; `next()` is where the
   * focus goes when the hint goes.
   */
  constructor({ view, session, errors, save, later, next }) {
    this.#view = view;
    const { byId } = view;
    this.#session = session;
    const fault = new FieldFault(view, byId("backup-password"));
    byId("backup-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const input = byId("backup-password");
      if (input.value === "") {
        errors.clear();
        fault.show(new PageError("password-missing", "the password is empty"));
        return;
      }
      save(() => this.#save(input.value));
    });
    byId("backup-later").addEventListener("click", () => {
      this.#done = this.#session.client;
      later();
      next()?.focus();
    });
  }

  get #wanted() {
    const { client, lacksBackup, isWalletKey } = this.#session;
    return Boolean(client) && lacksBackup && !isWalletKey && client !== this.#done;
  }

  /** Whether the user is to decide about a backup before anything is deposited. */
  get comesFirst() {
    const { channel, client, hasFaucet, lacks } = this.#session;
    return this.#wanted && client !== this.#saved && !channel && !lacks && !hasFaucet;
  }

  render() {
    const { byId } = this.#view;
    const { persisted } = this.#session;
    const box = byId("backup");
    const wanted = this.#wanted;
    const next = byId(this.comesFirst ? "payment" : "history");
    // Once it is in sight it only moves up, and not while it is written in.
    const moves = box.hidden ? wanted : this.comesFirst && !box.contains(this.#view.focused);
    if (moves && box.nextElementSibling !== next) {
      next.before(box);
    }
    byId("backup-save").classList.toggle("primary", this.comesFirst);
    if (box.hidden === wanted) {
      box.hidden = !wanted;
      byId("backup-form").hidden = false;
      setText(byId("backup-note"), "");
    }
    const fate = this.#view.say(persisted ? "backup.persisted" : "backup.evicted");
    this.#view.tell(byId("backup-why"), "backup.why", { fate });
  }

  async #save(password) {
    const { byId } = this.#view;
    const { client } = this.#session;
    const file = await client.exportBackup(password);
    const name = `microraiden-${shorten(client.sender, "-")}.json`;
    this.#view.save(name, file, "application/json");
    byId("backup-password").value = "";
    byId("backup-form").hidden = true;
    const note = byId("backup-note");
    this.#view.tell(note, "backup.saved", { name });
    this.#saved = client;
    return note;
  }
}
