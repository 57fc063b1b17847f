// Closing at once with both signatures.
import assert from "node:assert/strict";
import { slice } from "viem";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused, reverts } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";

const BALANCE = 30n;

/** A channel with both signatures and the close as the sender sends it. */
async function agreed(s) {
  const channel = await s.open({ deposit: 100n });
  const proof = s.proof(channel, BALANCE);
  const closing = await s.closing(channel, BALANCE, proof);
  const close = (/** @type {any} */ { by = sender, balance = BALANCE, ...changes } = {}) => {
    const to = { ...channel, ...changes };
    return s.cooperativeClose(by, to, balance, changes.proof ?? proof, changes.closing ?? closing);
  };
  return { channel, proof, closing, close };
}

export const cases = [
  both("C32", "signatures that are too short are refused", async (s) => {
    const { proof, closing, close } = await agreed(s);
    await refused(close({ proof: "0x" }));
    await refused(close({ closing: "0x" }));
    await refused(close({ proof: slice(proof, 0, 64) }));
    await refused(close({ closing: slice(closing, 0, 64) }));
    // The consent of 0.1 covers whatever bytes are sent, so it may fit a proof that is too short.
    const short = slice(proof, 0, 64);
    const { channel } = await agreed(s);
    const fitting = s.closing(channel, BALANCE, short);
    await refused(s.cooperativeClose(sender, channel, BALANCE, short, fitting));
    await accepted(close());
  }),

  both("C32", "malformed arguments are refused", async (s) => {
    const encode =
      (...args) =>
      () =>
        s.encode("cooperativeClose", args);
    encode(receiver.address, 1, 1n, "0x00", "0x00")();
    encoderRefuses(encode("0x12", 1, 1n, "0x00", "0x00"));
    encoderRefuses(encode(receiver.address, -1, 1n, "0x00", "0x00"));
    encoderRefuses(encode(receiver.address, 2 ** 32, 1n, "0x00", "0x00"));
    encoderRefuses(encode(receiver.address, 1, -1n, "0x00", "0x00"));
    encoderRefuses(encode(receiver.address, 1, 2n ** 192n, "0x00", "0x00"));
    encoderRefuses(encode(receiver.address, 1, 1n, "0x00"));
  }),

  both("C33", "another receiver or block is refused", async (s) => {
    const { channel, close } = await agreed(s);
    await refused(close({ receiver: rival }));
    await refused(close({ receiver: sender }));
    await refused(close({ block: channel.block + 1 }));
    await refused(close({ block: channel.block - 1 }));
    await refused(close({ block: 0 }));
    await accepted(close());
  }),

  both("C34", "all three must mean the same balance", async (s) => {
    const { channel, proof, close } = await agreed(s);
    await refused(close({ balance: BALANCE - 1n }));
    await refused(close({ balance: BALANCE + 1n }));
    const otherProof = s.proof(channel, BALANCE + 1n);
    await refused(close({ proof: otherProof }));
    await refused(close({ closing: s.closing(channel, BALANCE + 1n, otherProof) }));
    await refused(close({ proof: s.proof(channel, BALANCE, { by: stranger }) }));
    await refused(close({ closing: s.closing(channel, BALANCE, proof, { by: stranger }) }));
    await refused(close({ closing: s.closing(channel, BALANCE, proof, { by: sender }) }));
    await accepted(close());
  }),

  both("C34", "a balance above the deposit is refused", async (s) => {
    // The manager has tokens enough: it is the rule that must refuse.
    await s.open({ from: stranger, to: rival, deposit: 1_000n });
    const channel = await s.open({ deposit: 100n });
    await refused(s.closeTogether(channel, 101n));
    await accepted(s.closeTogether(channel, 100n));
  }),

  both("C35", "a consent does not close the channel of another sender", async (s) => {
    const [first, second] = await s.chain.sendInOneBlock(
      [sender, stranger].map((from) => s.openTransaction(from, receiver, 100n)),
    );
    assert.equal(first.blockNumber, second.blockNumber);
    const block = Number(first.blockNumber);
    const [mine, theirs] = [sender, stranger].map((from) => ({ sender: from, receiver, block }));
    const proofs = [s.proof(mine, BALANCE), s.proof(theirs, BALANCE)];
    const closing = s.closing(mine, BALANCE, proofs[0]);
    await refused(s.cooperativeClose(stranger, theirs, BALANCE, proofs[1], closing));
    await accepted(s.cooperativeClose(sender, mine, BALANCE, proofs[0], closing));
    assert.equal((await s.info(theirs)).deposit, 100n);
  }),

  both("C35", "a proof for one receiver and the consent of another close nothing", async (s) => {
    const [first, second] = await s.chain.sendInOneBlock(
      [receiver, rival].map((to) => s.openTransaction(sender, to, 100n)),
    );
    assert.equal(first.blockNumber, second.blockNumber);
    const block = Number(first.blockNumber);
    const [one, other] = [receiver, rival].map((to) => ({ sender, receiver: to, block }));
    const proof = s.proof(one, BALANCE);
    const closing = s.closing(other, BALANCE, proof);
    await refused(s.cooperativeClose(sender, one, BALANCE, proof, closing));
    await refused(s.cooperativeClose(sender, other, BALANCE, proof, closing));
    await accepted(s.closeTogether(other, BALANCE));
    assert.equal((await s.info(one)).deposit, 100n);
  }),

  both("C36", "the sender may send it; in 0.2 so may anybody", async (s) => {
    for (const by of [receiver, stranger, sender]) {
      const { close } = await agreed(s);
      const mayNot = s.old && by !== sender;
      await (mayNot ? refused(close({ by })) : accepted(close({ by })));
    }
  }),

  both("C37", "the view functions recover both signers", async (s) => {
    const { channel, proof, closing } = await agreed(s);
    const { block } = channel;
    const args = [receiver.address, block, BALANCE, proof];
    assert.equal(await s.read(s.names.proofSigner, args), sender.address);
    if (s.old) return;
    const terms = [sender.address, block, BALANCE, closing];
    assert.equal(await s.read("extractClosingSignature", terms), receiver.address);
  }),

  both("C38", "the close pays both and forgets the channel", async (s) => {
    const { channel, close } = await agreed(s);
    await s.open();
    const key = await s.key(channel);
    const payout = [
      [receiver, BALANCE],
      [sender, 100n - BALANCE],
      [s.manager, -100n],
    ];
    const receipt = await moved(s, payout, () => accepted(close()));
    const receiverTokens = s.old ? [] : [BALANCE];
    const settled = [sender.address, receiver.address, channel.block, BALANCE, ...receiverTokens];
    assert.deepEqual(s.events(receipt), [
      ["Transfer", s.manager, receiver.address, BALANCE],
      ["Transfer", s.manager, sender.address, 100n - BALANCE],
      ["ChannelSettled", ...settled],
    ]);
    await reverts(s.info(channel));
    assert.deepEqual(await s.read("channels", [key]), [0n, 0]);
    await refused(close());
    await refused(close({ by: receiver }));
  }),

  both("C38", "both transfers are made even for nothing", async (s) => {
    for (const balance of [0n, 100n]) {
      const channel = await s.open({ deposit: 100n });
      const receipt = await accepted(s.closeTogether(channel, balance));
      assert.deepEqual(s.events(receipt).slice(0, 2), [
        ["Transfer", s.manager, receiver.address, balance],
        ["Transfer", s.manager, sender.address, 100n - balance],
      ]);
    }
  }),

  both("2.6", "after a close request it clears the request too", async (s) => {
    const { channel, close } = await agreed(s);
    const key = await s.key(channel);
    await accepted(s.requestClose(sender, channel, 1n));
    const payout = [
      [receiver, BALANCE],
      [sender, 100n - BALANCE],
      [s.manager, -100n],
    ];
    await moved(s, payout, () => accepted(close()));
    assert.deepEqual(await s.read("closing_requests", [key]), [0n, 0]);
    assert.deepEqual(await s.read("channels", [key]), [0n, 0]);
  }),
];
