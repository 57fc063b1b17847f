// <microraiden-history>: what an account paid in this browser, in a page.
import { ClientElement } from "./client-element.js";
import { tokenLabel } from "./model/token.js";
import { make } from "./view/dom.js";
import { drawHistory } from "./view/history.js";

export class MicroraidenHistory extends ClientElement {
  /** @override */
  drawn = async (client, view) => {
    const title = this.titled(view.say("history.title"));
    if (!client) {
      return [title, make("p", { className: "muted" }, view.say("balance.no-account"))];
    }
    const [{ symbol, decimals }, payments] = await Promise.all([client.tokenInfo(), client.ledger()]);
    const receiver = this.getAttribute("receiver")?.toLowerCase();
    const wanted = payments.filter((entry) => !receiver || entry.receiver.toLowerCase() === receiver);
    const body = make("div", { className: "history-body" });
    drawHistory(body, wanted, tokenLabel(symbol, decimals), view);
    return [title, body];
  };
}
