// A node between the page and the chain's that says what a test makes of its answers.
import { Loopback } from "./loopback.mjs";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "*",
  "access-control-allow-headers": "*",
};

/** What a node answers to a call that reverts. */
export const REVERTED = { error: { code: 3, message: "execution reverted", data: "0x" } };

/** Whether an answer is the receipt of a transaction that emitted something. */
export function isReceipt({ method }, { result }) {
  return method === "eth_getTransactionReceipt" && (result?.logs.length ?? 0) > 0;
}

/**
 * @typedef {{ method: string, params: any[] }} Call
 * @typedef {{ result?: any, error?: object }} Answer
 */
export class AlteredNode {
  /** @type {(call: Call) => Call} what the chain's node is asked instead. */
  ask = (call) => call;
  /** @type {(call: Call, answer: Answer) => Answer} what the page is told instead. */
  tell = (_, answer) => answer;
  #target;
  #loopback;

  static async to(url) {
    const node = new AlteredNode();
    node.#target = url;
    node.#loopback = await Loopback.start((...client) => node.#serve(...client));
    return node;
  }

  get url() {
    return this.#loopback.url;
  }

  stop() {
    return this.#loopback.stop();
  }

  async #serve(/** @type {any} */ { method }, response, body) {
    if (method === "OPTIONS") {
      response.writeHead(200, CORS).end();
      return;
    }
    const call = JSON.parse(body);
    const asked = await fetch(this.#target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...call, ...this.ask(call) }),
    });
    const { jsonrpc, id, ...answer } = await asked.json();
    const told = { jsonrpc, id, ...this.tell(call, answer) };
    const headers = { ...CORS, "content-type": "application/json" };
    response.writeHead(200, headers).end(JSON.stringify(told));
  }
}

/** The number with so much added, as hex. */
const moved = (hex, by) => `0x${(BigInt(hex) + by).toString(16)}`;

/** Whether a block is named by its number, and not as the latest one. */
const isNumber = (tag) => typeof tag === "string" && tag.startsWith("0x");

/** Whether a block is one of those that a filter asks for. */
function isWithin(block, { fromBlock, toBlock }) {
  const below = isNumber(fromBlock) && BigInt(block) < BigInt(fromBlock);
  return !below && !(isNumber(toBlock) && BigInt(block) > BigInt(toBlock));
}

/**
 * Makes the node one of a chain that counts so many blocks more than its contracts do, and that says so in
 * its receipts and blocks (`l1BlockNumber`) if it `tells`.
 */
export function aboveAnotherChain(node, by, { tells }) {
  const down = (tag) => (isNumber(tag) ? moved(tag, BigInt(tag) < by ? 0n : -by) : tag);
  /** There is nothing in the blocks below, which the chain's node does not have. */
  const downToFirst = (tag) => (isNumber(tag) && BigInt(tag) < by ? "0x0" : down(tag));
  const place = (entry, field) => ({
    ...entry,
    ...(tells && { l1BlockNumber: entry[field] }),
    [field]: moved(entry[field], by),
  });
  node.ask = ({ method, params }) => {
    if (method === "eth_getLogs") {
      const [{ fromBlock, toBlock, ...filter }] = params;
      const range = { fromBlock: downToFirst(fromBlock), toBlock: downToFirst(toBlock) };
      return { method, params: [{ ...filter, ...range }] };
    }
    if (method === "eth_getBlockByNumber") {
      return { method, params: [down(params[0]), params[1]] };
    }
    return method === "eth_call" ? { method, params: [params[0], down(params[1])] } : { method, params };
  };
  node.tell = ({ method, params }, answer) => {
    const { result } = answer;
    if (!result) {
      return answer;
    }
    const logs = (list) => list.map((log) => ({ ...log, blockNumber: moved(log.blockNumber, by) }));
    switch (method) {
      case "eth_blockNumber":
        return { result: moved(result, by) };
      case "eth_getTransactionReceipt":
        return { result: { ...place(result, "blockNumber"), logs: logs(result.logs) } };
      case "eth_getBlockByNumber":
        return { result: place(result, "number") };
      case "eth_getLogs":
        return { result: logs(result).filter(({ blockNumber }) => isWithin(blockNumber, params[0])) };
      default:
        return answer;
    }
  };
}
