// From the list of files to an account.
import { manyGoods } from "./goods.mjs";

/** Keys that nobody uses. */
const KEY = `0x${"a0".repeat(32)}`;
const OTHER_KEY = `0x${"b1".repeat(32)}`;

/** @typedef {import("./scene.mjs").Journey} Journey */

/** The search for wallets has ended without one; told by the text that its note keeps room for, in any language. */
async function noWalletFound(page) {
  const note = page.locator("#wallets-note[data-longest]");
  await note.locator("span", { hasText: await note.getAttribute("data-longest") }).waitFor();
}

/** @type {Journey} */
export const withoutWallet = {
  title: "Arriving",
  states: {
    "the list": ({ page, stack }) => page.goto(stack.url),
    "first glance": async ({ visitor, page, stack }) => {
      await page.goto(`${stack.url}/doggo.jpg`);
      await visitor.ready();
      await visitor.by("begin").waitFor();
    },
    "the choice of an account": async ({ visitor, page }) => {
      await visitor.begin();
      await noWalletFound(page);
    },
    "a key to import": ({ visitor }) => visitor.by("account-local-import-open").click(),
    "what was imported is no key": async ({ visitor }) => {
      await visitor.importKey("0x12");
      await visitor.page.locator("#import-hex-fault").waitFor();
    },
    "no file to restore from": async ({ visitor }) => {
      await visitor.by("restore").click();
      await visitor.page.locator("#restore-file-fault").waitFor();
    },
    "account made, empty": async ({ visitor }) => {
      await visitor.arrive();
      await visitor.useLocalKey();
    },
    "first glance with a stored key": async ({ visitor }) => {
      await visitor.page.reload();
      await visitor.ready();
      await visitor.by("begin").waitFor();
    },
    "the choice of an account, with a stored key": async ({ visitor }) => {
      await visitor.begin();
      await visitor.by("account-local-continue").waitFor();
    },
    "another key is to take its place": async ({ visitor }) => {
      await visitor.importKey(KEY);
      await visitor.answerable();
    },
    "no faucet: account to be filled by hand": async (scene) => {
      await scene.serve({ faucet: null });
      await scene.visitor.arrive();
      await scene.visitor.useLocalKey();
      await scene.visitor.by("fund-address").waitFor();
    },
  },
};

/** What the wallet asks its user. */
let prompt;

/** @type {Journey} */
export const withWallet = {
  title: "Arriving with a wallet",
  wallet: true,
  states: {
    "first glance with a wallet": async ({ visitor }) => {
      await visitor.arrive();
      await visitor.by("account-wallet-0").waitFor();
    },
    "the wallet is asked for its account": async ({ visitor, wallet }) => {
      prompt = wallet.hold("eth_requestAccounts");
      await visitor.launch("account-wallet-0");
      await prompt.asked;
    },
    "the wallet's user refused": async ({ visitor }) => {
      prompt.refuse();
      await visitor.by("error").waitFor();
    },
    "the wallet has no account": async ({ visitor, wallet }) => {
      wallet.locked = true;
      await visitor.fail("account-wallet-0");
      wallet.locked = false;
    },
    "the wallet is on another network": async ({ visitor, wallet }) => {
      await wallet.switchChain(1);
      await visitor.fail("account-wallet-0");
      await visitor.by("error-switch").waitFor();
    },
    "the wallet is connected": async ({ visitor, wallet, stack }) => {
      await wallet.switchChain(stack.chainId);
      await visitor.act("error-retry");
    },
    "the wallet left for another network": async ({ visitor, wallet }) => {
      await wallet.switchChain(1);
      await visitor.by("frozen-switch").waitFor();
    },
    "the wallet is asked to come back": async ({ visitor, wallet }) => {
      prompt = wallet.hold("wallet_switchEthereumChain");
      await visitor.launch("frozen-switch");
      await prompt.asked;
    },
    "the wallet is asked to sign a trial": async ({ visitor, wallet, stack }) => {
      prompt.release();
      await visitor.succeeded();
      await visitor.by("frozen-switch").waitFor({ state: "hidden" });
      await stack.sendTokens(wallet.address, 20n * stack.price);
      await stack.setEther(wallet.address, 10n ** 18n);
      prompt = wallet.hold("eth_signTypedData");
      await visitor.launch("pay");
      await prompt.asked;
    },
    "the wallet is asked to open a channel": async ({ wallet }) => {
      const transaction = wallet.hold("eth_sendTransaction");
      prompt.release();
      await transaction.asked;
      prompt = transaction;
    },
    "the wallet's user did not open it": async ({ visitor }) => {
      prompt.refuse();
      await visitor.by("error").waitFor();
    },
    "the wallet switched its account": async ({ visitor, wallet }) => {
      await wallet.switchAccount();
      await visitor.by("account-frozen").waitFor();
    },
    "a wallet makes a key": async ({ visitor, wallet }) => {
      await wallet.switchBack();
      await visitor.arrive();
      await visitor.by("account-wallet-key-0").waitFor();
      prompt = wallet.hold("personal_sign");
      await visitor.launch("account-wallet-key-0");
      await prompt.asked;
    },
    "a key that the wallet brings back": async ({ visitor }) => {
      prompt.release();
      await visitor.succeeded();
      await visitor.openAccount();
    },
    "a key that the wallet brings back is removed": async ({ visitor, stack }) => {
      await stack.sendTokens(await visitor.address(), stack.price);
      await visitor.page.evaluate(() => dispatchEvent(new Event("focus")));
      await visitor.by("account-tokens").and(visitor.page.locator(':not([data-amount="0"])')).waitFor();
      await visitor.by("way-out").click();
      await visitor.by("key-remove").click();
      await visitor.by("confirm-yes").waitFor();
    },
    "three wallets": async ({ visitor, page }) => {
      await page.keyboard.press("Escape");
      await page.evaluate(() => localStorage.clear());
      await page.addInitScript(announceTwoMore);
      await visitor.arrive();
      await visitor.by("account-wallet-2").waitFor();
    },
    "which of three wallets makes a key": async ({ visitor, page }) => {
      await visitor.by("account-wallet-key").click();
      await page.locator("dialog[open]").waitFor();
    },
  },
};

/** Two more wallets, one without a picture and with a name that is too long. */
function announceTwoMore() {
  const provider = () => ({ request: () => Promise.reject(new Error("not here")), on() {}, removeListener() {} });
  const infos = [
    { uuid: "1", name: "Metropolitan Savings and Payments Wallet of the Future, Third Edition", rdns: "a.b" },
    { uuid: "2", name: "حقيبة", rdns: "c.d" },
  ];
  const wallets = infos.map((info) => Object.freeze({ info: Object.freeze(info), provider: provider() }));
  const announce = () => {
    for (const detail of wallets) {
      window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    }
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
}

/** @type {Journey} */
export const manyFiles = {
  title: "A long list",
  states: {
    "the list, 200 files": async (scene) => {
      await scene.serve({ files: manyGoods() });
      await scene.page.goto(scene.stack.url);
    },
  },
};

/** @type {Journey} */
export const storedTrouble = {
  title: "What this browser stored",
  states: {
    "the stored key can't be read": async ({ visitor, page, stack }) => {
      await page.goto(`${stack.url}/cm`);
      await page.evaluate(() => localStorage.setItem("microraiden:key:default", "{"));
      await page.goto(`${stack.url}/doggo.jpg`);
      await visitor.by("error").waitFor();
    },
    "another key, where storage is forbidden": async ({ visitor, page }) => {
      await page.evaluate(() => localStorage.clear());
      await visitor.arrive();
      await page.evaluate(() => {
        Storage.prototype.setItem = () => {
          throw new DOMException("This page may not store anything.", "SecurityError");
        };
      });
      await visitor.importKey(OTHER_KEY);
      await visitor.by("error").waitFor();
    },
  },
};
