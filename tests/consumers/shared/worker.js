import * as library from "microraiden";
import { pay } from "./pay.js";

addEventListener("message", async ({ data: { port, query } }) => {
  try {
    await library.useStorage(port);
    postMessage(await pay(library, query));
  } catch (error) {
    postMessage(`failed ${error?.code} ${error?.message} ${error?.cause ?? ""}`);
  }
});
