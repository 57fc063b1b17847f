// The hint that money on a key in this browser has no backup, and the backup: one encrypted file.
import { byId, make, setText, shorten } from "./dom.js";
import { PageError } from "../model/page-error.js";

export class BackupHint {
  /** @type {import("../model/session.js").Session} */
  #session;
  /** The client for which the user wants no hint, or has made a backup. */
  #done;

  /** `save(work)` runs the work of making a backup; `next()` is where the focus goes when the hint goes. */
  constructor({ session, errors, save, next }) {
    this.#session = session;
    byId("backup-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const input = byId("backup-password");
      if (input.value === "") {
        errors.show(new PageError("password-missing", "the password is empty"));
        input.focus();
        return;
      }
      save(() => this.#save(input.value));
    });
    byId("backup-later").addEventListener("click", () => {
      this.#done = this.#session.client;
      this.render();
      next()?.focus();
    });
  }

  render() {
    const { client, lacksBackup, persisted } = this.#session;
    const box = byId("backup");
    const wanted = Boolean(client) && lacksBackup && client !== this.#done;
    if (box.hidden === wanted) {
      box.hidden = !wanted;
      byId("backup-form").hidden = false;
      setText(byId("backup-note"), "");
    }
    const fate = persisted
      ? "This browser promised not to delete it by itself."
      : "Some browsers delete it by themselves: Safari after seven days without a visit.";
    setText(
      byId("backup-why"),
      "The key of this account, and with it all its money, is in this browser only. Deleting the " +
        `site’s data deletes it. ${fate} A backup is one file, which a password of yours protects.`,
    );
  }

  async #save(password) {
    const { client } = this.#session;
    const file = await client.exportBackup(password);
    const name = `microraiden-${shorten(client.sender).replace("…", "-")}.json`;
    const href = URL.createObjectURL(new Blob([file], { type: "application/json" }));
    make("a", { href, download: name }).click();
    // the download begins after the click's event
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
    byId("backup-password").value = "";
    byId("backup-form").hidden = true;
    const note = byId("backup-note");
    setText(note, `Saved as ${name}. Keep the file, and remember its password.`);
    return note;
  }
}
