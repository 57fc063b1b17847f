// Files as a client's storage in Node: `connect({ storage: fileStorage(folder) })`.
//
// A text is a file in `texts/`. It is written to `new/`, synced, renamed and its folder synced, so that after a crash
// there is the old text or the new one, whole, and what was said to be stored is.
//
// A lock is a file in `locks/` that stays, and on which the kernel holds an exclusive lock for this process. The kernel
// releases it when the process ends, however it ends, and gives it to one that waits. So no process ever has to find
// out whether another one is dead, which can't be done without mistakes: heartbeats time out while a process is
// suspended, numbers of processes are used again and mean nothing in another container, and two that find a stale lock
// file may both replace it. A socket's address is freed by the kernel, too, but containers that share a folder do not
// share addresses. Node itself can ask for such a lock only outside of Linux:
//
// - Linux: flock(1), of util-linux or BusyBox, is given our open file. It locks that for both of us and ends; the lock
//   is ours until we close the file. It also waits for us, in the kernel's queue.
// - macOS, BSD and Windows: the file is opened with O_EXLOCK, which fails while another process has it open so. The
//   wait is by asking again after a pause.
//
// The limits are those of such locks: the folder must be on a disk of this machine. On network file systems locks may
// be missing or be lost, and two machines must not pay from one folder.
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { constants, mkdir, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { refused } from "./module.js";

/** Longer file names are cut, and end with a hash; file systems take 255 bytes. */
const LONGEST = 200;

/** Files in `new/` that are older, in milliseconds, were left by a process that was killed. */
const ABANDONED = 3_600_000;

/** Pauses between two looks at a lock, in milliseconds, where there is no queue. */
const PAUSES = { first: 5, longest: 80 };

/** `O_EXLOCK` where Node has no name for it: that of BSD, and libuv's own for Windows. */
const EXCLUSIVE = { darwin: 0x20, freebsd: 0x20, openbsd: 0x20, win32: 0x1000_0000 }[process.platform];

/** A file's name: the bytes of a text's name, all but `a-z`, `0-9`, `_` and `-` escaped. Some disks know no case. */
function fileOf(name) {
  const bytes = Buffer.from(name, "utf8").toString("latin1");
  const plain = bytes.replace(/[^a-z0-9_-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  if (plain.length <= LONGEST) return plain;
  return `${plain.slice(0, LONGEST - 64)}~${createHash("sha256").update(name).digest("hex")}`;
}

/** The name of a file's text, by what tells it; `undefined`: the file is none of ours. */
function nameOf(file, tell) {
  try {
    const name = tell();
    return fileOf(name) === file ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file of this name begins with the name of its text, in JSON and a line of its own. */
const isCut = (file) => file.includes("~");

const absent = (error) => {
  if (error.code !== "ENOENT") throw error;
};

/** Makes names durable. Windows has no such call, and needs none. */
async function syncFolder(folder) {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether flock(1) has locked the file; it waits unless the lock is wanted only if it is free. */
async function isLocked(handle, signal, ifAvailable) {
  const options = [...(ifAvailable ? ["-n"] : []), "-x", "3"];
  const child = spawn("flock", options, { stdio: ["ignore", "ignore", "ignore", handle.fd], signal, killSignal: "SIGKILL" });
  const code = await new Promise((done, fail) => {
    child.on("exit", done);
    child.on("error", (cause) => {
      fail(cause.code === "ENOENT" ? new Error("flock(1) is not on the PATH: install util-linux", { cause }) : cause);
    });
  });
  if (code !== 0 && !(ifAvailable && code === 1)) throw new Error(`flock(1) ended with ${code}`);
  return code === 0;
}

/** Opens and locks a file; `undefined`: it is taken. */
async function openLocked(path, signal, ifAvailable) {
  const flags = constants.O_RDWR | constants.O_CREAT;
  if (process.platform === "linux" || process.platform === "android") {
    const handle = await open(path, flags, 0o600);
    try {
      if (await isLocked(handle, signal, ifAvailable)) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }
  if (EXCLUSIVE === undefined) throw new Error(`there are no locks of files on ${process.platform}`);
  for (let wait = PAUSES.first; ; wait = Math.min(2 * wait, PAUSES.longest)) {
    try {
      return await open(path, flags | EXCLUSIVE | (constants.O_NONBLOCK ?? 0), 0o600);
    } catch (error) {
      if (error.code !== "EAGAIN" && error.code !== "EBUSY") throw error;
    }
    if (ifAvailable) return undefined;
    await pause(wait * (0.5 + Math.random()), undefined, { signal });
  }
}

/** The same of the file that is there: whoever removed the folder also removed the lock. */
async function hold(path, signal, ifAvailable) {
  for (;;) {
    const handle = await openLocked(path, signal, ifAvailable);
    if (!handle) return undefined;
    try {
      signal?.throwIfAborted();
      const [ours, there] = await Promise.all([handle.stat(), stat(path).catch(absent)]);
      if (ours.ino === there?.ino && ours.dev === there?.dev) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  }
}

/** Turns within this process, in the order of requests. */
class Queue {
  /** Those that wait, by the name of what is taken. */
  #waiting = new Map();

  /** Waits for a turn; what is returned ends it. `undefined`: it is taken. */
  async enter(name, signal, ifAvailable) {
    const leave = () => {
      const next = this.#waiting.get(name).shift();
      if (next) next();
      else this.#waiting.delete(name);
    };
    signal?.throwIfAborted();
    const waiting = this.#waiting.get(name);
    if (!waiting) {
      this.#waiting.set(name, []);
      return leave;
    }
    if (ifAvailable) return undefined;
    await new Promise((done, fail) => {
      const next = () => {
        signal?.removeEventListener("abort", abort);
        done(undefined);
      };
      const abort = () => {
        waiting.splice(waiting.indexOf(next), 1);
        fail(signal.reason);
      };
      waiting.push(next);
      signal?.addEventListener("abort", abort, { once: true });
    });
    return leave;
  }
}

class FileStorage {
  #folder;
  #ready;
  #queue = new Queue();
  /** The names of texts whose files' names are cut. */
  #cut = new Map();

  constructor(folder) {
    this.#folder = folder;
  }

  /** A folder of ours. */
  async #in(name) {
    this.#ready ??= this.#prepare().catch((error) => {
      // The next call tries again.
      this.#ready = undefined;
      throw error;
    });
    await this.#ready;
    return join(this.#folder, name);
  }

  async #prepare() {
    for (const name of ["texts", "new", "locks"]) {
      await mkdir(join(this.#folder, name), { recursive: true, mode: 0o700 });
    }
    await syncFolder(this.#folder);
    const fresh = join(this.#folder, "new");
    for (const name of await readdir(fresh)) {
      const { mtimeMs } = (await stat(join(fresh, name)).catch(absent)) ?? { mtimeMs: Date.now() };
      if (Date.now() - mtimeMs > ABANDONED) await rm(join(fresh, name), { force: true });
    }
  }

  async get(name) {
    const file = fileOf(name);
    const content = await readFile(join(await this.#in("texts"), file), "utf8").catch(absent);
    return content !== undefined && isCut(file) ? content.slice(content.indexOf("\n") + 1) : content;
  }

  async set(name, text) {
    const file = fileOf(name);
    const [texts, fresh] = [await this.#in("texts"), join(await this.#in("new"), randomUUID())];
    try {
      const handle = await open(fresh, "wx", 0o600);
      try {
        await handle.writeFile(isCut(file) ? `${JSON.stringify(name)}\n${text}` : text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(fresh, join(texts, file));
      await syncFolder(texts);
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => {});
      throw error;
    }
  }

  async remove(name) {
    const texts = await this.#in("texts");
    await rm(join(texts, fileOf(name)), { force: true });
    await syncFolder(texts);
  }

  async names(prefix) {
    const texts = await this.#in("texts");
    const names = [];
    for (const file of await readdir(texts)) {
      const name = isCut(file) ? await this.#readName(texts, file) : nameOf(file, () => decodeURIComponent(file));
      if (name?.startsWith(prefix)) names.push(name);
    }
    return names.sort();
  }

  /** The name of a text whose file's name is cut; `undefined`: it was removed meanwhile. */
  async #readName(texts, file) {
    if (!this.#cut.has(file)) {
      const content = await readFile(join(texts, file), "utf8").catch(absent);
      if (content === undefined) return undefined;
      this.#cut.set(file, nameOf(file, () => JSON.parse(content.slice(0, content.indexOf("\n")))));
    }
    return this.#cut.get(file);
  }

  async lock(name, { signal, ifAvailable = false } = {}, run) {
    const path = join(await this.#in("locks"), fileOf(name));
    const leave = await this.#queue.enter(name, signal, ifAvailable);
    try {
      const handle = leave && (await hold(path, signal, ifAvailable).catch((error) => {
        signal?.throwIfAborted();
        throw error;
      }));
      if (!handle) return await run(null);
      try {
        return await run({ name });
      } finally {
        await handle.close();
      }
    } finally {
      leave?.();
    }
  }

  /** Files are kept. */
  persist() {
    return Promise.resolve(true);
  }
}

/** The storages of this process: those of one folder are one, which knows its own changes. */
const known = new Map();

export function fileStorage(folder) {
  const path = folder instanceof URL && folder.protocol === "file:" ? fileURLToPath(folder) : folder;
  if (typeof path !== "string" || path === "") throw refused("folder", "the path or file: URL of a folder");
  const place = resolve(path);
  if (!known.has(place)) known.set(place, new FileStorage(place));
  return known.get(place);
}
