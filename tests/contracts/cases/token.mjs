// The demo token.
import assert from "node:assert/strict";
import { parseEther, zeroAddress } from "viem";
import { owner, receiver, sender, stranger } from "../support/accounts.mjs";
import { accepted, moved, refused } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";
import { SUPPLY } from "../support/fixture.mjs";

const FIFTY = 50n * 10n ** 18n;
const PRICE = parseEther("0.1");

async function etherOf(s, address) {
  return BigInt(await s.chain.rpc("eth_getBalance", address, "latest"));
}

export const cases = [
  both("C54", "mint sells 50 tokens for at least 0.1 ether", async (s) => {
    const mint = (value) => s.writeToken(receiver, "mint", [], value);
    await moved(s, [[receiver, 0n]], async () => {
      await refused(mint(0n));
      await refused(mint(PRICE - 1n));
    });
    const supply = await s.readToken("totalSupply");
    const paid = PRICE + parseEther("1");
    const receipt = await moved(s, [[receiver, FIFTY]], () => accepted(mint(paid)));
    assert.deepEqual(s.events(receipt), [["Minted", receiver.address, FIFTY]]);
    assert.equal(await s.readToken("totalSupply"), supply + FIFTY);
    assert.equal(await etherOf(s, s.token), paid);
    await moved(s, [[receiver, FIFTY]], () => accepted(mint(PRICE)));
    assert.equal(await etherOf(s, s.token), paid + PRICE);
  }),

  both("3.1", "the owner takes the collected ether", async (s) => {
    await accepted(s.writeToken(receiver, "mint", [], PRICE));
    await refused(s.writeToken(stranger, "transferFunds", []));
    const before = await etherOf(s, owner.address);
    const receipt = await accepted(s.writeToken(owner, "transferFunds", []));
    const fee = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice);
    assert.equal(await etherOf(s, owner.address), before + PRICE - fee);
    assert.equal(await etherOf(s, s.token), 0n);
  }),

  both("3.1", "what the constructor got can be read back", async (s) => {
    const read = (name) => s.readToken(name);
    assert.deepEqual(
      await Promise.all(["name", "symbol", "decimals", "totalSupply", "version"].map(read)),
      ["CustomToken", "TKN", 18, SUPPLY, "H0.1"],
    );
    assert.equal(await read("multiplier"), 10n ** 18n);
    assert.equal(await read("owner_address"), owner.address);
    const args = [5n, "Cents", "C", 2];
    const token = await s.chain.deployed(stranger.address, s.tokenArtifact, args);
    const cents = s.with({ token });
    await accepted(cents.writeToken(receiver, "mint", [], PRICE));
    assert.equal(await cents.tokensOf(receiver), 5_000n);
    assert.equal(await cents.tokensOf(stranger), 5n);
  }),

  both("3.1", "transfer needs a recipient and the tokens", async (s) => {
    const send = (to, value) => s.writeToken(sender, "transfer", [to, value]);
    const all = await s.tokensOf(sender);
    await refused(send(zeroAddress, 1n));
    await refused(send(s.token, 1n));
    await refused(send(receiver.address, all + 1n));
    const changes = [
      [sender, -3n],
      [receiver, 3n],
    ];
    const receipt = await moved(s, changes, () => accepted(send(receiver.address, 3n)));
    assert.deepEqual(s.events(receipt), [["Transfer", sender.address, receiver.address, 3n]]);
    await moved(s, [[sender, 0n]], () => accepted(send(sender.address, 3n)));
  }),

  both("3.1", "ERC223: an account needs no tokenFallback, a contract does", async (s) => {
    const send = (to, value, data) => s.writeToken(sender, "transfer", [to, value, data]);
    const receipt = await accepted(send(receiver.address, 3n, "0x1234"));
    assert.deepEqual(s.events(receipt), [["Transfer", sender.address, receiver.address, 3n]]);
    const contract = await s.chain.deployed(owner.address, s.helpers.NoToken, []);
    await refused(send(contract, 3n, "0x1234"));
    await refused(send(s.token, 3n, "0x1234"));
    await refused(send(receiver.address, (await s.tokensOf(sender)) + 1n, "0x"));
  }),

  both("3.1", "an allowance is spent, and reset before it is changed", async (s) => {
    const spender = stranger.address;
    const allow = (value, to = spender) => s.writeToken(sender, "approve", [to, value]);
    const take = (value, from = sender.address, to = receiver.address) =>
      s.writeToken(stranger, "transferFrom", [from, to, value]);
    await refused(take(1n));
    await refused(allow(5n, zeroAddress));
    const receipt = await accepted(allow(5n));
    assert.deepEqual(s.events(receipt), [["Approval", sender.address, spender, 5n]]);
    await refused(allow(6n));
    await refused(allow(5n));
    await accepted(allow(0n));
    await accepted(allow(6n));
    await refused(take(7n));
    await refused(take(0n, zeroAddress));
    await refused(take(1n, sender.address, zeroAddress));
    await refused(take(1n, sender.address, s.token));
    const changes = [
      [sender, -4n],
      [receiver, 4n],
      [stranger, 0n],
    ];
    const spent = await moved(s, changes, () => accepted(take(4n)));
    assert.deepEqual(s.events(spent), [["Transfer", sender.address, receiver.address, 4n]]);
    assert.equal(await s.readToken("allowance", [sender.address, spender]), 2n);
    await accepted(take(2n));
    await accepted(allow(1n));
  }),
];
