// Cached copies of paid content, so that a reload or going back costs nothing.
//
// A copy is kept for a day by the URL (with its query) and the account that paid, and found under both
// only. It is the page's own: what the answer says of caches is for caches, which could hand it to
// others. It lies in IndexedDB, which browsers have without a secure connection, too, and change as a
// whole or not at all. Nothing here fails and nothing waits for long: without a copy the page works on.
import { within } from "./waiting.js";

/** For how long a copy is kept, in milliseconds. */
export const KEPT = 24 * 60 * 60 * 1000;
/** How many copies, and how many bytes: of one, and of all. The oldest are evicted first. */
const MOST_COPIES = 30;
const MOST_BYTES_EACH = 16 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;

const DATABASE = "microraiden-page";
const STORE = "paid";
/** Storage's timeout, in milliseconds. */
const PATIENCE = 3000;

/** The copy of what this account paid for at this URL: `{ blob, at }`, or undefined. */
export function findCopy(account, url) {
  return quietly(async (store) => {
    const copy = await done(store.get(keyOf(account, url)));
    const blob = copy?.bytes ? new Blob([copy.bytes], { type: copy.type }) : copy?.blob;
    return blob instanceof Blob && isFresh(copy.at) ? { blob, at: copy.at } : undefined;
  });
}

/** Stores a copy, if it fits; returns it as `findCopy` would. */
export async function keepCopy(account, url, blob) {
  const copy = { blob, at: Date.now() };
  if (blob.size <= MOST_BYTES_EACH) {
    const entry = { key: keyOf(account, url), size: blob.size, at: copy.at };
    const put = (content) =>
      quietly(async (store) => {
        await done(store.put({ ...entry, ...content }));
        await tidy(store);
        return true;
      }, "readwrite");
    // private windows of WebKit store bytes, and no Blob
    if (!(await put({ blob }))) {
      await put({ bytes: await blob.arrayBuffer(), type: blob.type });
    }
  }
  return copy;
}

/** Evicts expired copies. */
export function dropOldCopies() {
  return quietly(tidy, "readwrite");
}

async function tidy(store) {
  const copies = await done(store.getAll());
  copies.sort((one, other) => other.at - one.at);
  let bytes = 0;
  copies.forEach(({ key, at, size }, index) => {
    bytes += size;
    if (index >= MOST_COPIES || bytes > MOST_BYTES || !isFresh(at)) {
      store.delete(key);
    }
  });
}

/** A time in the future means that the clock was set back. */
function isFresh(at) {
  const age = Date.now() - at;
  return age >= 0 && age < KEPT;
}

function keyOf(account, url) {
  return `${account.toLowerCase()} ${url}`;
}

/** Runs `work(store)` in one transaction; undefined where that fails or takes too long. */
async function quietly(work, mode = "readonly") {
  try {
    return await within(attempt(work, mode), PATIENCE, () => new Error("storage is slow"));
  } catch {
    return undefined;
  }
}

async function attempt(work, mode) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
  const database = await done(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const complete = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    complete.catch(() => {}); // work fails with the request that led to it
    const result = await work(transaction.objectStore(STORE));
    await complete;
    return result;
  } finally {
    database.close();
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
