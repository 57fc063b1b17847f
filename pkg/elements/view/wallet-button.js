// A button for a wallet of this browser.
import { plain } from "../text/plain.js";
import { make } from "./dom.js";

/** The wallet's name, fit to be shown. */
export function walletName(wallet, view) {
  return plain(wallet.name, 40) || view.say("choose.browser-wallet");
}

/** A row with the button; `label` is made of the wallet's name. */
export function walletRow({ view, wallet, testId, label = (name) => name, press = () => {} }) {
  // the wallet chooses the icon's URL: accept only data URLs, so that nothing is fetched
  const icon = wallet.icon?.startsWith("data:image/")
    ? make("img", { src: wallet.icon, alt: "", width: 28, height: 28 })
    : make("span", { className: "no-icon", "aria-hidden": "true" });
  const props = { type: "button", className: "choice", "data-testid": testId };
  const button = make("button", props, icon, make("span", { dir: "auto" }, label(walletName(wallet, view))));
  button.addEventListener("click", press);
  return make("li", {}, button);
}
