// The page in front of one priced file: puts session, views and actions together.
import { AccountCard } from "./account.js";
import { BlockWatch } from "./block-watch.js";
import { ChannelPanel } from "./channel.js";
import { Chooser } from "./chooser.js";
import { fileName } from "./config.js";
import { Content } from "./content.js";
import { byId, byTestId, isUsable, setAmount, setText } from "./dom.js";
import { ErrorBox } from "./error-box.js";
import { Payment } from "./payment.js";
import { ProgressLine } from "./progress.js";
import { ask } from "./question.js";
import { Session } from "./session.js";
import { Tasks } from "./tasks.js";

export async function startPaywall(library, config) {
  const session = new Session(library, config);
  const name = fileName(config.resource);
  const content = new Content();
  let resuming = false;

  const errors = new ErrorBox(() => session.facts, {
    list: { label: "All files", go: () => location.assign("/") },
    reload: { label: "Reload", go: () => location.reload() },
    account: { label: "Use another account", usable: () => Boolean(session.client), go: change },
    fund: {
      label: "Get demo tokens and ether",
      usable: () => session.client && config.faucet && config.rpcUrl,
      go: fund,
    },
    refresh: {
      label: "Read the channel again",
      usable: () => Boolean(session.client),
      go: () => read(false),
    },
    find: {
      label: "Look for the channel again",
      usable: () => Boolean(session.client),
      go: () => read(true),
    },
    drop: { label: "Remove what cannot be read", usable: (error) => ownRecord(error), go: drop },
    "top-up": {
      label: "Go to top up",
      usable: () => session.channel?.state === "open",
      go: () => panel.focusTopUp(),
    },
    "new-price": {
      label: () => byId("pay").textContent,
      usable: (error) => error.details?.price !== undefined,
      go: () => byId("pay-form").requestSubmit(),
    },
  });
  const tasks = new Tasks(new ProgressLine(), errors, () => session.token);
  const chooser = new Chooser({ library, connect, errors });
  const account = new AccountCard({ session, errors, fund, change });
  const payment = new Payment({ session, pay });
  const panel = new ChannelPanel({ session, topUp, close, settle, forget, show });
  const blocks = new BlockWatch(config.rpcUrl, (block) => {
    if (block !== panel.block) {
      panel.block = block;
      render();
      if (!tasks.busy) {
        session.refreshQuietly(); // the receiver may have settled it
      }
    }
  });

  function render() {
    const { busy } = tasks;
    setAmount(byTestId("price"), session.price, session.token);
    byId("chooser").hidden = Boolean(session.client) || resuming;
    for (const button of document.querySelectorAll(
      "main button:not(#cancel, #key-copy, #key-hide)",
    )) {
      button.disabled = busy;
    }
    account.render();
    payment.render(busy);
    panel.render(busy);
    blocks.set(session.channel?.state === "closing");
  }

  /** Reads the truth again after a failure, since part of the action may have happened. */
  const failed = (error) => {
    if (error.code === "price-above-limit" && error.details?.price !== undefined) {
      session.setPrice(BigInt(error.details.price));
    }
    session.refreshQuietly({ find: error.code === "no-channel" });
  };

  function connect(choose) {
    return tasks.run("Connecting to the account.", async (watch) => {
      const wallet = await choose();
      if (!wallet) {
        return undefined;
      }
      await session.connect(wallet, watch);
      return nextStep;
    });
  }

  /** The control to go on with. */
  function nextStep() {
    const { tokens, channel } = session;
    const first = tokens === 0n && !channel ? "fund" : "pay";
    return [byId(first), byId("pay"), byId("channel-title")].find(isUsable);
  }

  /** An earlier visit's channel is shown at once; paying from it waits for a click. */
  async function resume(key) {
    resuming = true;
    await tasks.run("Reading your channel.", (watch) => session.connect(key, watch, Boolean));
    resuming = false;
    render();
  }

  function choose() {
    chooser.fill().then(render);
  }

  function change() {
    session.disconnect();
    panel.block = undefined;
    payment.reset();
    panel.reset();
    choose();
    byId("chooser-title").focus();
  }

  function fund() {
    return tasks.run(
      "Filling the account.",
      async (watch) => {
        await session.fund(watch);
        return nextStep;
      },
      { failed },
    );
  }

  function pay(deposit) {
    return tasks.run(
      deposit === undefined ? "Paying." : "Opening the channel.",
      async (watch) => {
        const response = await session.pay(deposit, watch);
        const shown = await content.show(response, name);
        payment.paidBefore = true;
        // the file is here: a node that does not answer now must not look like a failed payment
        await session.refresh({ find: true, signal: watch.signal }).catch(() => {});
        return shown;
      },
      { failed },
    );
  }

  function topUp(amount) {
    return tasks.run(
      "Topping up the channel.",
      async (watch) => {
        await session.topUp(amount, watch);
        panel.reset();
        return byId("channel-title");
      },
      { failed },
    );
  }

  function close() {
    return tasks.run(
      "Asking the receiver to sign the closing.",
      async (watch) => {
        await session.close(watch);
        return byId("channel-title");
      },
      { failed },
    );
  }

  function settle() {
    return tasks.run(
      "Settling the channel.",
      async (watch) => {
        await session.settle(watch);
        return byId("channel-title");
      },
      { failed },
    );
  }

  function read(find) {
    return tasks.run("Reading the channel.", ({ signal }) => session.refresh({ find, signal }));
  }

  function show(openBlock) {
    return tasks.run("Reading the channel.", async ({ signal }) => {
      await session.refresh({ openBlock, signal });
      return byId("channel-title");
    });
  }

  async function drop(error) {
    const agreed = await ask(
      "The unreadable text is removed from this browser. If it was a key, only your backup of it " +
        "can bring the account back.",
      "Remove it",
    );
    if (agreed) {
      localStorage.removeItem(ownRecord(error));
      location.reload();
    }
  }

  async function forget() {
    const { channel } = session;
    const agreed =
      channel.state === "settled" ||
      (await ask(
        "This channel is not settled. The page forgets the balance proofs you signed, and the " +
          "deposit stays in the contract. The page may find the channel on the chain again.",
        "Forget the channel",
      ));
    if (agreed && channel === session.channel) {
      await tasks.run("Forgetting the channel.", async (watch) => {
        await session.forget(watch);
        return byId("payment-title");
      });
    }
  }

  session.addEventListener("change", render);
  tasks.addEventListener("change", render);
  // another tab of this site paid from the same channel, or closed it
  window.addEventListener("storage", () => {
    if (!tasks.busy) {
      session.refreshQuietly();
    }
  });

  document.title = `${name}: payment required`;
  setText(byId("resource-name"), name);
  setText(byTestId("receiver"), config.receiver);
  byId("resource").hidden = false;
  // first, so that nothing is offered that an earlier visit has decided
  const key = await chooser.storedKey();
  render();
  choose();
  if (key) {
    await resume(key);
  }
}

/** The storage name of an unreadable record, if it is the package's. */
function ownRecord(error) {
  const name = error.details?.key;
  return typeof name === "string" && name.startsWith("microraiden:") ? name : undefined;
}
