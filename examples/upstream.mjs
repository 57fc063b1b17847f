// A plain HTTP server to sell by `microraiden-paywall --upstream http://127.0.0.1:8080`. It knows who paid by headers
// that no client can set, as long as clients reach it through the paywall alone: so it listens on this machine only.
//
//     PORT=8080 node examples/upstream.mjs
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const told = (name) => request.headers[`x-microraiden-${name}`];
  const [sender, amount, balance] = ["sender", "amount", "balance"].map(told);
  response.setHeader("content-type", "application/json");
  // A request without these headers was free.
  response.end(JSON.stringify({ path: request.url, sender, amount, balance }));
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${port}`);
});
