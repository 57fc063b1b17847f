// What the classes have beyond the module: values to keep and to send, and changes to subscribe to or to wait for.
import { aborted, Channel, MicroRaiden } from "./dist/microraiden.js";
import { optionsOf, refused, tag } from "./module.js";

/** Read from the stored record each time. */
const STORED = ["deposit", "balance", "exposure", "remaining", "balanceKnown", "state", "settleBlock", "pending", "inFlight", "gateway"];

/** How many events wait for their reader. */
const MOST_EVENTS = 16;

/** The same for JSON, which has no bigints. */
function toJSON() {
  const text = JSON.stringify(this.snapshot(), (_, value) => (typeof value === "bigint" ? String(value) : value));
  return JSON.parse(text, (_, value) => Object.freeze(value));
}

/** An iterator by hand: a generator's `return` would wait for the next event. */
function events(options) {
  const { signal } = optionsOf(options, ["signal"]);
  if (signal !== undefined && tag(signal) !== "AbortSignal") throw refused("signal", "an AbortSignal");
  const kept = [];
  const waiting = [];
  let dropped = 0;
  /** How `next` answers once nothing more comes. */
  let last;
  const end = (answer) => {
    if (last) return;
    last = answer;
    for (const stop of stops) stop();
    for (const resolve of waiting.splice(0)) resolve(last());
  };
  const done = async () => ({ value: undefined, done: true });
  const abort = () => {
    kept.length = 0;
    end(() => {
      last = done;
      return Promise.reject(aborted(signal.reason));
    });
  };
  const take = () => {
    const value = Object.freeze({ type: "change", snapshot: kept.shift(), dropped });
    dropped = 0;
    return { value, done: false };
  };
  const stops = [
    this.on("change", (snapshot) => {
      if (kept.push(snapshot) > MOST_EVENTS) {
        kept.shift();
        dropped += 1;
      }
      if (waiting.length > 0) waiting.shift()(take());
    }),
    this.on("forgotten", () => end(done)),
    () => signal?.removeEventListener("abort", abort),
  ];
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  return {
    next() {
      if (kept.length > 0) return Promise.resolve(take());
      return last ? last() : new Promise((resolve) => void waiting.push(resolve));
    },
    return() {
      kept.length = 0;
      end(done);
      return done();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Told of everything that a snapshot of the client shows. */
function subscribe(listener) {
  if (typeof listener !== "function") throw refused("listener", "a function");
  const ends = ["change", "frozen"].map((event) => this.on(event, () => listener()));
  return () => ends.forEach((end) => end());
}

function getSnapshot() {
  return this.snapshot();
}

/** Adds them to the classes. */
export function addValues() {
  for (const name of STORED) {
    const get = function () {
      return this.snapshot()[name];
    };
    Object.defineProperty(Channel.prototype, name, { get, configurable: true });
  }
  const add = (type, methods) => {
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(type.prototype, name, { value, configurable: true, writable: true });
    }
  };
  add(Channel, { events, toJSON });
  add(MicroRaiden, { getSnapshot, subscribe, toJSON });
}

/** A getter of a method that keeps its object when it is passed on alone, and stays the same function. */
export const boundOnce = (name, method) =>
  function () {
    const value = method.bind(this);
    Object.defineProperty(this, name, { value });
    return value;
  };
