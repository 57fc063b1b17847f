// Gas, against what the contracts of 2018 use.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeFunctionData, parseEther } from "viem";
import { tokenAbi } from "../../contracts/abi.mjs";
import { owner, receiver, rival, sender, stranger } from "./support/accounts.mjs";
import { accepted } from "./support/assertions.mjs";
import { SUPPLY, createFixture } from "./support/fixture.mjs";

/** Gas used by the 2018 byte code: [0.2, 0.1]. A row without a number has no such step. */
const table = {
  "deploy token": [1_356_801, 1_356_801],
  "deploy manager": [3_137_258, 2_001_076],
  "mint, first": [52_515, 52_515],
  "mint, again": [35_415, 35_415],
  approve: [46_314, 46_326],
  "ERC20 open": [69_164, 68_862],
  "ERC223 open": [71_124, 70_228],
  "ERC223 open, manager had no tokens": [88_224, 87_328],
  "ERC223 top up": [54_705, 53_757],
  "ERC20 top up": [52_224, 52_519],
  "withdraw, first": [76_715],
  "withdraw, again": [59_615],
  cooperativeClose: [71_106, 67_847],
  "cooperativeClose, neither party had tokens": [105_342, 102_042],
  uncooperativeClose: [52_788, 58_274],
  "receiver's answer": [69_094, 60_483],
  settle: [58_056, 55_243],
  "settle, neither party had tokens": [92_280, 89_455],
  "delegate opens, ERC20": [84_784],
  "delegate opens, ERC223": [80_569],
};

let fixture;
before(async () => {
  fixture = await createFixture();
});
after(() => fixture?.stop());

for (const [column, generation] of ["0.2", "0.1"].entries()) {
  test(`gas of ${generation} is at most 10 % above the 2018 byte code`, async (t) => {
    const used = await fixture.chain.undoing(() => measure(fixture.stages[generation]));
    const expected = Object.entries(table).filter(([, row]) => row.length > column);
    assert.deepEqual(Object.keys(used).sort(), expected.map(([step]) => step).sort());
    for (const [step, row] of expected) {
      const percent = ((used[step] / row[column] - 1) * 100).toFixed(1);
      t.diagnostic(`${generation} ${step}: ${used[step]} (${percent} %)`);
      assert.ok(used[step] <= row[column] * 1.1, `${step}: ${used[step]}, not ${row[column]}`);
    }
  });
}

async function measure(s) {
  const used = {};
  const note = async (step, sending) => {
    const receipt = await accepted(sending);
    used[step] = Number(receipt.gasUsed);
    return receipt;
  };
  const tokenArgs = [SUPPLY, "CustomToken", "TKN", 18];
  await note("deploy token", s.chain.deploy(owner.address, s.tokenArtifact, tokenArgs));
  await note("deploy manager", s.deployManager());

  await note("ERC223 open, manager had no tokens", s.transfer(sender, 50n, s.createData()));
  await deplete(s, note);

  await note("mint, first", s.writeToken(receiver, "mint", [], parseEther("0.1")));
  await note("mint, again", s.writeToken(receiver, "mint", [], parseEther("0.1")));

  await note("approve", s.approve(sender, 50n));
  const opened = await note("ERC20 open", s.create(sender, receiver, 50n));
  const first = { sender, receiver, block: Number(opened.blockNumber) };
  await accepted(s.approve(sender, 5n));
  await note("ERC20 top up", s.topUp(sender, first, 5n));
  const again = await note("ERC223 open", s.transfer(sender, 50n, s.createData()));
  const second = { sender, receiver, block: Number(again.blockNumber) };
  await note("ERC223 top up", s.transfer(sender, 5n, s.topUpData(second)));
  if (!s.old) {
    const channel = await s.open();
    for (const [step, balance] of [
      ["first", 10n],
      ["again", 20n],
    ]) {
      const proof = s.proof(channel, balance);
      await note(`withdraw, ${step}`, s.withdraw(receiver, channel, balance, proof));
    }
  }
  await note("cooperativeClose", s.closeTogether(first, 30n));
  await note("uncooperativeClose", s.requestClose(sender, second, 3n));
  await note("receiver's answer", s.answer(second, 30n));

  const third = await s.open();
  await accepted(s.requestClose(sender, third, 30n));
  await s.chain.mine(501);
  await note("settle", s.settle(sender, third));
  if (!s.old) await delegate(s, note);
  return used;
}

/** Closes that give tokens to a sender and a receiver who have none. */
async function deplete(s, note) {
  // So that the manager keeps tokens: otherwise emptying it would be refunded.
  await accepted(s.transfer(stranger, 50n, s.createData(rival, stranger)));
  const all = async () => s.tokensOf(sender);
  const hand = async (amount) => s.writeToken(sender, "transfer", [stranger.address, amount]);
  const back = (amount) => s.writeToken(stranger, "transfer", [sender.address, amount]);
  const amount = await all();

  const closing = await s.open({ to: rival });
  await accepted(hand(await all()));
  const step = "neither party had tokens";
  await note(`cooperativeClose, ${step}`, s.closeTogether(closing, 30n));
  await accepted(s.writeToken(rival, "transfer", [stranger.address, 30n]));

  await accepted(back(100n));
  const settling = await s.open({ to: rival });
  await accepted(s.requestClose(sender, settling, 30n));
  await accepted(hand(await all()));
  await s.chain.mine(501);
  await note(`settle, ${step}`, s.settle(sender, settling));
  await accepted(back(amount));
}

async function delegate(s, note) {
  const { Forwarder } = s.helpers;
  const address = await s.chain.deployed(owner.address, Forwarder, []);
  const forward = (target, data) =>
    s.chain.write(owner.address, address, Forwarder.abi, "forward", [target, data]);
  const orderToken = (functionName, args) =>
    forward(s.token, encodeFunctionData({ abi: tokenAbi, functionName, args }));
  await accepted(s.write(owner, "addTrustedContracts", [[address]]));
  await accepted(s.writeToken(owner, "transfer", [address, 1_000n]));
  await accepted(orderToken("approve", [s.manager, 50n]));
  const create = [sender.address, receiver.address, 50n];
  const call = s.encode("createChannelDelegate", create);
  await note("delegate opens, ERC20", forward(s.manager, call));
  const transfer = orderToken("transfer", [s.manager, 50n, s.createData()]);
  await note("delegate opens, ERC223", transfer);
}
