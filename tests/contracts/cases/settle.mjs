// Paying out after the challenge period.
import assert from "node:assert/strict";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused, reverts } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";

const BALANCE = 30n;

/** A channel with a close request. */
async function requested(s, balance = BALANCE) {
  const channel = await s.open({ deposit: 100n });
  await accepted(s.requestClose(sender, channel, balance));
  return { ...channel, settleBlock: (await s.info(channel)).settleBlock };
}

export const cases = [
  both("C39", "settle needs the sender and a close request", async (s) => {
    const channel = await s.open();
    await refused(s.settle(sender, channel));
    await s.chain.mine(600);
    await refused(s.settle(sender, channel));
    const ready = await requested(s);
    await s.chain.mineUpTo(ready.settleBlock + 1);
    await refused(s.settle(sender, { ...ready, receiver: sender }));
    await refused(s.settle(sender, { ...ready, receiver: rival }));
    await refused(s.settle(sender, { ...ready, block: ready.block + 1 }));
    await refused(s.settle(sender, { ...ready, block: 0 }));
    await refused(s.settle(receiver, ready));
    await refused(s.settle(receiver, { ...ready, receiver: sender }));
    await refused(s.settle(stranger, ready));
    await accepted(s.settle(sender, ready));
  }),

  both("C39", "malformed arguments are refused", async (s) => {
    const encode =
      (...args) =>
      () =>
        s.encode("settle", args);
    encode(receiver.address, 1)();
    encoderRefuses(encode("0x12", 1));
    encoderRefuses(encode(receiver.address, -1));
    encoderRefuses(encode(receiver.address, 2 ** 32));
    encoderRefuses(encode(receiver.address));
  }),

  both("C40", "settle works after the settle block and not in it", async (s) => {
    const channel = await requested(s);
    await refused(s.settle(sender, channel));
    await s.chain.mineUpTo(channel.settleBlock - 1);
    await refused(s.settle(sender, channel));
    await refused(s.settle(sender, channel));
    assert.equal(await s.chain.blockNumber(), channel.settleBlock);
    await accepted(s.settle(sender, channel));
  }),

  both("C41", "settle pays both and forgets the channel", async (s) => {
    const channel = await requested(s);
    await s.open();
    const key = await s.key(channel);
    await s.chain.mineUpTo(channel.settleBlock + 1);
    const payout = [
      [receiver, BALANCE],
      [sender, 100n - BALANCE],
      [s.manager, -100n],
    ];
    await moved(s, payout, () => accepted(s.settle(sender, channel)));
    await reverts(s.info(channel));
    assert.deepEqual(await s.read("channels", [key]), [0n, 0]);
    assert.deepEqual(await s.read("closing_requests", [key]), [0n, 0]);
    await refused(s.settle(sender, channel));
    await refused(s.requestClose(sender, channel, 1n));
    await refused(s.transfer(sender, 1n, s.topUpData(channel)));
    await accepted(s.approve(sender, 1n));
    await refused(s.topUp(sender, channel, 1n));
  }),

  both("C42", "the events are two transfers and ChannelSettled", async (s) => {
    const channel = await requested(s);
    await s.chain.mineUpTo(channel.settleBlock + 1);
    const receipt = await accepted(s.settle(sender, channel));
    const receiverTokens = s.old ? [] : [BALANCE];
    const settled = [sender.address, receiver.address, channel.block, BALANCE, ...receiverTokens];
    assert.deepEqual(s.events(receipt), [
      ["Transfer", s.manager, receiver.address, BALANCE],
      ["Transfer", s.manager, sender.address, 100n - BALANCE],
      ["ChannelSettled", ...settled],
    ]);
  }),

  both("2.6", "the receiver's answer beats the request, early and late", async (s) => {
    const answered = async (blocks) => {
      const channel = await requested(s, 1n);
      await s.chain.mine(blocks);
      const payout = [
        [receiver, 70n],
        [sender, 30n],
        [s.manager, -100n],
      ];
      await moved(s, payout, () => accepted(s.answer(channel, 70n)));
      await refused(s.settle(sender, channel));
      await s.chain.mine(600);
      await refused(s.settle(sender, channel));
    };
    await answered(0);
    await answered(700);
    const settled = await requested(s, 1n);
    await s.chain.mineUpTo(settled.settleBlock + 1);
    await accepted(s.settle(sender, settled));
    await refused(s.answer(settled, 70n));
  }),
];
