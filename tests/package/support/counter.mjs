// A process that counts up a stored number so many times, each time under the lock.
// node counter.mjs FOLDER TIMES
import process from "node:process";
import { fileStorage } from "../../../pkg/files.js";

const [folder, times] = process.argv.slice(2);
const storage = fileStorage(folder);
const count = async () => storage.set("count", String(Number((await storage.get("count")) ?? 0) + 1));
for (let done = 0; done < Number(times); done += 1) await storage.lock("count", {}, count);
