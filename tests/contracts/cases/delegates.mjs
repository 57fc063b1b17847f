// Trusted contracts, which only generation 0.2 has.
import assert from "node:assert/strict";
import { encodeDeployData, encodeFunctionData, getAddress, zeroAddress } from "viem";
import { tokenAbi } from "../../../contracts/abi.mjs";
import { owner, receiver, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, moved, refused } from "../support/assertions.mjs";
import { only } from "../support/cases.mjs";

const deployDelegate = (s) => s.chain.deployed(owner.address, s.helpers.Forwarder, []);
const isTrusted = (s, address) => s.read("trusted_contracts", [address]);
const trust = (s, ...list) => s.write(owner, "addTrustedContracts", [list]);
const distrust = (s, ...list) => s.write(owner, "removeTrustedContracts", [list]);

/** Lets the delegate call the manager. */
function order(s, delegate, functionName, args) {
  return forward(s, delegate, s.manager, s.encode(functionName, args));
}

/** Lets the delegate call the token. */
function orderToken(s, delegate, functionName, args) {
  const data = encodeFunctionData({ abi: tokenAbi, functionName, args });
  return forward(s, delegate, s.token, data);
}

function forward(s, delegate, target, data) {
  return s.chain.write(owner.address, delegate, s.helpers.Forwarder.abi, "forward", [target, data]);
}

/** A delegate with tokens and an allowance for the manager. */
async function equippedDelegate(s) {
  const delegate = await deployDelegate(s);
  await accepted(s.writeToken(owner, "transfer", [delegate, 1_000n]));
  await accepted(orderToken(s, delegate, "approve", [s.manager, 500n]));
  return delegate;
}

export const cases = [
  only("0.2", "C20", "the constructor trusts the contracts of its list", async (s) => {
    const [first, second] = [await deployDelegate(s), await deployDelegate(s)];
    const trusted = [first, zeroAddress, stranger.address, second];
    const fresh = await s.withManager({ trusted });
    const answers = await Promise.all(trusted.map((address) => isTrusted(fresh, address)));
    assert.deepEqual(answers, [true, false, false, true]);
    const args = [s.token, 500];
    encoderRefuses(() => encodeDeployData({ ...s.managerArtifact, args }));
  }),

  only("0.2", "C21", "only the owner changes the list", async (s) => {
    const [first, second] = [await deployDelegate(s), await deployDelegate(s)];
    await refused(s.write(stranger, "addTrustedContracts", [[first]]));
    await refused(s.write(stranger, "addTrustedContracts", [[]]));
    await accepted(trust(s, first, stranger.address, second));
    const list = [first, stranger.address, second];
    const trusted = () => Promise.all(list.map((address) => isTrusted(s, address)));
    assert.deepEqual(await trusted(), [true, false, true]);
    await refused(s.write(stranger, "removeTrustedContracts", [[first]]));
    await refused(s.write(stranger, "removeTrustedContracts", [[]]));
    assert.deepEqual(await trusted(), [true, false, true]);
    await accepted(distrust(s, first, second));
    assert.deepEqual(await trusted(), [false, false, false]);
  }),

  only("0.2", "C21", "lists without contracts change nothing", async (s) => {
    const nobody = [[], [stranger.address], [zeroAddress, receiver.address]];
    for (const list of nobody) {
      assert.deepEqual(s.events(await accepted(trust(s, ...list))), []);
      assert.deepEqual(s.events(await accepted(distrust(s, ...list))), []);
      for (const address of list) assert.equal(await isTrusted(s, address), false);
    }
    assert.deepEqual(s.events(await accepted(distrust(s, await deployDelegate(s)))), []);
  }),

  only("0.2", "C22", "each change is an event", async (s) => {
    const [first, second] = [await deployDelegate(s), await deployDelegate(s)];
    const events = async (sending) => s.events(await accepted(sending));
    assert.deepEqual(await events(trust(s, first, stranger.address, second)), [
      ["TrustedContract", first, true],
      ["TrustedContract", second, true],
    ]);
    assert.deepEqual(await events(trust(s, first)), [["TrustedContract", first, true]]);
    assert.deepEqual(await events(distrust(s, second)), [["TrustedContract", second, false]]);
    assert.deepEqual(await events(distrust(s, second, first)), [["TrustedContract", first, false]]);
    const args = [s.token, 500, [first, stranger.address, second]];
    const receipt = await accepted(s.chain.deploy(owner.address, s.managerArtifact, args));
    const fresh = s.with({ manager: getAddress(receipt.contractAddress) });
    assert.deepEqual(fresh.events(receipt), [
      ["TrustedContract", first, true],
      ["TrustedContract", second, true],
    ]);
  }),

  only("0.2", "C23", "a removed delegate opens and tops up nothing", async (s) => {
    const delegate = await equippedDelegate(s);
    await accepted(trust(s, delegate));
    const open = [sender.address, receiver.address, 10n];
    const { blockNumber } = await accepted(order(s, delegate, "createChannelDelegate", open));
    const channel = { sender, receiver, block: Number(blockNumber) };
    await accepted(distrust(s, delegate));
    await refused(order(s, delegate, "createChannelDelegate", open));
    const more = [sender.address, receiver.address, channel.block, 1n];
    await refused(order(s, delegate, "topUpDelegate", more));
    const byTransfer = [s.manager, 10n, s.createData()];
    await refused(orderToken(s, delegate, "transfer", byTransfer));
    const topUp = [s.manager, 10n, s.topUpData(channel)];
    await refused(orderToken(s, delegate, "transfer", topUp));
    assert.equal((await s.info(channel)).deposit, 10n);
  }),

  only("0.2", "C24", "accounts that are no delegates are refused", async (s) => {
    await accepted(s.approve(stranger, 100n));
    const open = [sender.address, receiver.address, 10n];
    await refused(s.write(stranger, "createChannelDelegate", open));
    const { block } = await s.open();
    const more = [sender.address, receiver.address, block, 1n];
    await refused(s.write(stranger, "topUpDelegate", more));
    await refused(s.write(sender, "topUpDelegate", more));
  }),

  only("0.2", "C24", "ERC20: a delegate opens and tops up for a sender", async (s) => {
    const delegate = await equippedDelegate(s);
    await accepted(trust(s, delegate));
    const open = [sender.address, receiver.address, 10n];
    const paid = (by) => [
      [sender, 0n],
      [delegate, -by],
      [s.manager, by],
    ];
    const opening = await moved(s, paid(10n), () =>
      accepted(order(s, delegate, "createChannelDelegate", open)),
    );
    assert.deepEqual(s.events(opening), [
      ["ChannelCreated", sender.address, receiver.address, 10n],
      ["Transfer", delegate, s.manager, 10n],
    ]);
    const channel = { sender, receiver, block: Number(opening.blockNumber) };
    const more = [sender.address, receiver.address, channel.block, 5n];
    const topUp = await moved(s, paid(5n), () =>
      accepted(order(s, delegate, "topUpDelegate", more)),
    );
    assert.deepEqual(s.events(topUp), [
      ["ChannelToppedUp", sender.address, receiver.address, channel.block, 5n],
      ["Transfer", delegate, s.manager, 5n],
    ]);
    await belongsToSender(s, channel, 15n);
  }),

  only("0.2", "C24", "ERC223: a delegate opens and tops up for a sender", async (s) => {
    const delegate = await equippedDelegate(s);
    const opening = [s.manager, 10n, s.createData()];
    await refused(orderToken(s, delegate, "transfer", opening));
    await accepted(trust(s, delegate));
    const paid = (by) => [
      [sender, 0n],
      [delegate, -by],
      [s.manager, by],
    ];
    const receipt = await moved(s, paid(10n), () =>
      accepted(orderToken(s, delegate, "transfer", opening)),
    );
    const channel = { sender, receiver, block: Number(receipt.blockNumber) };
    const topUp = [s.manager, 5n, s.topUpData(channel)];
    await moved(s, paid(5n), () => accepted(orderToken(s, delegate, "transfer", topUp)));
    await belongsToSender(s, channel, 15n);
  }),
];

async function belongsToSender(s, channel, deposit) {
  assert.equal((await s.info(channel)).deposit, deposit);
  const payout = [
    [receiver, 4n],
    [sender, deposit - 4n],
    [s.manager, -deposit],
  ];
  await moved(s, payout, () => accepted(s.closeTogether(channel, 4n)));
}
