// The account of a key of this browser is filled from a wallet of it, and its backup comes before a deposit.

/** @typedef {import("./scene.mjs").Journey} Journey */

/** What the wallet asks its user. */
let prompt;

/** @type {Journey} */
export const filledByWallet = {
  title: "Filling from a wallet",
  wallet: true,
  states: {
    "the account may be filled from a wallet": async ({ visitor }) => {
      await visitor.arrive();
      await visitor.useLocalKey();
      await visitor.by("fund-wallet-0").waitFor();
    },
    "no faucet: the account may be filled from a wallet": async (scene) => {
      await scene.serve({ faucet: null });
      await scene.visitor.arrive();
      await scene.visitor.useLocalKey();
      await scene.visitor.by("fund-wallet-0").waitFor();
    },
    "its address and QR code": async ({ visitor, page }) => {
      await visitor.by("fund-elsewhere").click();
      await page.locator("#fund-qr svg").waitFor();
    },
    "the wallet is asked for tokens": async ({ visitor, wallet, stack }) => {
      await visitor.by("fund-elsewhere").click();
      await stack.sendTokens(wallet.address, 20n * stack.price);
      await stack.setEther(wallet.address, 10n ** 18n);
      prompt = wallet.hold("eth_sendTransaction");
      await visitor.launch("fund-wallet-0");
      await prompt.asked;
    },
    "the wallet's user did not send them": async ({ visitor }) => {
      prompt.refuse();
      await visitor.by("error").waitFor();
    },
    "filled: a backup comes first": async ({ visitor }) => {
      await visitor.act("error-retry");
      await visitor.by("backup-save").waitFor();
    },
    "a backup was saved, the deposit comes next": async ({ visitor, page }) => {
      await visitor.by("backup-password").fill("correct horse battery staple");
      const downloading = page.waitForEvent("download");
      await visitor.by("backup-save").click();
      await downloading;
      await visitor.succeeded();
      await visitor.by("pay").waitFor();
    },
  },
};
