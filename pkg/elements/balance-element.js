// <microraiden-balance>: what an account has set aside, in a page.
import { ClientElement } from "./client-element.js";
import { tokenLabel } from "./model/token.js";
import { make } from "./view/dom.js";
import { meter } from "./view/meter.js";

export class MicroraidenBalance extends ClientElement {
  /** @override */
  drawn = async (client, { text }) => {
    const title = this.titled(text.say("balance.title"));
    if (!client) {
      return [title, make("p", { className: "muted" }, text.say("balance.no-account"))];
    }
    const { symbol, decimals } = await client.tokenInfo();
    const token = tokenLabel(symbol, decimals);
    const receiver = this.getAttribute("receiver")?.toLowerCase();
    const open = (await client.channels()).filter(
      (channel) =>
        channel.state === "open" && (!receiver || channel.receiver.toLowerCase() === receiver),
    );
    if (open.length === 0) {
      return [title, make("p", { className: "muted" }, text.say("balance.none"))];
    }
    const sum = (name) => open.reduce((total, channel) => total + channel[name], 0n);
    const [remaining, deposit] = [sum("remaining"), sum("deposit")];
    const left = text.say("channel.left", {
      remaining: text.amount(remaining, token),
      deposit: text.amount(deposit, token),
    });
    return [
      title,
      make("p", { "data-testid": "balance-left", "data-amount": String(remaining) }, left),
      meter(remaining, deposit),
      make("p", { className: "muted" }, text.say("balance.channels", { count: open.length })),
    ];
  };
}
