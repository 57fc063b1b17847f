// The demo's faucet: a development account that the node itself signs for.
import { PageError } from "./page-error.js";
import { rpc } from "./rpc.js";
import { pause } from "./waiting.js";

const ONE_ETHER = 10n ** 18n;
const TRANSFER = "a9059cbb"; // transfer(address,uint256)

/** Sends one ether and tokens to `account`; `say` hears the message of what the call waits for. */
export async function fund({ rpcUrl, faucet, token, account, tokens, say, signal }) {
  say?.("run.fund-ether");
  await send({ from: faucet, to: account, value: hex(ONE_ETHER) });
  say?.("run.fund-tokens");
  const data = `0x${TRANSFER}${word(BigInt(account))}${word(tokens)}`;
  await send({ from: faucet, to: token, data });

  async function send(transaction) {
    const hash = await rpc(rpcUrl, "eth_sendTransaction", [transaction], signal);
    for (;;) {
      const receipt = await rpc(rpcUrl, "eth_getTransactionReceipt", [hash], signal);
      if (receipt?.status === "0x1") {
        return;
      }
      if (receipt) {
        throw new PageError("faucet-refused", `transaction ${hash} failed`, { hash });
      }
      await pause(300, signal);
    }
  }
}

/** A hundred tokens, or more where one file costs that much. */
export function usualGift(decimals, price) {
  const hundred = 100n * 10n ** BigInt(decimals);
  return price * 20n > hundred ? price * 20n : hundred;
}

function hex(value) {
  return `0x${value.toString(16)}`;
}

function word(value) {
  return value.toString(16).padStart(64, "0");
}
