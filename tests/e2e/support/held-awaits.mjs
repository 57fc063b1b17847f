// Calls that are aborted while they wait for something that never comes.

/** From an abort to the end of the call, in milliseconds: less than any timer of the package. */
export const MOMENT = 400;

/**
 * In the page: begins a call (`how.act`), waits until it waits for `how.held`, and aborts it. What is held:
 * `rpc:METHOD`, a request to the node; `http:METHOD PATH`, or `paid` before it, a request to the server;
 * `lock:PREFIX`, a Web Lock; `database:NAME`, IndexedDB; `progress:TYPE`, an event of progress that comes while
 * the call waits; `outside`, something that the test holds, which calls `window.reached`.
 *
 * Nothing that is held heeds a signal. It is let go after the call has ended.
 */
export async function abortWhile(setting) {
  const { client, library, receiver, url, how, argument } = setting;
  const [kind, held] = [how.held.split(":")[0], how.held.slice(how.held.indexOf(":") + 1)];
  let reach;
  const reached = new Promise((resolve) => (reach = resolve));
  window.reached = reach;
  const undo = [];
  const replace = (object, name, make) => {
    const own = object[name];
    object[name] = make(own);
    undo.push(() => (object[name] = own));
  };
  const channel = async () => (await client.channels()).at(-1);
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = ({ type }) => kind === "progress" && type === held && reach();
  const watch = { signal, onProgress };
  const file = `${url}/doggo.jpg`;
  const acts = {
    connect: async () => {
      const { contract, rpcUrl } = setting;
      const wallet = how.wallet ? (await library.Wallets.discover())[0] : library.LocalKey.create();
      return library.MicroRaiden.connect({ wallet, contract, rpc: `${rpcUrl}/?new`, ...watch });
    },
    open: () => client.open({ receiver, deposit: 5n * argument, ...watch }),
    topUp: async () => (await channel()).topUp(argument, watch),
    close: async () => (await channel()).close(watch),
    closeAlone: async () => (await channel()).close({ cooperative: false, ...watch }),
    sign: async () => (await channel()).sign(1n, watch),
    fetch: () => client.payingFetch({ maxPrice: argument, deposit: 5n * argument, ...watch })(file),
    fetchInit: () => client.payingFetch({ maxPrice: argument, deposit: 5n * argument })(file, { signal }),
    ask: () => client.payingFetch({ maxPrice: argument, priceAge: 0, ...watch })(file),
    pay: () => client.payingFetch({ maxPrice: argument, ...watch })(file),
    reconcile: async () => (await channel()).reconcile(file, { signal }),
    find: () => client.find({ receiver: client.token.toLowerCase().replace(/...$/, "123"), ...watch }),
    recover: () => client.recover(watch),
    mint: async () => (await import("/js/microraiden/demo.js")).mint(client, watch),
    sweep: () => client.sweep({ to: receiver, ...watch }),
    fund: async () => {
      const [from] = await library.Wallets.discover();
      const payee = await library.MicroRaiden.connect({
        wallet: library.LocalKey.create(),
        contract: setting.contract,
        rpc: setting.rpcUrl,
      });
      return payee.fund({ from, tokens: 1n, ...watch });
    },
  };
  let release;
  const released = new Promise((resolve) => (release = resolve));
  if (["rpc", "http", "paid"].includes(kind)) {
    const isHeld = async (request) => {
      if (kind === "rpc") {
        const text = request.method === "POST" ? await request.text() : "";
        return text.includes(`"${held}"`);
      }
      const paid = request.headers.has("RDN-Balance-Signature");
      const { pathname } = new URL(request.url);
      return paid === (kind === "paid") && `${request.method} ${pathname}`.startsWith(held);
    };
    replace(window, "fetch", (real) => async (input, init) => {
      const copy = new Request(input instanceof Request ? input.clone() : input, init);
      if (await isHeld(copy)) {
        reach();
        await released;
      }
      return real.call(window, input, init);
    });
  }
  if (kind === "lock") {
    // As another tab would.
    const names = Object.keys(localStorage).filter((name) => name.startsWith("microraiden:channel:"));
    const name = held === "channel" ? names.at(-1) : held;
    const taken = new Promise((/** @type {(value?: any) => void} */ resolve) => {
      undo.push(release);
      navigator.locks.request(name, () => (resolve(), released));
    });
    await taken;
    const look = setInterval(async () => {
      const { pending } = await navigator.locks.query();
      if (pending.some((lock) => lock.name === name)) reach(clearInterval(look));
    }, 5);
  }
  if (kind === "database") {
    replace(IDBFactory.prototype, "open", (real) => function (name, ...rest) {
      if (name !== held) return real.call(this, name, ...rest);
      reach();
      return new EventTarget();
    });
    // It may be open already.
    replace(IDBDatabase.prototype, "transaction", (real) => function (...values) {
      if (this.name !== held) return real.apply(this, values);
      reach();
      const never = () => new EventTarget();
      return Object.assign(new EventTarget(), { objectStore: () => ({ get: never, add: never, put: never }) });
    });
  }
  const before = await channel();
  // With a number or without one.
  const promised = async () => (await channel())?.exposure ?? 0n;
  const promisedBefore = before?.exposure ?? 0n;
  const called = acts[how.act]().then(
    (value) => ({ value: String(value) }),
    (error) => ({ error }),
  );
  const first = await Promise.race([reached, called]);
  if (first) {
    return { never: first.value ?? first.error.message };
  }
  const reason = new TypeError("enough");
  controller.abort(reason);
  const late = new Promise((resolve) => setTimeout(() => resolve({}), how.moment));
  const { error } = await Promise.race([called, late]);
  const locks = async () => {
    const { held: all } = await navigator.locks.query();
    const others = all.filter(({ name }) => name.startsWith("microraiden:"));
    return others.length - (kind === "lock" ? 1 : 0);
  };
  // A page keeps a lock that it does not use for a moment.
  for (let look = 0; look < 30 && (await locks()) > 0; look++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const result = {
    same: error === reason,
    code: error?.code,
    locks: await locks(),
    signed: (await promised()) !== promisedBefore,
  };
  release();
  await called;
  undo.forEach((work) => work());
  return result;
}
