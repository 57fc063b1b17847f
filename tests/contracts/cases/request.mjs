// Close requests of the sender.
import assert from "node:assert/strict";
import { receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused } from "../support/assertions.mjs";
import { both, only } from "../support/cases.mjs";
import { PERIOD } from "../support/stage.mjs";

const UINT32_MAX = 2 ** 32 - 1;

export const cases = [
  both("C25", "malformed close requests are refused", async (s) => {
    const rest = s.old ? ["0x"] : [];
    const encode =
      (...args) =>
      () =>
        s.encode("uncooperativeClose", [...args, ...rest]);
    encode(receiver.address, 1, 1n)();
    encoderRefuses(encode("0x12", 1, 1n));
    encoderRefuses(encode(receiver.address, -1, 1n));
    encoderRefuses(encode(receiver.address, 2 ** 32, 1n));
    encoderRefuses(encode(receiver.address, 1, -1n));
    encoderRefuses(encode(receiver.address, 1, 2n ** 192n));
    encoderRefuses(encode(receiver.address, 1));
  }),

  only("0.2", "C26", "only the sender requests, and for an existing channel", async (s) => {
    const channel = await s.open();
    await refused(s.requestClose(receiver, channel, 5n));
    await refused(s.requestClose(stranger, channel, 5n));
    await refused(s.requestClose(sender, { ...channel, receiver: rival }, 5n));
    await refused(s.requestClose(sender, { ...channel, block: channel.block + 1 }, 5n));
    await refused(s.requestClose(sender, { ...channel, block: 0 }, 0n));
    await accepted(s.requestClose(sender, channel, 5n));
  }),

  both("C27", "the balance may be the deposit and no more", async (s) => {
    const channel = await s.open({ deposit: 100n });
    await refused(s.requestClose(sender, channel, 101n));
    await refused(s.requestClose(sender, channel, 2n ** 192n - 1n));
    await accepted(s.requestClose(sender, channel, 100n));
  }),

  both("C28", "second close request fails", async (s) => {
    const channel = await s.open();
    await accepted(s.requestClose(sender, channel, 5n));
    const first = await s.info(channel);
    assert.ok(first.settleBlock > 0);
    await refused(s.requestClose(sender, channel, 5n));
    await refused(s.requestClose(sender, channel, 6n));
    await s.chain.mine(PERIOD + 5);
    await refused(s.requestClose(sender, channel, 6n));
    assert.deepEqual(await s.info(channel), first);
  }),

  only("0.2", "C29", "a settle block beyond 32 bits is refused", async (s) => {
    const lastBlock = (await s.chain.blockNumber()) + 20;
    const patient = await s.withManager({ period: UINT32_MAX - lastBlock });
    const [first, second] = [await patient.open(), await patient.open()];
    await s.chain.mineUpTo(lastBlock);
    await accepted(patient.requestClose(sender, first, 5n));
    assert.equal((await patient.info(first)).settleBlock, UINT32_MAX);
    await refused(patient.requestClose(sender, second, 5n));
    assert.equal((await patient.info(second)).settleBlock, 0);
  }),

  only("0.1", "2.6", "a settle block beyond 32 bits wraps around", async (s) => {
    const endless = await s.withManager({ period: UINT32_MAX });
    const channel = await endless.open();
    const { blockNumber } = await accepted(endless.requestClose(sender, channel, 5n));
    assert.equal((await endless.info(channel)).settleBlock, Number(blockNumber) - 1);
  }),

  both("C30", "the request stores the balance and the settle block", async (s) => {
    const channel = await s.open();
    const changes = [
      [sender, 0n],
      [receiver, 0n],
      [s.manager, 0n],
    ];
    const request = () => accepted(s.requestClose(sender, channel, 5n));
    const { blockNumber } = await moved(s, changes, request);
    const info = await s.info(channel);
    assert.equal(info.settleBlock, Number(blockNumber) + PERIOD);
    assert.equal(info.closingBalance, 5n);
    assert.equal(info.deposit, 100n);
    const stored = await s.read("closing_requests", [info.key]);
    assert.deepEqual(stored, [5n, info.settleBlock]);
  }),

  both("C31", "the event is ChannelCloseRequested", async (s) => {
    const channel = await s.open();
    const receipt = await accepted(s.requestClose(sender, channel, 5n));
    assert.deepEqual(s.events(receipt), [
      ["ChannelCloseRequested", sender.address, receiver.address, channel.block, 5n],
    ]);
  }),
];
