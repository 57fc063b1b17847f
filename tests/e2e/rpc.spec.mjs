// What `rpc` may be: a URL, one with headers, an EIP-1193 provider, or several that stand in for each other.
import { core, coreIf } from "./support/core.mjs";
import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

const NODE = "https://node.example.org/v2";
const KEY = "not for everybody";

/** A node that answers only who sends the key; the requests that it refused. */
async function guardedNode({ page, stack }) {
  const refused = [];
  const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
  await page.route(NODE, async (route) => {
    const request = route.request();
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers: cors });
    const { "x-api-key": key, "content-type": type } = request.headers();
    if (key !== KEY || type !== "application/json") {
      refused.push(request.postDataJSON().method);
      return route.fulfill({ status: 401, headers: cors, body: "no key" });
    }
    const response = await fetch(stack.rpcUrl, { method: "POST", headers: { "Content-Type": type }, body: request.postData() });
    return route.fulfill({ status: response.status, headers: cors, body: await response.text() });
  });
  return refused;
}

/** In the page: nodes by their kinds. */
const withNodes = (work) => `async (setting) => {
  const { rpcUrl, node, apiKey } = setting;
  let asked = 0;
  const provider = {
    request: async ({ method, params = [] }) => {
      asked += 1;
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const response = await fetch(rpcUrl, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      const { result, error } = await response.json();
      if (error) throw Object.assign(new Error(error.message), error);
      return result;
    },
  };
  const nodes = {
    "a URL object": new URL(rpcUrl),
    "a URL with headers": { url: node, headers: { "X-Api-Key": apiKey } },
    "a URL object with Headers": { url: new URL(node), headers: new Headers({ "X-Api-Key": apiKey }) },
    "a provider": provider,
    "a dead node and a provider": ["http://127.0.0.1:9/", provider],
    "a refusing node and one with headers": [node, { url: node, headers: { "X-Api-Key": apiKey } }],
  };
  return (${work})({ ...setting, nodes, asked: () => asked });
}`;

const KINDS = {
  "a URL object": { refused: [], asked: false },
  "a URL with headers": { refused: [], asked: false },
  "a URL object with Headers": { refused: [], asked: false },
  "a provider": { refused: [], asked: true },
  "a dead node and a provider": { refused: [], asked: true },
  // The first is asked once, and the other one preferred from then on; transactions are handed in at both.
  "a refusing node and one with headers": {
    refused: ["eth_chainId", "eth_sendRawTransaction", "eth_sendRawTransaction"],
    asked: false,
  },
};

for (const [kind, expected] of Object.entries(KINDS)) {
  test(`a channel lives by ${kind}`, coreIf(kind === "a dead node and a provider"), async ({ library, stack }) => {
    const refused = await guardedNode({ page: library.page, stack });
    const more = { kind, node: NODE, apiKey: KEY, deposit: DEPOSIT, price: PRICE };
    const lived = await library.with(more).value(
      withNodes(async ({ library, client: funded, nodes, kind, contract, url, deposit, price, asked }) => {
        const wallet = await library.LocalKey.load();
        const client = await library.MicroRaiden.connect({ wallet, contract, rpc: nodes[kind] });
        const pay = client.payingFetch({ maxPrice: price, deposit });
        const { status } = await pay(`${url}/doggo.jpg`);
        const [channel] = await client.channels();
        const { balance } = await channel.close();
        return { status, balance, same: client.sender === funded.sender, asked: asked() > 0 };
      }),
    );
    expect(lived).toEqual({ status: 200, balance: PRICE, same: true, asked: expected.asked });
    expect(refused).toEqual(expected.refused);
  });
}

test("the name of before still works", async ({ library }) => {
  const connected = await library.value(async ({ library, client, contract, rpcUrl }) => {
    const wallet = await library.LocalKey.load();
    const { sender } = await library.MicroRaiden.connect({ wallet, contract, rpcUrl });
    return sender === client.sender;
  });
  expect(connected).toBe(true);
});

test("what is no node is refused by name, and no header is shown", core, async ({ library }) => {
  const refused = await library.value(async ({ library, contract, rpcUrl }) => {
    const wallet = await library.LocalKey.load();
    const secret = "a secret\n";
    const rpcs = {
      nothing: undefined,
      none: [],
      number: 8545,
      empty: {},
      "another object": { href: rpcUrl },
      "a misspelt option": { url: rpcUrl, header: {} },
      "headers as text": { url: rpcUrl, headers: "X-Api-Key: 1" },
      "a bad header": { url: rpcUrl, headers: { "X-Api-Key": secret + secret } },
      "a bad one in a list": [rpcUrl, null],
    };
    const refused = {};
    for (const [name, rpc] of Object.entries(rpcs)) {
      const error = await library.MicroRaiden.connect({ wallet, contract, rpc }).catch((error) => error);
      const { code, details, message } = error;
      refused[name] = `${code} ${details?.argument} ${message.includes("secret")}`;
    }
    return refused;
  });
  expect(refused).toEqual({
    nothing: "invalid-argument rpc false",
    none: "invalid-argument rpc false",
    number: "invalid-argument rpc false",
    empty: "invalid-argument rpc false",
    "another object": "invalid-argument rpc false",
    "a misspelt option": "invalid-argument header false",
    "headers as text": "invalid-argument headers false",
    "a bad header": "invalid-argument headers false",
    "a bad one in a list": "invalid-argument rpc false",
  });
});
