// Corners of the state machine that are on no checklist, but that clients run into.
import assert from "node:assert/strict";
import { zeroAddress } from "viem";
import { owner, receiver, sender } from "../support/accounts.mjs";
import { accepted, moved, refused, reverts } from "../support/assertions.mjs";
import { both, only } from "../support/cases.mjs";

export const cases = [
  both("2.8", "a pair opens one channel in a block", async (s) => {
    const opening = s.openTransaction(sender, receiver, 10n);
    const [first, second] = await s.chain.sendInOneBlock([opening, opening]);
    assert.equal(first.blockNumber, second.blockNumber);
    await accepted(first);
    await refused(second);
    const channel = { sender, receiver, block: Number(first.blockNumber) };
    assert.equal((await s.info(channel)).deposit, 10n);
  }),

  both("2.8", "reopened in the same block, a channel takes the old proofs", async (s) => {
    const block = (await s.chain.blockNumber()) + 1;
    const channel = { sender, receiver, block };
    const proof = s.proof(channel, 4n);
    const closing = await s.closing(channel, 4n, proof);
    const opening = s.openTransaction(sender, receiver, 10n);
    const args = [receiver.address, block, 4n, proof, closing];
    const close = s.transaction(sender, "cooperativeClose", args);
    const receipts = await s.chain.sendInOneBlock([opening, close, opening]);
    for (const receipt of receipts) await accepted(receipt);
    const payout = [
      [receiver, 4n],
      [sender, 6n],
    ];
    const again = () => s.cooperativeClose(sender, channel, 4n, proof, closing);
    await moved(s, payout, () => accepted(again()));
  }),

  both("2.8", "a deposit for the zero address or the token is lost", async (s) => {
    for (const address of [zeroAddress, s.token]) {
      const channel = await s.open({ to: { address } });
      await accepted(s.requestClose(sender, channel, 0n));
      await s.chain.mine(600);
      await refused(s.settle(sender, channel));
      assert.equal((await s.info(channel)).deposit, 100n);
    }
  }),

  both("2.8", "a channel to oneself opens and closes", async (s) => {
    const channel = await s.open({ to: sender, deposit: 10n });
    await moved(s, [[sender, 10n]], () => accepted(s.closeTogether(channel, 4n)));
  }),

  only("0.1", "2.8", "a request for a missing channel is stored with balance 0", async (s) => {
    const missing = { sender, receiver, block: 3 };
    await refused(s.requestClose(sender, missing, 1n));
    await accepted(s.requestClose(sender, missing, 0n));
    const [balance, settleBlock] = await s.read("closing_requests", [await s.key(missing)]);
    assert.equal(balance, 0n);
    assert.ok(settleBlock > 0);
    await reverts(s.info(missing));
    await s.chain.mineUpTo(settleBlock + 1);
    await refused(s.settle(sender, missing));
  }),

  only("0.1", "2.2", "it keeps a channel from being opened in that block", async (s) => {
    const block = (await s.chain.blockNumber()) + 2;
    await accepted(s.requestClose(sender, { sender, receiver, block }, 0n));
    await refused(s.transfer(sender, 10n, s.createData()));
    assert.equal(await s.chain.blockNumber(), block);
    await accepted(s.transfer(sender, 10n, s.createData()));
  }),

  both("3.2", "a plain transfer to the manager opens nothing", async (s) => {
    const receipt = await accepted(s.writeToken(sender, "transfer", [s.manager, 10n]));
    assert.deepEqual(s.events(receipt), [["Transfer", sender.address, s.manager, 10n]]);
    await reverts(s.info({ sender, receiver, block: Number(receipt.blockNumber) }));
  }),

  both("2", "the manager takes no ether and knows no other calls", async (s) => {
    const { address: from } = owner;
    await refused(s.chain.send({ from, to: s.manager, value: "0x1" }));
    await refused(s.chain.send({ from, to: s.manager }));
    await refused(s.chain.send({ from, to: s.manager, data: "0xdeadbeef" }));
    const request = s.openTransaction(sender, receiver, 0n);
    await refused(s.chain.send({ ...request, to: s.manager, value: "0x1" }));
    const create = s.transaction(sender, s.names.create, [receiver.address, 0n]);
    await refused(s.chain.send({ ...create, value: "0x1" }));
    await accepted(s.chain.send(create));
  }),

  both("2.2", "a token that answers false moves nothing", async (s) => {
    const { abi } = s.helpers.RefusingToken;
    const token = await s.chain.deployed(owner.address, s.helpers.RefusingToken, []);
    const refuse = (yes) => s.chain.write(owner.address, token, abi, "refuse", [yes]);
    const odd = await s.withManager({ token });
    await accepted(refuse(true));
    await refused(odd.create(sender, receiver, 10n));
    await accepted(refuse(false));
    const { blockNumber } = await accepted(odd.create(sender, receiver, 10n));
    const channel = { sender, receiver, block: Number(blockNumber) };
    await accepted(refuse(true));
    await refused(odd.topUp(sender, channel, 1n));
    await refused(odd.closeTogether(channel, 4n));
    if (!s.old) await refused(odd.withdraw(receiver, channel, 4n, odd.proof(channel, 4n)));
    await accepted(refuse(false));
    await accepted(odd.topUp(sender, channel, 1n));
    await accepted(odd.closeTogether(channel, 4n));
  }),
];
