// A process that stores a text and is killed right after it synced something for the n-th time.
// node crash.mjs FOLDER NAME TEXT N
import { open } from "node:fs/promises";
import process from "node:process";
import { fileStorage } from "../../../pkg/files.js";

const [folder, name, text, last] = process.argv.slice(2);
const storage = fileStorage(folder);
await storage.get(name);
const handle = await open(process.execPath);
const methods = Object.getPrototypeOf(handle);
const { sync } = methods;
let count = 0;
methods.sync = async function () {
  await sync.call(this);
  count += 1;
  if (count === Number(last)) process.kill(process.pid, "SIGKILL");
};
await storage.set(name, text);
