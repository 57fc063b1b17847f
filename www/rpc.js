// JSON-RPC to the node named by the server, for the few questions the package does not answer.
import { PageError } from "./page-error.js";

let lastId = 0;

export async function rpc(url, method, params, signal) {
  lastId += 1;
  let answer;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params }),
      signal,
    });
    answer = await response.json();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PageError("rpc-unreachable", `${method}: ${cause.message}`, {}, cause);
  }
  if (answer.error) {
    throw new PageError("rpc-error", `${method}: ${answer.error.message}`, answer.error);
  }
  return answer.result;
}

export async function blockNumber(url, signal) {
  return Number(BigInt(await rpc(url, "eth_blockNumber", [], signal)));
}

/** Resolves after `ms`; rejects as soon as the signal aborts. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", stop, { once: true });
    function done() {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
