// What the page does with a wallet besides paying from it: it fills the account of a key, gets back what is left, and is
// asked to change its network.
import jsqr from "jsqr";
import { parseEther } from "viem";
import { core } from "./support/core.mjs";
import { PRICE, expect, expectError, expectPicture, inTokens, test } from "./support/fixtures.mjs";

const MAINNET = 1;

test("a wallet fills the account of a key in one go, and gets back what is left", core, async ({ visitor, stack, wallet }) => {
  await stack.sendTokens(wallet.address, 40n * PRICE);
  await stack.setEther(wallet.address, parseEther("1"));
  await visitor.arrive();
  await visitor.useLocalKey();
  await visitor.by("fund-input").fill(inTokens(20n * PRICE));
  await expect(visitor.by("funding")).toContainText("ETH for network fees; the wallet asks for each.");
  await visitor.act("fund-wallet-0");
  expect(wallet.times("eth_sendTransaction")).toBe(2);
  await expect(visitor.by("funding")).toBeHidden();
  expect(await visitor.amount("account-tokens")).toBe(20n * PRICE);

  await visitor.openAndPay(inTokens(5n * PRICE));
  await expectPicture(visitor);
  await visitor.close();
  await visitor.openAccount();
  await visitor.by("way-out").click();
  await expect(visitor.by("sweep-to")).toHaveValue(new RegExp(wallet.address, "i"));
  await expect(visitor.by("sweep-origin")).toHaveText(
    "This is the account in your wallet that the money came from.",
  );
  await visitor.asked("sweep");
  await visitor.by("confirm-yes").click();
  await visitor.succeeded();
  expect(await stack.tokensOf(wallet.address)).toBe(39n * PRICE);
});

test("a wallet that refuses to fill the account moves nothing", async ({ visitor, wallet }) => {
  await visitor.arrive();
  await visitor.useLocalKey();
  await visitor.by("fund-wallet-0").waitFor();
  wallet.refuse.add("eth_sendTransaction");
  expect(await visitor.fail("fund-wallet-0")).toBe("insufficient-tokens");
  await visitor.by("error-dismiss").click();
  await expect(visitor.by("funding")).toBeVisible();
  expect(await visitor.amount("account-tokens")).toBe(0n);
});

test("where only ether lacks, the wallet is asked for ether alone", async ({ visitor, stack, wallet }) => {
  await stack.sendTokens(wallet.address, 40n * PRICE);
  await stack.setEther(wallet.address, parseEther("1"));
  await visitor.arrive();
  await visitor.useLocalKey();
  await visitor.by("fund-wallet-0").waitFor();
  await expect(visitor.by("fund-input")).toBeVisible();
  await stack.sendTokens(await visitor.address(), 5n * PRICE);
  await visitor.page.evaluate(() => dispatchEvent(new Event("focus")));
  await expect(visitor.by("fund-input")).toBeHidden();
  await expect(visitor.by("account-empty")).not.toContainText("TKN");
  await expect(visitor.by("funding")).toContainText(/The wallet sends [\d.]+\sETH for network fees\./);
  await visitor.act("fund-wallet-0");
  expect(wallet.times("eth_sendTransaction")).toBe(1);
  await expect(visitor.by("funding")).toBeHidden();
  expect(await visitor.amount("account-tokens")).toBe(5n * PRICE);
  expect(await stack.tokensOf(wallet.address)).toBe(40n * PRICE);
});

test("a wallet that may have sent is proposed for sending back, and one that refused is not", async ({
  visitor,
  stack,
  wallet,
}) => {
  await stack.sendTokens(wallet.address, 40n * PRICE);
  await stack.setEther(wallet.address, parseEther("1"));
  await visitor.arrive();
  await visitor.useLocalKey();
  await visitor.by("fund-wallet-0").waitFor();

  wallet.refuse.add("eth_sendTransaction");
  expect(await visitor.fail("fund-wallet-0")).toBe("wallet-rejected");
  wallet.refuse.clear();
  await visitor.openAccount();
  await visitor.by("way-out").click();
  await expect(visitor.by("sweep-to")).toHaveValue("");
  await visitor.by("way-out").click();

  const prompt = wallet.hold("eth_sendTransaction");
  await visitor.launch("fund-wallet-0");
  await prompt.asked;
  await visitor.by("cancel").click();
  await expect(visitor.by("error-code")).toHaveText("aborted");
  // The window of the wallet stays, and its user agrees after all.
  prompt.release();
  await expect(visitor.by("account-tokens")).not.toHaveAttribute("data-amount", "0");
  await visitor.by("way-out").click();
  await expect(visitor.by("sweep-to")).toHaveValue(new RegExp(wallet.address, "i"));
});

test("an error goes when the wallet shows another account or network, which is all that is said then", async ({
  visitor,
  wallet,
}) => {
  await visitor.arrive();
  await visitor.useWallet();
  await visitor.fund();
  const changes = [
    [() => wallet.switchAccount(), () => wallet.switchBack()],
    [() => wallet.switchChain(MAINNET), () => wallet.switchChain(31337)],
  ];
  for (const [away, back] of changes) {
    wallet.refuse.add("eth_sendTransaction");
    wallet.refuse.add("eth_signTypedData");
    expect(await visitor.fail("pay")).toBe("wallet-rejected");
    await away();
    await expect(visitor.by("account-frozen")).toBeVisible();
    await expect(visitor.by("error")).toBeHidden();
    await back();
    await expect(visitor.by("account-frozen")).toBeHidden();
  }
  expect(await visitor.fail("pay")).toBe("wallet-rejected");
  await visitor.openAccount();
  await visitor.by("account-change").click();
  await expect(visitor.by("error")).toBeHidden();
});

test("the address to send to is told as text and as a code that a camera reads", async ({ visitor, stack }) => {
  const { page } = visitor;
  await visitor.arrive();
  await visitor.useLocalKey();
  await visitor.by("fund-elsewhere").click();
  const address = await visitor.address();
  await expect(visitor.by("fund-address")).toHaveText(address);
  const code = page.getByRole("img", { name: "QR code of the address" });
  const picture = (await code.screenshot({ scale: "css" })).toString("base64");
  const { data, width, height } = await page.evaluate(async (bytes) => {
    const image = new Image();
    image.src = `data:image/png;base64,${bytes}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height);
    return { data: [...pixels.data], width: pixels.width, height: pixels.height };
  }, picture);
  const read = jsqr(new Uint8ClampedArray(data), width, height);
  expect(read?.data).toBe(`ethereum:${address}@${stack.chainId}`);
});

for (const known of [true, false]) {
  const what = known ? "a network that it knows" : "one that it has to add first";
  test(`a wallet on another network is asked to change to ${what}`, async ({ visitor, stack, wallet }) => {
    await visitor.arrive();
    await wallet.switchChain(MAINNET);
    wallet.chains = new Set(known ? [stack.chainId] : []);
    expect(await visitor.fail("account-wallet-0")).toBe("wrong-network");
    await expect(visitor.by("error-switch")).toHaveText(`Change to the network ${stack.chainId} in the wallet`);
    await visitor.act("error-switch");
    await expect(visitor.by("account")).toBeVisible();
    expect(wallet.chainId).toBe(stack.chainId);
    expect(wallet.added.map(({ chainId, chainName, rpcUrls }) => [Number(chainId), chainName, rpcUrls])).toEqual(
      known ? [] : [[stack.chainId, `the network ${stack.chainId}`, [`${stack.rpcUrl}/`]]],
    );
  });
}

test("who refuses to change the network is told so, and can try again", async ({ visitor, wallet }) => {
  await visitor.arrive();
  await wallet.switchChain(MAINNET);
  await visitor.fail("account-wallet-0");
  wallet.refuse.add("wallet_switchEthereumChain");
  expect(await visitor.fail("error-switch")).toBe("wallet-rejected");
  await expectError(visitor, "wallet-rejected");
  expect(wallet.chainId).toBe(MAINNET);
  wallet.refuse.clear();
  await visitor.act("error-retry");
  await expect(visitor.by("account")).toBeVisible();
});
