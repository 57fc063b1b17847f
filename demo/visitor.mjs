// A person in front of the paywall's page, played by Playwright.

/** What a visitor waits for at most, in milliseconds. */
const PATIENCE = 60_000;

export class Visitor {
  page;
  /** Hashes of the transactions that the page sent to the chain itself, in order. */
  hashes = [];
  #lastPicture = "";

  /** `rpcUrl` is the node whose answers hold the hashes. */
  constructor(page, rpcUrl) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("response", (response) => this.#note(response, rpcUrl));
  }

  by(testId) {
    return this.page.getByTestId(testId);
  }

  /** Opens a priced file's page and says that the visitor wants to pay, where that is asked. */
  async open(url) {
    await this.page.goto(url);
    await this.ready();
    await this.begin();
  }

  /** Wants to pay: an account is to be chosen next, unless an earlier visit chose one. */
  async begin() {
    if (await this.by("begin").isVisible()) {
      await this.by("begin").click();
    }
  }

  /** Waits until the page has started: it shows the price, or an error. */
  async ready() {
    await this.page
      .locator('[data-testid="price"][data-amount], [data-testid="error"]:visible')
      .first()
      .waitFor();
    await this.succeeded();
  }

  /** Creates a key in this browser, or continues with the one that is there. */
  async useLocalKey() {
    const choice = this.by("account-local-create").or(this.by("account-local-continue"));
    await this.by("begin").or(choice).filter({ visible: true }).first().waitFor();
    await this.begin();
    await this.by("account-local-create")
      .or(this.by("account-local-continue"))
      .filter({ visible: true })
      .click();
    await this.succeeded();
  }

  async useWallet(index = 0) {
    const choice = this.by(`account-wallet-${index}`);
    await this.by("begin").or(choice).filter({ visible: true }).first().waitFor();
    await this.begin();
    await this.act(`account-wallet-${index}`);
  }

  async fund() {
    await this.act("fund");
  }

  /** Opens the line with the account: what it holds, its key, and the way out. */
  async openAccount() {
    if (!(await this.by("account-address").isVisible())) {
      await this.by("account-open").click();
    }
  }

  /** Opens a channel with this deposit, written in tokens, and pays from it. */
  async openAndPay(deposit) {
    await this.askToPay();
    await this.by("deposit-input").fill(deposit);
    await this.act("pay");
  }

  async pay() {
    await this.askToPay();
    await this.act("pay");
  }

  /** Has the page offer the payment, also of what was paid for already. */
  async askToPay() {
    const again = this.by("pay-again");
    await this.by("pay").or(again).filter({ visible: true }).waitFor();
    if (await again.isVisible()) {
      await again.click();
      await this.by("pay").waitFor();
    }
  }

  async topUp(amount) {
    await this.by("topup-input").fill(amount);
    await this.act("topup");
  }

  /** Closes; agrees to leaving alone if the page asks, because the receiver does not sign. */
  async close() {
    await this.by("close").click();
    await this.idle();
    if (await this.question()) {
      await this.by("confirm-yes").click();
      await this.idle();
    }
    await this.succeeded();
  }

  /** The text of the question that the page asks, if it does. */
  async question() {
    const dialog = this.page.locator("dialog[open]");
    return (await dialog.isVisible()) ? dialog.innerText() : undefined;
  }

  async settle() {
    await this.act("settle");
  }

  /** Presses a button and waits until its work is done; fails if the page shows an error. */
  async act(testId) {
    await this.by(testId).click();
    await this.succeeded();
  }

  /** Presses a button that is expected to fail, and gives the code of the error. */
  async fail(testId) {
    await this.by(testId).click();
    await this.idle();
    const error = await this.error();
    if (!error) {
      throw new Error(`"${testId}" succeeded, although it had to fail.`);
    }
    return error.code;
  }

  /** Presses a button whose work is held up somewhere, and waits until it can be cancelled. */
  async launch(testId) {
    await this.by(testId).click();
    await this.cancellable();
  }

  /** Waits until what the page waits for can be cancelled. */
  async cancellable() {
    await this.page.locator('[data-testid="cancel"]:enabled').waitFor();
  }

  /** Presses a button that asks something before it does it; gives the question, once it can be answered. */
  async asked(testId) {
    await this.by(testId).click();
    await this.answerable();
    return this.question();
  }

  /** Waits until the page asks, and takes an answer. */
  async answerable() {
    await this.page.locator('dialog[open] [data-testid="confirm-yes"]:enabled').waitFor();
  }

  /** Types a key, in hex digits, and asks to go on with it. */
  async importKey(hex) {
    if (!(await this.by("import-hex").isVisible())) {
      await this.by("account-local-import-open").click();
    }
    await this.by("import-hex").fill(hex);
    await this.by("account-local-import").click();
  }

  /** Waits until the page waits for nothing. */
  async idle() {
    await this.by("progress").waitFor({ state: "hidden" });
  }

  async succeeded() {
    await this.idle();
    const error = await this.error();
    if (error) {
      throw new Error(`The page shows the error ${error.code}: ${error.text}`);
    }
  }

  /** `{ code, text }` of the error on the page, if there is one. */
  async error() {
    if (!(await this.by("error").isVisible())) {
      return undefined;
    }
    return {
      code: await this.by("error-code").textContent(),
      text: await this.by("error").textContent(),
    };
  }

  /** The amount shown in a place, in base units. */
  async amount(testId) {
    return BigInt(await this.by(testId).getAttribute("data-amount"));
  }

  /** The channel as the page shows it. */
  async channel() {
    const [deposit, spent, remaining, state, openBlock] = await Promise.all([
      this.amount("channel-deposit"),
      this.amount("channel-spent"),
      this.amount("channel-remaining"),
      this.by("channel-state").getAttribute("data-state"),
      this.by("channel-open-block").textContent(),
    ]);
    return { deposit, spent, remaining, state, openBlock: Number(openBlock) };
  }

  async address() {
    return this.by("account-address").textContent();
  }

  /** Width and height of a picture that was not there at the last call, once it is drawn. */
  async picture() {
    const image = this.by("content").locator(`img:not([src="${this.#lastPicture}"])`);
    await image.waitFor();
    this.#lastPicture = await image.getAttribute("src");
    const size = await image.evaluate((element) =>
      element.decode().then(
        () => ({ width: element.naturalWidth, height: element.naturalHeight }),
        () => ({ width: 0, height: 0 }),
      ),
    );
    if (size.width === 0 || size.height === 0) {
      throw new Error("The content is no picture that the browser can show.");
    }
    return size;
  }

  /** Makes the receiver's REST interface refuse to sign a closing. */
  async refuseClosingSignature() {
    await this.page.route("**/api/1/channels/**", (route) =>
      route.request().method() === "DELETE" ? route.abort() : route.fallback(),
    );
  }

  async #note(response, rpcUrl) {
    const request = response.request();
    if (request.method() !== "POST" || !response.url().startsWith(rpcUrl)) {
      return;
    }
    const asked = request.postDataJSON()?.method;
    if (asked === "eth_sendRawTransaction" || asked === "eth_sendTransaction") {
      const { result } = await response.json().catch(() => ({}));
      if (result) {
        this.hashes.push(result);
      }
    }
  }
}
