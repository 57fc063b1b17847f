// One development chain: JSON-RPC, transactions of its unlocked accounts, blocks.
import {
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  toHex,
} from "viem";

/** Enough for every transaction of these tests, so that running out of gas is never a reason. */
const gas = toHex(8_000_000);

export class Chain {
  #url;
  #id = 0;

  constructor(url) {
    this.#url = url;
  }

  async rpc(method, ...params) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.#url, { method: "POST", headers, body });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { code: error.code });
    return result;
  }

  /** Sends a transaction and returns its receipt, whether it was reverted or not. */
  async send(transaction) {
    return this.receipt(await this.rpc("eth_sendTransaction", { gas, ...transaction }));
  }

  /** Polls for the receipt: anvil answers the sending before it has mined. */
  async receipt(hash) {
    for (let tries = 0; tries < 5_000; tries++) {
      const receipt = await this.rpc("eth_getTransactionReceipt", hash);
      if (receipt) return receipt;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`The transaction ${hash} is not being mined.`);
  }

  /** Sends all transactions, in order for each account, and mines them in one block. */
  async sendInOneBlock(transactions) {
    await this.rpc("evm_setAutomine", false);
    try {
      const hashes = [];
      for (const transaction of transactions) {
        hashes.push(await this.rpc("eth_sendTransaction", { gas, ...transaction }));
      }
      await this.mine(1);
      return await Promise.all(hashes.map((hash) => this.receipt(hash)));
    } finally {
      await this.rpc("evm_setAutomine", true);
    }
  }

  deploy(from, { abi, bytecode }, args) {
    return this.send({ from, data: encodeDeployData({ abi, bytecode, args }) });
  }

  async deployed(from, artifact, args) {
    const receipt = await this.deploy(from, artifact, args);
    if (receipt.status !== "0x1") throw new Error("The deployment was reverted.");
    return getAddress(receipt.contractAddress);
  }

  write(from, to, abi, functionName, args, value = 0n) {
    const data = encodeFunctionData({ abi, functionName, args });
    return this.send({ from, to, data, value: toHex(value) });
  }

  /** Calls a view function; rejects when it reverts. */
  async read(to, abi, functionName, args = []) {
    const data = encodeFunctionData({ abi, functionName, args });
    const result = await this.rpc("eth_call", { to, data }, "latest");
    return decodeFunctionResult({ abi, functionName, args, data: result });
  }

  async blockNumber() {
    return Number(await this.rpc("eth_blockNumber"));
  }

  mine(blocks) {
    return blocks > 0 ? this.rpc("anvil_mine", toHex(blocks)) : undefined;
  }

  /** Mines so that the next transaction lands in this block. */
  async mineUpTo(block) {
    await this.mine(block - 1 - (await this.blockNumber()));
  }

  /** Runs something and puts the chain back to where it was. */
  async undoing(run) {
    const snapshot = await this.rpc("evm_snapshot");
    try {
      return await run();
    } finally {
      await this.rpc("evm_revert", snapshot);
    }
  }
}
