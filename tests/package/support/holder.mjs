// A process that takes the lock of a folder and keeps it until it is told to release it, or killed.
// node holder.mjs FOLDER NAME
import process from "node:process";
import { fileStorage } from "../../../pkg/files.js";

const [folder, name] = process.argv.slice(2);
await fileStorage(folder).lock(name, {}, async () => {
  const released = new Promise((resolve) => process.once("message", resolve));
  process.send("held");
  await released;
});
process.disconnect();
