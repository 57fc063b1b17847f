// Generation 0.1: closing by the receiver alone, and the cooperative close of the sender.
import assert from "node:assert/strict";
import { keccak256 } from "viem";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, moved, refused, reverts } from "../support/assertions.mjs";
import { only } from "../support/cases.mjs";
import { highS, lowV, signHash } from "../support/messages.mjs";

const BALANCE = 30n;

function closeAlone(s, from, { receiver: to, block }, balance, proof) {
  return s.write(from, "uncooperativeClose", [to.address, block, balance, proof]);
}

export const cases = [
  only("0.1", "C43", "the receiver closes alone with the sender's proof only", async (s) => {
    await s.open({ from: stranger, to: rival, deposit: 1_000n });
    const channel = await s.open({ deposit: 100n });
    const proof = s.proof(channel, BALANCE);
    await refused(closeAlone(s, stranger, channel, BALANCE, proof));
    const wrongBlock = { ...channel, block: channel.block + 1 };
    await refused(closeAlone(s, receiver, wrongBlock, BALANCE, proof));
    await refused(closeAlone(s, receiver, wrongBlock, BALANCE, s.proof(wrongBlock, BALANCE)));
    await refused(closeAlone(s, receiver, channel, BALANCE + 1n, proof));
    await refused(closeAlone(s, receiver, channel, BALANCE, s.proof(channel, BALANCE + 1n)));
    const foreign = s.proof(channel, BALANCE, { by: stranger });
    await refused(closeAlone(s, receiver, channel, BALANCE, foreign));
    await refused(closeAlone(s, stranger, channel, BALANCE, foreign));
    await refused(closeAlone(s, rival, { ...channel, receiver: rival }, BALANCE, proof));
    await refused(closeAlone(s, receiver, channel, 101n, s.proof(channel, 101n)));
    await refused(closeAlone(s, receiver, channel, BALANCE, "0x"));
    assert.equal((await s.info(channel)).deposit, 100n);
  }),

  only("0.1", "C43", "the receiver's close pays both and forgets the channel", async (s) => {
    const channel = await s.open({ deposit: 100n });
    const proof = s.proof(channel, BALANCE);
    const payout = [
      [receiver, BALANCE],
      [sender, 100n - BALANCE],
      [s.manager, -100n],
    ];
    const close = () => accepted(closeAlone(s, receiver, channel, BALANCE, proof));
    const receipt = await moved(s, payout, close);
    assert.deepEqual(s.events(receipt), [
      ["Transfer", s.manager, receiver.address, BALANCE],
      ["Transfer", s.manager, sender.address, 100n - BALANCE],
      ["ChannelSettled", sender.address, receiver.address, channel.block, BALANCE],
    ]);
    await reverts(s.info(channel));
    await refused(closeAlone(s, receiver, channel, BALANCE, proof));
  }),

  only("0.1", "C44", "a cooperative close that does not fit is refused", async (s) => {
    const channel = await s.open({ deposit: 100n });
    const proof = s.proof(channel, BALANCE);
    const consent = (to) => s.closing(channel, BALANCE, to);
    const close = (to, balance, given, closing = consent(given)) =>
      s.cooperativeClose(sender, to, balance, given, closing);
    await refused(close({ ...channel, receiver: rival }, BALANCE, proof));
    await refused(close({ ...channel, block: channel.block + 1 }, BALANCE, proof));
    await refused(close(channel, BALANCE + 1n, proof));
    await refused(close(channel, BALANCE, s.proof(channel, BALANCE, { by: stranger })));
    const forRival = s.proof({ ...channel, receiver: rival }, BALANCE);
    await refused(close(channel, BALANCE, forRival));
    const byStranger = s.closing(channel, BALANCE, proof, { by: stranger });
    await refused(close(channel, BALANCE, proof, byStranger));
    await refused(close(channel, BALANCE, proof, consent(s.proof(channel, BALANCE + 1n))));
    await accepted(close(channel, BALANCE, proof));
  }),

  only("0.1", "C44", "the consent covers the bytes of the proof's signature", async (s) => {
    for (const encode of [lowV, highS]) {
      const channel = await s.open({ deposit: 100n });
      const proof = s.proof(channel, BALANCE);
      const other = encode(proof);
      const consent = await signHash(receiver.key, keccak256(proof));
      await refused(s.cooperativeClose(sender, channel, BALANCE, other, consent));
      const fitting = await signHash(receiver.key, keccak256(other));
      await refused(s.cooperativeClose(sender, channel, BALANCE, proof, fitting));
      await accepted(s.cooperativeClose(sender, channel, BALANCE, other, encode(fitting)));
    }
  }),

  only("0.1", "C45", "the receiver answers a request and is paid at once", async (s) => {
    const channel = await s.open({ deposit: 100n });
    await accepted(s.requestClose(sender, channel, 1n));
    await s.chain.mine(100);
    const proof = s.proof(channel, BALANCE);
    await refused(closeAlone(s, stranger, channel, BALANCE, proof));
    const payout = [
      [receiver, BALANCE],
      [sender, 100n - BALANCE],
      [s.manager, -100n],
    ];
    const answer = () => accepted(closeAlone(s, receiver, channel, BALANCE, proof));
    const receipt = await moved(s, payout, answer);
    assert.deepEqual(s.events(receipt).at(-1).slice(0, 2), ["ChannelSettled", sender.address]);
    await reverts(s.info(channel));
    assert.deepEqual(await s.read("closing_requests", [await s.key(channel)]), [0n, 0]);
  }),

  only("0.1", "C46", "the sender requests, waits and settles", async (s) => {
    for (const balance of [99n, 0n]) {
      const channel = await s.open({ deposit: 100n });
      await accepted(s.requestClose(sender, channel, balance));
      await refused(s.settle(sender, channel));
      const { settleBlock } = await s.info(channel);
      await s.chain.mineUpTo(settleBlock);
      await refused(s.settle(sender, channel));
      await refused(s.settle(receiver, channel));
      const payout = [
        [receiver, balance],
        [sender, 100n - balance],
        [s.manager, -100n],
      ];
      await moved(s, payout, () => accepted(s.settle(sender, channel)));
      await reverts(s.info(channel));
    }
  }),
];
