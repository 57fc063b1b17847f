// When blocks were made, and how fast they come.
import { rpc } from "./rpc.js";

/** How many blocks the block time is measured over. */
const SAMPLE = 200n;
/** How long the newest block is one, in milliseconds. */
const FRESH = 30_000;

/** A block's number and its time, in seconds; `name` is `latest` or a number in hex. */
export async function readBlock(url, name) {
  const { number, timestamp } = await rpc(url, "eth_getBlockByNumber", [name, false]);
  return { number: BigInt(number), timestamp: BigInt(timestamp) };
}

/** The newest block, and the recent block time in seconds, if there is one. */
export async function measurePace(url) {
  const newest = await readBlock(url, "latest");
  const back = newest.number < SAMPLE ? newest.number : SAMPLE;
  if (back === 0n) {
    return { newest, pace: undefined };
  }
  const older = await readBlock(url, hex(newest.number - back));
  const seconds = Number(newest.timestamp - older.timestamp) / Number(back);
  return { newest, pace: seconds > 0 ? seconds : undefined };
}

/** Times of blocks, each looked up in the background when it is asked for; until it is known it is undefined. */
export class BlockTimes {
  #url;
  #changed;
  #made = new Map();
  #asked = new Set();
  #pace;
  #measured = 0;

  /** Without a URL nothing becomes known. `changed()` hears of what has become known. */
  constructor(url, changed) {
    this.#url = url;
    this.#changed = changed;
  }

  /** When a block was made, as of `Date.now()`. */
  made(block) {
    const time = this.#made.get(block);
    if (time === undefined) {
      this.#look(`block ${block}`, async () => {
        const { timestamp } = await readBlock(this.#url, hex(BigInt(block)));
        this.#made.set(block, Number(timestamp) * 1000);
      });
    }
    return time;
  }

  /** In how many seconds a block will be made, about; 0 if it is there. */
  until(block) {
    if (Date.now() - this.#measured > FRESH) {
      this.#look("pace", async () => {
        this.#pace = await measurePace(this.#url);
        this.#measured = Date.now();
      });
    }
    const { newest, pace } = this.#pace ?? {};
    const blocks = newest === undefined ? undefined : BigInt(block) - newest.number;
    if (blocks === undefined || pace === undefined) {
      return undefined;
    }
    return blocks <= 0n ? 0 : Number(blocks) * pace;
  }

  #look(name, work) {
    if (this.#url && !this.#asked.has(name)) {
      this.#asked.add(name);
      // What fails is asked for again when it is wanted again.
      work().then(this.#changed, () => {}).finally(() => this.#asked.delete(name));
    }
  }
}

function hex(block) {
  return `0x${block.toString(16)}`;
}
