// Constructor and getters.
import assert from "node:assert/strict";
import { encodeDeployData, toFunctionSelector, zeroAddress } from "viem";
import { owner, receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, encoderRefuses, refused, reverts } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";
import { LIMIT, PERIOD } from "../support/stage.mjs";

const UINT32_MAX = 2 ** 32 - 1;
const nothing = `0x${"00".repeat(32)}`;

export const cases = [
  both("C1", "wrong constructor arguments are refused", async (s) => {
    const encode = (args) => () => encodeDeployData({ ...s.managerArtifact, args });
    const [, , ...rest] = s.managerArgs();
    encode([s.token, 500, ...rest])();
    encoderRefuses(encode([s.token]));
    encoderRefuses(encode([s.token, 500, ...rest, 1]));
    encoderRefuses(encode([s.token, -1, ...rest]));
    encoderRefuses(encode([s.token, 2 ** 32, ...rest]));
    encoderRefuses(encode(["0x1234", 500, ...rest]));
    encoderRefuses(encode([`${s.token}00`, 500, ...rest]));
    await refused(s.chain.send({ from: owner.address, data: s.managerArtifact.bytecode }));
  }),

  both("C2", "a manager needs a token with a supply and 500 blocks to answer", async (s) => {
    await refused(s.deployManager({ token: zeroAddress }));
    await refused(s.deployManager({ token: stranger.address }));
    // The hash function at this address answers every call with a number, but it has no code.
    await refused(s.deployManager({ token: `0x${"2".padStart(40, "0")}` }));
    const noToken = await s.chain.deployed(owner.address, s.helpers.NoToken, []);
    await refused(s.deployManager({ token: noToken }));
    const empty = await s.chain.deployed(owner.address, s.tokenArtifact, [0n, "Empty", "E", 18]);
    await refused(s.deployManager({ token: empty }));
    await refused(s.deployManager({ period: 0 }));
    await refused(s.deployManager({ period: 499 }));
    await accepted(s.deployManager({ period: 500 }));
  }),

  both("C3", "what the constructor got can be read back", async (s) => {
    const big = await s.withManager({ period: UINT32_MAX });
    assert.equal(await big.read("challenge_period"), UINT32_MAX);
    assert.equal(await s.read("challenge_period"), PERIOD);
    assert.equal(await s.read("token"), s.token);
    assert.equal(await s.read("channel_deposit_bugbounty_limit"), LIMIT);
    assert.equal(await s.tokensOf(s.manager), 0n);
    assert.equal(BigInt(await s.chain.rpc("eth_getBalance", s.manager, "latest")), 0n);
    assert.deepEqual(await s.read("channels", [nothing]), [0n, 0]);
    assert.deepEqual(await s.read("closing_requests", [nothing]), [0n, 0]);
    if (s.old) return;
    assert.equal(await s.read("owner_address"), owner.address);
    assert.equal(await s.read("withdrawn_balances", [nothing]), 0n);
    assert.equal(await s.read("trusted_contracts", [s.token]), false);
  }),

  both("C4", "the version names the generation", async (s) => {
    assert.equal(await s.read("version"), `${s.generation}.0`);
  }),

  both("C5", "exactly the public functions can be called", async (s) => {
    const code = await s.chain.rpc("eth_getCode", s.manager, "latest");
    const dispatches = (selector) => code.includes(`63${selector.slice(2)}`);
    for (const entry of s.abi.filter(({ type }) => type === "function")) {
      assert.ok(dispatches(toFunctionSelector(entry)), `${entry.name} is missing`);
    }
    const hidden = [
      "createChannelPrivate(address,address,uint192)",
      "updateInternalBalanceStructs(address,address,uint32,uint192)",
      "initChallengePeriod(address,uint32,uint192)",
      "settleChannel(address,address,uint32,uint192)",
      "addressHasCode(address)",
      "_createChannel(address,address,uint192)",
      "_topUp(address,address,uint32,uint192)",
      "_settleChannel(address,address,uint32,uint192)",
      "_storeChannel(address,address,uint192)",
      "_raiseDeposit(bytes32,uint192)",
      "_removeChannel(bytes32,uint192)",
      s.old ? "createChannel(address,uint192)" : "createChannelERC20(address,uint192)",
      s.old ? "withdraw(uint32,uint192,bytes)" : "verifyBalanceProof(address,uint32,uint192,bytes)",
    ];
    const words = "00".repeat(32 * 5);
    for (const signature of hidden) {
      const selector = toFunctionSelector(signature);
      assert.ok(!dispatches(selector), `${signature} can be called`);
      await refused(s.chain.send({ from: owner.address, to: s.manager, data: selector + words }));
    }
  }),

  both("C6", "getChannelInfo knows exactly the channels that exist", async (s) => {
    const channel = await s.open({ deposit: 7n });
    const { block } = channel;
    await reverts(s.info({ ...channel, block: block + 1 }));
    await reverts(s.info({ ...channel, block: block - 1 }));
    await reverts(s.info({ ...channel, sender: stranger }));
    await reverts(s.info({ ...channel, receiver: rival }));
    await reverts(s.info({ sender: receiver, receiver: sender, block }));
    const fresh = { key: await s.key(channel), deposit: 7n, settleBlock: 0, closingBalance: 0n };
    assert.deepEqual(await s.info(channel), s.old ? fresh : { ...fresh, withdrawn: 0n });
  }),
];
