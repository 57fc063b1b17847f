// Pages of a site whose service worker pays: each registers it, lends it its storage, and hears what it does. What runs
// in the worker is paying-worker.js.
import init, { MicroRaidenError, shareStorage } from "./index.js";
import { optionsOf } from "./module.js";

export { payFor } from "./paying-worker.js";

/** How long a worker may take to answer that is there, in milliseconds. */
const PATIENCE = 10_000;

/** What a worker tells of. */
const EVENTS = ["paid", "refused"];

/** Resolves when a worker of the registration is active. */
function active(registration) {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve(worker);
      if (worker.state === "redundant") reject(new MicroRaidenError("the service worker can't be installed", "not-loaded"));
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

/** Sends a message to a worker, and waits for its answer. */
function ask(worker, message) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    const silent = "the service worker does not answer: does its script call `payFor`?";
    const timer = setTimeout(() => reject(new MicroRaidenError(silent, "not-loaded")), PATIENCE);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage({ microraiden: message, reply: port2 }, [port2]);
  });
}

class Payer extends EventTarget {
  #container;
  #registering;
  #hear = ({ data }) => {
    const { microraiden, reply, detail } = Object(data);
    if (microraiden === "storage") this.#lend(reply);
    if (EVENTS.includes(microraiden)) this.#tell(microraiden, detail);
  };

  constructor(container, script, options) {
    super();
    this.#container = container;
    // Before it is registered: one that is there already may ask.
    container.addEventListener("message", this.#hear);
    container.startMessages();
    this.#registering = container.register(script, options);
  }

  /** Resolves once the worker is there for this page. */
  async start() {
    try {
      this.registration = await this.#registering;
      const { events } = await ask(await active(this.registration), "hello");
      // Once whoever called has had the time to listen.
      setTimeout(() => events.forEach(({ type, detail }) => this.#tell(type, detail)));
    } catch (error) {
      this.#container.removeEventListener("message", this.#hear);
      throw error;
    }
  }

  async unregister() {
    const { registration } = this;
    const done = await registration.unregister();
    // It stays with the pages that are open, and each of them refuses it its storage from here on.
    if (registration.active) await ask(registration.active, "end");
    return done;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async #lend(reply) {
    reply.postMessage({ heard: true });
    try {
      const { scope } = await this.#registering;
      const known = await this.#container.getRegistration(scope);
      if (known?.scope !== scope) throw new MicroRaidenError("the service worker was unregistered", "storage-unavailable");
      await init();
      const port = shareStorage();
      reply.postMessage({ port }, [port]);
    } catch ({ code, message }) {
      reply.postMessage({ code, message });
    }
  }
}

export async function registerPayer(script, options) {
  const { scope, type = "module" } = optionsOf(options, ["scope", "type"]);
  const container = globalThis.navigator?.serviceWorker;
  if (!container) {
    const message = "there are no service workers here: they need a secure connection, and a window that keeps data";
    throw new MicroRaidenError(message, "insecure-context");
  }
  const payer = new Payer(container, script, { scope, type });
  await payer.start();
  return payer;
}
