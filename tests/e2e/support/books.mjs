// What receiver, chain and browser each know of one sender.
import { pad } from "viem";
import { managerAbi } from "../../../contracts/abi.mjs";

/** The receiver's balance of a channel; null while it does not know the channel. */
export async function receiverBalance(stack, { sender, openBlock }) {
  const response = await stack.askReceiver(`channels/${sender}/${openBlock}`);
  if (response.status === 404) {
    return null;
  }
  // A JSON number with all its digits, which `JSON.parse` would round.
  return BigInt(/"balance":(\d+)/.exec(await response.text())[1]);
}

/** What the receiver has charged in a channel, where payments have numbers. */
export async function charged(stack, { sender, openBlock }) {
  const response = await stack.askReceiver(`channels/${sender}/${openBlock}`);
  return BigInt(/"charged":(\d+)/.exec(await response.text())[1]);
}

/** What the receiver counts in the channel that the visitor's page shows. */
export async function channelBalance(stack, visitor) {
  const { openBlock } = await visitor.channel();
  return receiverBalance(stack, { sender: await visitor.address(), openBlock });
}

/** How many channels the sender has opened, as the contract announced. */
export async function openings(stack, sender) {
  const created = await stack.publicClient.getContractEvents({
    address: stack.contract,
    abi: managerAbi[stack.generation],
    eventName: "ChannelCreated",
    fromBlock: 0n,
  });
  // The argument's name depends on the generation, its place does not.
  const topic = String(pad(sender)).toLowerCase();
  return created.filter(({ topics }) => topics[1].toLowerCase() === topic).length;
}

/** What is stored in the browser: each channel, the payments and what is left unfinished. */
export function stored(library) {
  return library.value(async ({ client }) => ({
    channels: (await client.channels()).map(
      ({ sender, openBlock, deposit, balance, exposure, state, settleBlock, pending }) => ({
        sender,
        openBlock,
        deposit,
        balance,
        exposure,
        state,
        settleBlock,
        pending: pending?.balance,
      }),
    ),
    ledger: (await client.ledger()).map(({ outcome, balance }) => ({ outcome, balance })),
    ends: await client.openEnds(),
  }));
}

/** What resuming reports, with the errors' codes. */
export function resumed(library) {
  return library.value(async ({ client }) => {
    const ends = await client.resume();
    return ends.map(({ error, ...end }) => (error ? { ...end, error: error.code } : end));
  });
}
