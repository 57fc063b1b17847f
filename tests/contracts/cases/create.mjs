// Opening channels.
import assert from "node:assert/strict";
import { encodeFunctionData, slice, toHex, zeroAddress } from "viem";
import { tokenAbi } from "../../../contracts/abi.mjs";
import { owner, receiver, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused, reverts } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";
import { LIMIT } from "../support/stage.mjs";

const blockOf = (receipt) => Number(receipt.blockNumber);
const bytes = (length) => toHex(new Uint8Array(length).fill(1));

export const cases = [
  both("C7", "ERC223: malformed transfers are refused", async (s) => {
    const encode = (...args) => {
      return () => encodeFunctionData({ abi: tokenAbi, functionName: "transfer", args });
    };
    const data = s.createData();
    encode(s.manager, 1n, data)();
    encoderRefuses(encode("0x12", 1n, data));
    encoderRefuses(encode(12, 1n, data));
    encoderRefuses(encode(s.manager, -1n, data));
    encoderRefuses(encode(s.manager, 2n ** 256n, data));
    await refused(s.writeToken(sender, "transfer", [zeroAddress, 1n, data]));
    await refused(s.transfer(sender, (await s.tokensOf(sender)) + 1n, data));
    await accepted(s.transfer(sender, 1n, data));
  }),

  both("C8", "ERC223: data of any other length opens nothing", async (s) => {
    const right = s.createData();
    const size = s.old ? 20 : 40;
    await moved(
      s,
      [
        [sender, 0n],
        [s.manager, 0n],
      ],
      async () => {
        await refused(s.transfer(sender, 5n, "0x"));
        await refused(s.transfer(sender, 5n, bytes(10)));
        await refused(s.transfer(sender, 5n, slice(right, 0, size - 1)));
        await refused(s.transfer(sender, 5n, `${right}00`));
        await refused(s.transfer(sender, 5n, `${right}000000`));
        await refused(s.transfer(sender, 5n, `${right}0000000000`));
        // The data of the other generation.
        await refused(s.transfer(sender, 5n, bytes(60 - size)));
      },
    );
    await accepted(s.transfer(sender, 5n, right));
  }),

  both("C8", "ERC223: the data decide who gets the channel", async (s) => {
    const receipt = await accepted(s.transfer(sender, 5n, s.createData(stranger)));
    const channel = { sender, receiver: stranger, block: blockOf(receipt) };
    assert.equal((await s.info(channel)).deposit, 5n);
    if (s.old) return;
    // In 0.2 nobody can open a channel in the name of another account.
    await refused(s.transfer(stranger, 5n, s.createData(receiver, sender)));
  }),

  both("C9", "tokenFallback can be called by the token only", async (s) => {
    await moved(
      s,
      [
        [sender, 0n],
        [s.manager, 0n],
      ],
      async () => {
        const args = [sender.address, 10n, s.createData()];
        await refused(s.write(sender, "tokenFallback", args));
        await refused(s.write(owner, "tokenFallback", args));
        const block = await s.chain.blockNumber();
        await reverts(s.info({ sender, receiver, block }));
        await reverts(s.info({ sender, receiver, block: block - 1 }));
      },
    );
  }),

  both("C9", "another token cannot open a channel", async (s) => {
    const args = [1_000n, "Other", "OTH", 18];
    const token = await s.chain.deployed(sender.address, s.tokenArtifact, args);
    await refused(s.with({ token }).transfer(sender, 10n, s.createData()));
  }),

  both("C10", "deposit 0 opens a channel", async (s) => {
    const byTransfer = await accepted(s.transfer(sender, 0n, s.createData()));
    const byApproval = await accepted(s.create(sender, receiver, 0n));
    for (const receipt of [byTransfer, byApproval]) {
      const { deposit } = await s.info({ sender, receiver, block: blockOf(receipt) });
      assert.equal(deposit, 0n);
    }
  }),

  both("C11", "ERC20: opening needs an allowance", async (s) => {
    await refused(s.create(sender, receiver, 10n));
    await accepted(s.approve(sender, 9n));
    await refused(s.create(sender, receiver, 10n));
    await refused(s.create(stranger, receiver, 9n));
    const receipt = await accepted(s.create(sender, receiver, 9n));
    const channel = { sender, receiver, block: blockOf(receipt) };
    assert.equal((await s.info(channel)).deposit, 9n);
    assert.equal(await s.readToken("allowance", [sender.address, s.manager]), 0n);
  }),

  both("C12", "the deposit is limited", async (s) => {
    await accepted(s.approve(sender, LIMIT * 3n));
    for (const deposit of [LIMIT + 1n, LIMIT * 2n]) {
      await refused(s.create(sender, receiver, deposit));
      await refused(s.transfer(sender, deposit, s.createData()));
    }
    await refused(s.create(sender, receiver, 2n ** 192n - 1n));
    const byApproval = await accepted(s.create(sender, receiver, LIMIT));
    const byTransfer = await accepted(s.transfer(sender, LIMIT, s.createData()));
    for (const receipt of [byTransfer, byApproval]) {
      const { deposit } = await s.info({ sender, receiver, block: blockOf(receipt) });
      assert.equal(deposit, LIMIT);
    }
  }),

  both("C13", "ERC223: a deposit of more than 192 bits is not cut", async (s) => {
    const args = [2n ** 256n - 1n, "Plenty", "PLN", 18];
    const token = await s.chain.deployed(sender.address, s.tokenArtifact, args);
    const plenty = await s.withManager({ token });
    await refused(plenty.transfer(sender, 2n ** 192n, s.createData()));
    await refused(plenty.transfer(sender, 2n ** 192n + 5n, s.createData()));
    await refused(plenty.transfer(sender, 2n ** 192n - 1n, s.createData()));
    await accepted(plenty.transfer(sender, 5n, s.createData()));
  }),

  both("C14", "ERC223: the events are Transfer and ChannelCreated", async (s) => {
    const receipt = await accepted(s.transfer(sender, 10n, s.createData()));
    assert.deepEqual(s.events(receipt), [
      ["Transfer", sender.address, s.manager, 10n],
      ["ChannelCreated", sender.address, receiver.address, 10n],
    ]);
  }),

  both("C14", "ERC20: the events are ChannelCreated and Transfer", async (s) => {
    await accepted(s.approve(sender, 10n));
    const receipt = await accepted(s.create(sender, receiver, 10n));
    assert.deepEqual(s.events(receipt), [
      ["ChannelCreated", sender.address, receiver.address, 10n],
      ["Transfer", sender.address, s.manager, 10n],
    ]);
  }),

  both("C15", "ERC223: opening moves the deposit and stores the channel", async (s) => {
    const changes = [
      [sender, -10n],
      [s.manager, 10n],
      [receiver, 0n],
    ];
    const channel = await moved(s, changes, () => s.open({ deposit: 10n }));
    const key = await s.key(channel);
    assert.deepEqual(Object.values(await s.info(channel)).slice(0, 4), [key, 10n, 0, 0n]);
    assert.deepEqual(await s.read("channels", [key]), [10n, channel.block]);
  }),

  both("C15", "ERC20: opening moves the deposit and stores the channel", async (s) => {
    await accepted(s.approve(sender, 10n));
    const changes = [
      [sender, -10n],
      [s.manager, 10n],
      [receiver, 0n],
    ];
    const receipt = await moved(s, changes, () => accepted(s.create(sender, receiver, 10n)));
    const channel = { sender, receiver, block: blockOf(receipt) };
    const key = await s.key(channel);
    assert.deepEqual(Object.values(await s.info(channel)).slice(0, 4), [key, 10n, 0, 0n]);
  }),
];
