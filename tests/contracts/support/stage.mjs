// A channel manager of one generation with its token, and everything a case does with them.
import { concat, encodeFunctionData, getAddress, numberToHex, parseEventLogs } from "viem";
import { managerAbi, tokenAbi } from "../../../contracts/abi.mjs";
import { owner, receiver, sender } from "./accounts.mjs";
import { signBalanceProof, signClosing } from "./messages.mjs";

export const LIMIT = 100n * 10n ** 18n;
export const PERIOD = 500;

/** What differs by generation is asked for here, not in the cases. */
const names = {
  "0.1": { create: "createChannelERC20", topUp: "topUpERC20", proofSigner: "verifyBalanceProof" },
  "0.2": { create: "createChannel", topUp: "topUp", proofSigner: "extractBalanceProofSignature" },
};

const tokenEvents = ["Transfer", "Approval", "Minted"];

export class Stage {
  constructor({ chain, generation, artifacts, helpers, manager, token }) {
    this.chain = chain;
    this.generation = generation;
    this.old = generation === "0.1";
    this.abi = managerAbi[generation];
    this.managerArtifact = { abi: this.abi, bytecode: artifacts.manager[generation].bytecode };
    this.tokenArtifact = { abi: tokenAbi, bytecode: artifacts.token.bytecode };
    this.helpers = helpers;
    this.manager = manager;
    this.token = token;
    this.names = names[generation];
  }

  /** The same stage with another manager or token. */
  with(changes) {
    return Object.assign(Object.create(Stage.prototype), this, changes);
  }

  /** Arguments of the manager's constructor. */
  managerArgs({ token = this.token, period = PERIOD, trusted = [] } = {}) {
    return this.old ? [token, period] : [token, period, trusted];
  }

  deployManager(options) {
    return this.chain.deploy(owner.address, this.managerArtifact, this.managerArgs(options));
  }

  /** A stage with a manager of its own. */
  async withManager(options) {
    const args = this.managerArgs(options);
    const manager = await this.chain.deployed(owner.address, this.managerArtifact, args);
    return this.with({ manager, token: options?.token ?? this.token });
  }

  write(from, functionName, args) {
    return this.chain.write(from.address, this.manager, this.abi, functionName, args);
  }

  read(functionName, args) {
    return this.chain.read(this.manager, this.abi, functionName, args);
  }

  writeToken(from, functionName, args, value) {
    return this.chain.write(from.address, this.token, tokenAbi, functionName, args, value);
  }

  readToken(functionName, args) {
    return this.chain.read(this.token, tokenAbi, functionName, args);
  }

  encode(functionName, args) {
    return encodeFunctionData({ abi: this.abi, functionName, args });
  }

  /** A transaction to the manager that is not sent yet. */
  transaction(from, functionName, args) {
    return { from: from.address, to: this.manager, data: this.encode(functionName, args) };
  }

  /** The ERC223 transfer that opens a channel, not sent yet. */
  openTransaction(from, to, deposit) {
    const args = [this.manager, deposit, this.createData(to, from)];
    const data = encodeFunctionData({ abi: tokenAbi, functionName: "transfer", args });
    return { from: from.address, to: this.token, data };
  }

  tokensOf(account) {
    return this.readToken("balanceOf", [account.address ?? account]);
  }

  approve(from, amount) {
    return this.writeToken(from, "approve", [this.manager, amount]);
  }

  /** Moves tokens to the manager with ERC223 data. */
  transfer(from, amount, data) {
    return this.writeToken(from, "transfer", [this.manager, amount, data]);
  }

  createData(to = receiver, from = sender) {
    return this.old ? to.address : concat([from.address, to.address]);
  }

  topUpData({ sender: from, receiver: to, block }) {
    return concat([this.createData(to, from), numberToHex(block, { size: 4 })]);
  }

  create(from, to, deposit) {
    return this.write(from, this.names.create, [to.address, deposit]);
  }

  topUp(from, { receiver: to, block }, amount) {
    return this.write(from, this.names.topUp, [to.address, block, amount]);
  }

  /** Opens a channel that has to succeed. */
  async open({ deposit = 100n, from = sender, to = receiver } = {}) {
    const receipt = await this.transfer(from, deposit, this.createData(to, from));
    if (receipt.status !== "0x1") throw new Error("The channel could not be opened.");
    return { sender: from, receiver: to, block: Number(receipt.blockNumber), deposit };
  }

  key({ sender: from, receiver: to, block }) {
    return this.read("getKey", [from.address, to.address, block]);
  }

  async info({ sender: from, receiver: to, block }) {
    const words = await this.read("getChannelInfo", [from.address, to.address, block]);
    const [key, deposit, settleBlock, closingBalance, withdrawn] = words;
    const shared = { key, deposit, settleBlock, closingBalance };
    return this.old ? shared : { ...shared, withdrawn };
  }

  /** The sender's signature of a balance, or what `changes` make of it. */
  proof(channel, balance, { by = channel.sender, ...changes } = {}) {
    const receiverAddress = channel.receiver.address;
    const message = { receiver: receiverAddress, block: channel.block, contract: this.manager };
    return signBalanceProof(this.generation, by.key, { ...message, balance, ...changes });
  }

  /** The receiver's consent to a close, or what `changes` make of it. */
  async closing(channel, balance, proof, { by = channel.receiver, ...changes } = {}) {
    const message = { sender: channel.sender.address, block: channel.block };
    const whole = { ...message, contract: this.manager, balance, ...changes };
    return signClosing(this.generation, by.key, whole, proof);
  }

  /** `closing` may be the promise that `closing()` returns. */
  async cooperativeClose(from, { receiver: to, block }, balance, proof, closing) {
    const args = [to.address, block, balance, proof, await closing];
    return this.write(from, "cooperativeClose", args);
  }

  /** Closes with both signatures as they should be. */
  closeTogether(channel, balance, from = channel.sender) {
    const proof = this.proof(channel, balance);
    const closing = this.closing(channel, balance, proof);
    return this.cooperativeClose(from, channel, balance, proof, closing);
  }

  /** A close request; in 0.1 it carries a balance proof signed by the caller. */
  requestClose(from, channel, balance) {
    const args = [channel.receiver.address, channel.block, balance];
    if (this.old) args.push(this.proof(channel, balance, { by: from }));
    return this.write(from, "uncooperativeClose", args);
  }

  /** The receiver's answer to a close request, with the sender's proof. */
  answer(channel, balance) {
    if (!this.old) return this.closeTogether(channel, balance, channel.receiver);
    const proof = this.proof(channel, balance);
    const args = [channel.receiver.address, channel.block, balance, proof];
    return this.write(channel.receiver, "uncooperativeClose", args);
  }

  settle(from, { receiver: to, block }) {
    return this.write(from, "settle", [to.address, block]);
  }

  withdraw(from, { block }, balance, proof) {
    return this.write(from, "withdraw", [block, balance, proof]);
  }

  /** The events of a receipt in order, as [name, argument, argument, …]. */
  events({ logs }) {
    const abi = [...this.abi, ...tokenAbi].filter(({ type }) => type === "event");
    const known = parseEventLogs({ abi, logs, strict: true });
    if (known.length !== logs.length) throw new Error("A log is of no known event.");
    return known.map(({ address, eventName, args }) => {
      const emitter = tokenEvents.includes(eventName) ? this.token : this.manager;
      if (getAddress(address) !== emitter) throw new Error(`Whose event is ${eventName}?`);
      return [eventName, ...Object.values(args)];
    });
  }
}
