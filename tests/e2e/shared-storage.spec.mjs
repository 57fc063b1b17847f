// A port of `shareStorage` gives what this library has stored, shows what the original one has, and nothing else of the
// page.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { startWorker } from "./support/worker-page.mjs";

test("a port of shareStorage gives the library's own texts, and shows those of the original library", core, async ({
  library,
}) => {
  const answers = await library.value(async ({ library: { shareStorage } }) => {
    localStorage.setItem("session", "secret");
    localStorage.setItem("0x12|0x34", "original");
    const port = shareStorage();
    const requests = [
      { op: "read", name: "session" },
      { op: "write", name: "session", text: "stolen" },
      { op: "remove", name: "session" },
      { op: "names", name: "" },
      { op: "names", name: "micro" },
      { op: "write", name: "0x12|0x34", text: "stolen" },
      { op: "remove", name: "0x12|0x34" },
      { op: "anything", name: "microraiden:" },
      { op: "write", name: "microraiden:test", text: "ours" },
      { op: "read", name: "microraiden:test" },
      { op: "names", name: "0x" },
      { op: "read", name: "0x12|0x34" },
    ];
    const told = [];
    for (const [id, request] of requests.entries()) {
      const answer = new Promise((resolve) => {
        port.onmessage = ({ data }) => data.id === id && resolve(data);
      });
      port.postMessage({ id, ...request });
      const { error, value } = await answer;
      told.push(error ?? value);
    }
    return [...told, localStorage.getItem("session")];
  });
  const refused = "storage-unavailable";
  expect(answers).toEqual([
    ...Array(7).fill(refused),
    "invalid-argument",
    null,
    "ours",
    ["0x12|0x34"],
    "original",
    "secret",
  ]);
});

test("a worker opens the channel that it pays from", core, async ({ library, stack, page }) => {
  const { contract, rpcUrl, url } = stack;
  const hex = await library.value(async ({ library: { LocalKey } }) => (await LocalKey.load()).toHex());
  const worker = await startWorker(page, { contract, rpcUrl, url, hex }, { storage: true });
  const paid = await worker.value(async ({ library, hex, contract, rpcUrl, url, argument: price }) => {
    const wallet = library.LocalKey.fromHex(hex);
    const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const pay = client.fetch({ maxPrice: price, deposit: price });
    return (await pay(`${url}/doggo.jpg`)).status;
  }, PRICE);
  expect(paid).toBe(200);
});
