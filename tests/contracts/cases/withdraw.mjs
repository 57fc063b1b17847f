// Taking what is owed without closing, which only generation 0.2 has.
import assert from "node:assert/strict";
import { slice } from "viem";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused } from "../support/assertions.mjs";
import { only } from "../support/cases.mjs";

/** The receiver withdraws with a proof as it should be. */
function take(s, channel, balance) {
  return s.withdraw(receiver, channel, balance, s.proof(channel, balance));
}

export const cases = [
  only("0.2", "C47", "malformed withdrawals are refused", async (s) => {
    const channel = await s.open();
    await refused(s.withdraw(receiver, channel, 5n, "0x"));
    await refused(s.withdraw(receiver, channel, 5n, slice(s.proof(channel, 5n), 0, 64)));
    await refused(take(s, channel, 0n));
    const encode =
      (...args) =>
      () =>
        s.encode("withdraw", args);
    encode(1, 1n, "0x00")();
    encoderRefuses(encode(-1, 1n, "0x00"));
    encoderRefuses(encode(2 ** 32, 1n, "0x00"));
    encoderRefuses(encode(1, -1n, "0x00"));
    encoderRefuses(encode(1, 2n ** 192n, "0x00"));
    encoderRefuses(encode(1, 1n));
    await accepted(take(s, channel, 5n));
  }),

  only("0.2", "C48", "only the receiver with the sender's proof withdraws", async (s) => {
    const channel = await s.open();
    const proof = s.proof(channel, 5n);
    await refused(s.withdraw(sender, channel, 5n, proof));
    await refused(s.withdraw(stranger, channel, 5n, proof));
    await refused(s.withdraw(receiver, channel, 5n, s.proof(channel, 5n, { by: stranger })));
    await refused(s.withdraw(receiver, channel, 6n, proof));
    await refused(s.withdraw(receiver, { block: channel.block + 1 }, 5n, proof));
    const forRival = s.proof({ ...channel, receiver: rival }, 5n);
    await refused(s.withdraw(receiver, channel, 5n, forRival));
    await refused(s.withdraw(rival, channel, 5n, forRival));
    await accepted(s.withdraw(receiver, channel, 5n, proof));
  }),

  only("0.2", "C49", "withdrawals rise up to the deposit", async (s) => {
    // The manager has tokens enough: it is the rule that must refuse.
    await s.open({ from: stranger, to: rival, deposit: 1_000n });
    const whole = await s.open({ deposit: 100n });
    await refused(take(s, whole, 101n));
    await accepted(take(s, whole, 100n));
    await refused(take(s, whole, 100n));

    const parts = await s.open({ deposit: 100n });
    await accepted(take(s, parts, 30n));
    await refused(take(s, parts, 30n));
    await refused(take(s, parts, 29n));
    await refused(take(s, parts, 101n));
    await accepted(take(s, parts, 100n));
  }),

  only("0.2", "C50", "no withdrawal after a close request or a settlement", async (s) => {
    const channel = await s.open();
    await accepted(s.requestClose(sender, channel, 5n));
    await refused(take(s, channel, 10n));
    await s.chain.mine(600);
    await refused(take(s, channel, 10n));
    await accepted(s.settle(sender, channel));
    await refused(take(s, channel, 10n));
  }),

  only("0.2", "C51", "each withdrawal pays the difference", async (s) => {
    const channel = await s.open({ deposit: 100n });
    const key = await s.key(channel);
    for (const [balance, paid] of [
      [30n, 30n],
      [45n, 15n],
      [100n, 55n],
    ]) {
      const changes = [
        [receiver, paid],
        [s.manager, -paid],
        [sender, 0n],
      ];
      await moved(s, changes, () => accepted(take(s, channel, balance)));
      const info = { key, deposit: 100n, settleBlock: 0, closingBalance: 0n, withdrawn: balance };
      assert.deepEqual(await s.info(channel), info);
      assert.equal(await s.read("withdrawn_balances", [key]), balance);
    }
  }),

  only("0.2", "C52", "a close after a withdrawal pays the difference", async (s) => {
    const together = await s.open({ deposit: 100n });
    await accepted(take(s, together, 30n));
    const rest = [
      [receiver, 40n],
      [sender, 30n],
      [s.manager, -70n],
    ];
    const close = () => accepted(s.closeTogether(together, 70n));
    const receipt = await moved(s, rest, close);
    const settled = [sender.address, receiver.address, together.block, 70n, 40n];
    assert.deepEqual(s.events(receipt).at(-1), ["ChannelSettled", ...settled]);

    const waited = await s.open({ deposit: 100n });
    await accepted(take(s, waited, 30n));
    await accepted(s.requestClose(sender, waited, 30n));
    await s.chain.mine(600);
    const nothing = [
      [receiver, 0n],
      [sender, 70n],
      [s.manager, -70n],
    ];
    await moved(s, nothing, () => accepted(s.settle(sender, waited)));
  }),

  only("0.2", "C53", "the event ChannelWithdraw tells what was paid now", async (s) => {
    const channel = await s.open();
    for (const [balance, paid] of [
      [30n, 30n],
      [45n, 15n],
    ]) {
      const receipt = await accepted(take(s, channel, balance));
      assert.deepEqual(s.events(receipt), [
        ["Transfer", s.manager, receiver.address, paid],
        ["ChannelWithdraw", sender.address, receiver.address, channel.block, paid],
      ]);
    }
  }),

  only("0.2", "2.8", "a balance below what was withdrawn can never be settled", async (s) => {
    const channel = await s.open({ deposit: 100n });
    const key = await s.key(channel);
    await accepted(take(s, channel, 40n));
    await refused(s.closeTogether(channel, 39n));
    await accepted(s.requestClose(sender, channel, 39n));
    await s.chain.mine(600);
    await refused(s.settle(sender, channel));
    await refused(s.closeTogether(channel, 39n));
    const payout = [
      [receiver, 0n],
      [sender, 60n],
      [s.manager, -60n],
    ];
    await moved(s, payout, () => accepted(s.closeTogether(channel, 40n)));
    assert.equal(await s.read("withdrawn_balances", [key]), 40n);
  }),

  only("0.2", "2.8", "a channel that was withdrawn completely can be topped up", async (s) => {
    const channel = await s.open({ deposit: 100n });
    await accepted(take(s, channel, 100n));
    await accepted(s.transfer(sender, 10n, s.topUpData(channel)));
    await accepted(take(s, channel, 110n));
  }),
];
