// Adding to deposits.
import assert from "node:assert/strict";
import { slice } from "viem";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, moved, refused } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";
import { LIMIT } from "../support/stage.mjs";

/** Both ways to top up; the allowance is there already. */
const ways = (s, channel) => [
  (amount) => s.transfer(sender, amount, s.topUpData(channel)),
  (amount) => s.topUp(sender, channel, amount),
];

export const cases = [
  both("C16", "ERC223: only the right data top up", async (s) => {
    const channel = await s.open({ deposit: 10n });
    const { block } = channel;
    const right = s.topUpData(channel);
    await moved(
      s,
      [
        [sender, 0n],
        [s.manager, 0n],
      ],
      async () => {
        await refused(s.transfer(sender, 5n, slice(right, 1)));
        await refused(s.transfer(sender, 5n, `${right}00`));
        await refused(s.transfer(sender, 5n, s.topUpData({ ...channel, receiver: rival })));
        await refused(s.transfer(sender, 5n, s.topUpData({ ...channel, block: block + 1 })));
        await refused(s.transfer(sender, 5n, s.topUpData({ ...channel, block: 0 })));
        await refused(s.transfer(sender, 0n, right));
        // Not the sender: 0.1 takes the account for the sender, 0.2 compares.
        await refused(s.transfer(stranger, 5n, right));
      },
    );
    const changes = [
      [sender, -5n],
      [s.manager, 5n],
      [receiver, 0n],
    ];
    const receipt = await moved(s, changes, () => accepted(s.transfer(sender, 5n, right)));
    assert.deepEqual(s.events(receipt), [
      ["Transfer", sender.address, s.manager, 5n],
      ["ChannelToppedUp", sender.address, receiver.address, block, 5n],
    ]);
    assert.equal((await s.info(channel)).deposit, 15n);
  }),

  both("C17", "the limit holds for the whole deposit", async (s) => {
    await accepted(s.approve(sender, LIMIT * 10n));
    for (const way of [0, 1]) {
      const channel = await s.open({ deposit: LIMIT - 10n });
      const topUp = ways(s, channel)[way];
      await refused(topUp(11n));
      await refused(topUp(LIMIT));
      await accepted(topUp(10n));
      assert.equal((await s.info(channel)).deposit, LIMIT);
      await refused(topUp(1n));
    }
    const channel = await s.open({ deposit: 10n });
    await refused(s.topUp(sender, channel, 2n ** 192n - 1n));
  }),

  both("C18", "ERC20: top up by the sender with an allowance", async (s) => {
    const channel = await s.open({ deposit: 10n });
    await refused(s.topUp(sender, channel, 5n));
    await accepted(s.approve(sender, 5n));
    await accepted(s.approve(stranger, 5n));
    await refused(s.topUp(stranger, channel, 5n));
    await refused(s.topUp(sender, { ...channel, receiver: rival }, 5n));
    await refused(s.topUp(sender, channel, 0n));
    await refused(s.topUp(sender, { ...channel, block: 0 }, 5n));
    await refused(s.topUp(sender, { ...channel, block: channel.block + 1 }, 5n));
    await refused(s.topUp(sender, channel, 6n));
    const changes = [
      [sender, -5n],
      [s.manager, 5n],
      [stranger, 0n],
    ];
    const receipt = await moved(s, changes, () => accepted(s.topUp(sender, channel, 5n)));
    assert.deepEqual(s.events(receipt), [
      ["ChannelToppedUp", sender.address, receiver.address, channel.block, 5n],
      ["Transfer", sender.address, s.manager, 5n],
    ]);
    assert.equal((await s.info(channel)).deposit, 15n);
  }),

  both("C19", "no top up after a close request or a settlement", async (s) => {
    await accepted(s.approve(sender, 100n));
    const requested = await s.open();
    for (const topUp of ways(s, requested)) await accepted(topUp(1n));
    await accepted(s.requestClose(sender, requested, 3n));
    for (const topUp of ways(s, requested)) await refused(topUp(1n));

    const closed = await s.open();
    await accepted(s.closeTogether(closed, 3n));
    for (const topUp of ways(s, closed)) await refused(topUp(1n));
  }),

  both("2.2", "a channel of deposit 0 can be topped up in 0.2 only", async (s) => {
    await accepted(s.approve(sender, 100n));
    const channel = await s.open({ deposit: 0n });
    for (const topUp of ways(s, channel)) {
      await (s.old ? refused(topUp(4n)) : accepted(topUp(4n)));
    }
    assert.equal((await s.info(channel)).deposit, s.old ? 0n : 8n);
  }),
];
