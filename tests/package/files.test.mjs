// Files as storage: what is stored survives any crash, and a lock is one process's, until it ends.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { fileStorage } from "../../pkg/files.js";

const linux = process.platform === "linux";

let folder;
let children = [];

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "microraiden-files-"))));
afterEach(() => {
  mock.restoreAll();
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Starts one of the scripts beside this one. */
function start(script, ...args) {
  const child = fork(join(import.meta.dirname, "support", script), args.map(String));
  children.push(child);
  return child;
}

/** A process that holds the lock. */
async function holder(name) {
  const child = start("holder.mjs", folder, name);
  await once(child, "message");
  return child;
}

/** Waits until somebody waits for a lock of this file. */
async function someoneWaits(file) {
  const { ino } = statSync(file);
  const waits = new RegExp(`-> FLOCK .*:${ino} `);
  while (!waits.test(readFileSync("/proc/locks", "utf8"))) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise, and what resolves it. */
function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test("texts are stored under any names, listed and removed", async () => {
  const storage = fileStorage(folder);
  const names = ["a", "A", "a:b/../c", "%41", "ü ~\n", `long ${"Ü/".repeat(400)}`, `long ${"Ü/".repeat(400)}!`, ".."];
  for (const [index, name] of names.entries()) await storage.set(name, `text\n${index}`);
  for (const [index, name] of names.entries()) assert.equal(await storage.get(name), `text\n${index}`);
  assert.deepEqual(await storage.names(""), [...names].sort());
  assert.deepEqual(await storage.names("a"), ["a", "a:b/../c"]);
  assert.deepEqual(await storage.names("long Ü"), names.slice(5, 7));
  assert.equal(await storage.get("b"), undefined);
  await storage.set("a", "");
  assert.equal(await storage.get("a"), "");
  for (const name of names) await storage.remove(name);
  await storage.remove("never there");
  assert.deepEqual(await storage.names(""), []);
});

test("files are for their user alone, and those of others are left alone", async () => {
  const storage = fileStorage(pathToFileURL(join(folder, "new/place")));
  await storage.set("a", "1");
  await storage.lock("a", {}, () => undefined);
  const place = join(folder, "new/place");
  for (const name of ["texts", "new", "locks"]) assert.equal(statSync(join(place, name)).mode & 0o777, 0o700);
  for (const name of ["texts/a", "locks/a"]) assert.equal(statSync(join(place, name)).mode & 0o777, 0o600);
  for (const name of ["100%", "A", ".DS_Store", "x~y"]) writeFileSync(join(place, "texts", name), "?");
  assert.deepEqual(await storage.names(""), ["a"]);
});

test("one folder is one storage in a process", () => {
  assert.equal(fileStorage(folder), fileStorage(pathToFileURL(`${folder}/`)));
  for (const wrong of [undefined, "", 5, new URL("https://example.org")]) {
    assert.throws(() => fileStorage(/** @type {any} */ (wrong)), { code: "invalid-argument" });
  }
});

test("a write that is cut off leaves the text of before, or the new one", async () => {
  for (const [last, left] of [["1", "old"], ["2", "new"]]) {
    const storage = fileStorage(folder);
    await storage.set("text", "old");
    const [, signal] = await once(start("crash.mjs", folder, "text", "new", last), "exit");
    assert.equal(signal, "SIGKILL");
    assert.equal(await storage.get("text"), left);
    assert.deepEqual(await storage.names(""), ["text"]);
  }
});

test("what killed processes left half written is removed after an hour", async () => {
  mkdirSync(join(folder, "new"));
  for (const [name, age] of [["old", 3_700], ["young", 3_500]]) {
    writeFileSync(join(folder, "new", String(name)), "");
    const time = Date.now() / 1000 - Number(age);
    utimesSync(join(folder, "new", String(name)), time, time);
  }
  await fileStorage(folder).get("a");
  assert.deepEqual(readdirSync(join(folder, "new")), ["young"]);
});

test("a full disk keeps the text of before", async () => {
  const storage = fileStorage(folder);
  await storage.set("text", "old");
  const handle = await open(join(folder, "texts/text"));
  const full = () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
  mock.method(Object.getPrototypeOf(handle), "writeFile", full);
  await handle.close();
  await assert.rejects(storage.set("text", "new"), { code: "ENOSPC" });
  mock.restoreAll();
  assert.equal(await storage.get("text"), "old");
  assert.deepEqual(readdirSync(join(folder, "new")), []);
});

test("a folder that can't be made fails each call, until it can", async () => {
  const place = join(folder, "file/inside");
  writeFileSync(join(folder, "file"), "");
  const storage = fileStorage(place);
  for (const call of [storage.get("a"), storage.set("a", ""), storage.names(""), storage.lock("a", {}, () => undefined)]) {
    await assert.rejects(call, { code: "ENOTDIR" });
  }
  rmSync(join(folder, "file"));
  await storage.set("a", "1");
  assert.equal(await storage.get("a"), "1");
});

test("processes that change a text under its lock lose no change", async () => {
  const counters = Array.from({ length: 4 }, () => once(start("counter.mjs", folder, 25), "exit"));
  for (const [code] of await Promise.all(counters)) assert.equal(code, 0);
  assert.equal(await fileStorage(folder).get("count"), "100");
});

test("within a process, turns are in the order of requests", async () => {
  const storage = fileStorage(folder);
  const order = [];
  let inside = 0;
  const turn = (number) => async () => {
    inside += 1;
    await new Promise((resolve) => setImmediate(resolve));
    order.push(number);
    assert.equal(inside, 1);
    inside -= 1;
  };
  await Promise.all([1, 2, 3, 4].map((number) => storage.lock("a", {}, turn(number))));
  assert.deepEqual(order, [1, 2, 3, 4]);
});

test("a lock that another process holds is waited for", async () => {
  const storage = fileStorage(folder);
  const other = await holder("a");
  assert.equal(await storage.lock("a", { ifAvailable: true }, (lock) => lock), null);
  let released = false;
  const mine = storage.lock("a", {}, () => released);
  // Another one is free.
  assert.ok(await storage.lock("b", { ifAvailable: true }, (lock) => lock));
  released = true;
  other.send("release");
  assert.equal(await mine, true);
  assert.ok(await storage.lock("a", { ifAvailable: true }, (lock) => lock));
});

test("the lock of a process that was killed goes to one that waits, and to that one alone", async () => {
  for (let round = 0; round < 5; round += 1) {
    const dead = await holder("a");
    const waiting = [start("holder.mjs", folder, "a"), start("holder.mjs", folder, "a")];
    const held = waiting.map((child) => once(child, "message").then(() => child));
    assert.equal(await fileStorage(folder).lock("a", { ifAvailable: true }, (lock) => lock), null);
    const killed = Date.now();
    dead.kill("SIGKILL");
    const heir = await Promise.race(held);
    assert.ok(Date.now() - killed < 2_000, "it took over at once");
    // While it holds the lock, nobody else gets it: it would have said so before this process is refused.
    assert.equal(await fileStorage(folder).lock("a", { ifAvailable: true }, (lock) => lock), null);
    const [other] = held.filter((_, index) => waiting[index] !== heir);
    let second = false;
    other.then(() => (second = true));
    assert.equal(second, false);
    heir.kill("SIGKILL");
    (await other).kill("SIGKILL");
  }
});

test("a process that is killed while it waits leaves nothing behind", { skip: !linux }, async () => {
  const storage = fileStorage(folder);
  const other = await holder("a");
  const waiting = start("holder.mjs", folder, "a");
  await someoneWaits(join(folder, "locks/a"));
  waiting.kill("SIGKILL");
  await once(waiting, "exit");
  other.send("release");
  assert.ok(await storage.lock("a", {}, (lock) => lock));
});

test("a signal ends the wait, for this process and for another", async () => {
  const storage = fileStorage(folder);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(storage.lock("a", { signal }, () => assert.fail()), reason);
  const other = await holder("a");
  const controllers = [new AbortController(), new AbortController()];
  const waits = controllers.map(({ signal }) => storage.lock("a", { signal }, () => assert.fail()));
  const last = storage.lock("a", {}, (lock) => lock);
  controllers[1].abort(reason);
  await assert.rejects(waits[1], reason);
  controllers[0].abort(reason);
  await assert.rejects(waits[0], reason);
  other.send("release");
  assert.ok(await last);
});

test("what fails under a lock releases it", async () => {
  const storage = fileStorage(folder);
  const error = new Error("inside");
  await assert.rejects(storage.lock("a", {}, () => Promise.reject(error)), error);
  assert.ok(await storage.lock("a", { ifAvailable: true }, (lock) => lock));
});

test("a folder that was removed and made again has locks of its own", { skip: !linux }, async () => {
  const storage = fileStorage(folder);
  const { promise, resolve } = deferred();
  const entered = deferred();
  const first = storage.lock("a", {}, async () => {
    entered.resolve();
    await promise;
  });
  await entered.promise;
  const waiting = start("holder.mjs", folder, "a");
  const held = once(waiting, "message");
  await someoneWaits(join(folder, "locks/a"));
  rmSync(join(folder, "locks/a"));
  resolve();
  await first;
  await held;
  assert.ok(existsSync(join(folder, "locks/a")));
  assert.equal(await storage.lock("a", { ifAvailable: true }, (lock) => lock), null);
});

test("without flock(1) the error says what to install", { skip: !linux }, async () => {
  const storage = fileStorage(folder);
  const { PATH } = process.env;
  process.env.PATH = folder;
  try {
    await assert.rejects(storage.lock("a", {}, () => assert.fail()), /install util-linux/);
  } finally {
    process.env.PATH = PATH;
  }
});
