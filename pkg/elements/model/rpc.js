// JSON-RPC to the node that the server names, for the few requests that the package does not make.
import { PageError } from "./page-error.js";

/** The node's timeout, in milliseconds. */
const ANSWER_LIMIT = 20_000;
let lastId = 0;

/** Sends a request to the node. Ends when the signal aborts, and after the timeout. */
export async function rpc(url, method, params, signal) {
  signal?.throwIfAborted();
  lastId += 1;
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(new Error("no answer in time")), ANSWER_LIMIT);
  signal?.addEventListener("abort", stop, { once: true });
  let answer;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params }),
      signal: controller.signal,
    });
    answer = await response.json();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PageError("rpc-unreachable", `${method}: ${cause.message}`, {}, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  if (answer?.error) {
    throw new PageError("rpc-error", `${method}: ${answer.error.message}`, answer.error);
  }
  return answer?.result;
}

export async function blockNumber(url, signal) {
  return Number(BigInt(await rpc(url, "eth_blockNumber", [], signal)));
}
