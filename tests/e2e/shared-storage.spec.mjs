// A port of `shareStorage` gives what this library has stored, and nothing else of the page.
import { expect, test } from "./support/fixtures.mjs";

test("a port of shareStorage reads, writes and lists the library's own texts only", async ({
  library,
}) => {
  const answers = await library.value(async ({ library: { shareStorage } }) => {
    localStorage.setItem("session", "secret");
    const port = shareStorage();
    const requests = [
      { op: "read", name: "session" },
      { op: "write", name: "session", text: "stolen" },
      { op: "remove", name: "session" },
      { op: "names", name: "" },
      { op: "names", name: "micro" },
      { op: "anything", name: "microraiden:" },
      { op: "write", name: "microraiden:test", text: "ours" },
      { op: "read", name: "microraiden:test" },
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
    ...Array(5).fill(refused),
    "invalid-argument",
    null,
    "ours",
    "secret",
  ]);
});
