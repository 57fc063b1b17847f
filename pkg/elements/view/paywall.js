// The page in front of one priced file: puts session, views and actions together.
import { AccountCard } from "./account.js";
import { withSymbol } from "../model/amount.js";
import { BackupHint } from "./backup.js";
import { BlockWatch } from "../model/block-watch.js";
import { ChannelPanel } from "./channel.js";
import { Chooser } from "./chooser.js";
import { fileName } from "../model/config.js";
import { Content } from "./content.js";
import { byId, byTestId, focusTop, isUsable, setAmount } from "./dom.js";
import { ErrorBox } from "./error-box.js";
import { leavingQuestion } from "../model/leaving.js";
import { Payment } from "./payment.js";
import { ProgressLine } from "./progress.js";
import { ask } from "./question.js";
import { Session } from "../model/session.js";
import { dropOldCopies, findCopy } from "../model/shelf.js";
import { Tasks } from "./tasks.js";
import { WayOut } from "./way-out.js";

export async function startPaywall(library, config) {
  const session = new Session(library, config);
  const name = fileName(config.url);
  const content = new Content(name, config.url);
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
      pays: true,
    },
    again: {
      label: "Pay once more…",
      usable: () => Boolean(session.paid),
      go: () => payment.offerAgain(),
    },
  });
  const tasks = new Tasks({
    progress: new ProgressLine(),
    errors,
    token: () => session.token,
    written: () => hasJournal(config.chainId, session.client?.sender),
  });
  const chooser = new Chooser({ library, connect, errors });
  const account = new AccountCard({ session, errors, fund, change });
  const payment = new Payment({ session, content, pay, show: showAgain });
  const wayOut = new WayOut({ session, errors, sweep, remove });
  const panel = new ChannelPanel({ session, topUp, close, settle, forget, show });
  const backup = new BackupHint({
    session,
    errors,
    save: (work) => tasks.run("Making the backup.", work),
    next: () => nextStep(),
  });
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
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = document.querySelectorAll(
      "main button:not(#cancel, #key-copy, #key-hide, .arming)",
    );
    for (const button of buttons) {
      button.disabled = busy;
    }
    account.render();
    wayOut.render();
    payment.render(busy);
    panel.render(busy);
    backup.render();
    blocks.set(session.channel?.state === "closing");
  }

  /** Reads everything again after a failure, because part of the action may have happened. */
  const failed = (error) => {
    if (error.code === "price-above-limit" && error.details?.price !== undefined) {
      session.setPrice(BigInt(error.details.price));
    }
    session.refreshQuietly({ find: error.code === "no-channel" });
  };

  /** @param {(client: any) => Promise<void>} [then] takes a backup over */
  function connect(choose, then) {
    return tasks.run("Connecting to the account.", async (watch) => {
      const wallet = await choose();
      if (!wallet) {
        return undefined;
      }
      await session.connect(wallet, watch);
      const { client } = session;
      if (then) {
        await then(client);
        session.lacksBackup = false;
        await session.refresh({ find: true, signal: watch.signal });
      }
      await showOwn();
      client?.on("frozen", () => client === session.client && showOwn());
      return nextStep;
    });
  }

  /** Shows what this account, and no other, paid for here. */
  async function showOwn() {
    const { client, paid } = session;
    const elsewhere = !client || client.frozen === "no-account";
    if (elsewhere || content.owner !== client.sender) {
      content.clear();
    }
    if (!elsewhere && paid?.copy && !content.owner) {
      await content.show(paid.copy.blob, client.sender);
    }
    render();
  }

  /** The control that gets the focus next. */
  function nextStep() {
    const { tokens, channel } = session;
    const first = tokens === 0n && !channel ? "fund" : "pay";
    return [byId(first), byId("pay"), byId("channel-title")].find(isUsable);
  }

  /**
   * Shows at once, without a request, what was paid for on an earlier visit; then its channel. Paying from it
   * waits for a click.
   */
  async function resume(key) {
    resuming = true;
    render();
    const copy = await findCopy(key.address, config.url);
    if (copy) {
      await content.show(copy.blob, key.address);
    }
    const wanted = (channel) => Boolean(channel ?? copy);
    await tasks.run("Reading your channel.", (watch) => session.connect(key, watch, wanted));
    resuming = false;
    render();
  }

  function choose() {
    chooser.fill().then(render);
  }

  function change() {
    content.clear();
    session.disconnect();
    panel.block = undefined;
    payment.reset();
    panel.reset();
    wayOut.reset();
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
      {
        failed,
        done: () => `The account has ${withSymbol(session.tokens ?? 0n, session.token)}.`,
        money: "Nothing of yours was spent. What the demo account has sent may still arrive.",
      },
    );
  }

  function pay(deposit, seen) {
    return tasks.run(
      deposit === undefined ? "Paying." : "Opening the channel.",
      async (watch) => {
        const { client } = session;
        const copy = await session.pay(deposit, seen, watch);
        // the account may have been changed since, if this was given up
        return client === session.client ? showBlob(copy.blob) : undefined;
      },
      { failed, done: () => `${name} is paid for and shown.` },
    );
  }

  async function showBlob(blob) {
    const shown = await content.show(blob, session.client.sender);
    render();
    return shown;
  }

  async function showAgain() {
    const { copy } = session.paid ?? {};
    if (copy && session.client.frozen !== "no-account") {
      focusTop(await showBlob(copy.blob));
    }
  }

  function sweep(to) {
    return tasks.run(
      "Sending everything.",
      async (watch) => {
        await session.sweep(to, watch);
        wayOut.reset();
        return byId("account-title");
      },
      { failed, done: () => "Everything was sent." },
    );
  }

  function remove() {
    return tasks.run("Removing the key.", async () => {
      await session.forgetKey();
      change();
      return byId("chooser-title");
    });
  }

  function remaining() {
    return `${withSymbol(session.channel?.remaining ?? 0n, session.token)} remain in the channel.`;
  }

  function topUp(amount) {
    return tasks.run(
      "Topping up the channel.",
      async (watch) => {
        await session.topUp(amount, watch);
        panel.reset();
        return byId("channel-title");
      },
      { failed, done: () => `Topped up. ${remaining()}` },
    );
  }

  /** Closes with the receiver. Asks before closing without it, which takes time and fees. */
  async function close() {
    let question;
    await tasks.run(
      "Asking the receiver to sign the closing.",
      async (watch) => {
        try {
          await session.close({ alone: false }, watch);
        } catch (error) {
          if (error.code !== "close-not-agreed") {
            throw error;
          }
          watch.say("The receiver did not sign. Looking up what leaving alone takes.");
          question = await leavingQuestion(session);
          return byId("close");
        }
        return byId("channel-title");
      },
      { failed, done: () => (question ? "" : "The channel is closed.") },
    );
    if (question && (await ask(question, "Leave alone", "Try later"))) {
      await closeAlone();
    }
  }

  function closeAlone() {
    return tasks.run(
      "Leaving without the receiver.",
      async (watch) => {
        await session.close({ alone: true }, watch);
        return byId("channel-title");
      },
      { failed, done: () => "Closing has begun. Its challenge period runs." },
    );
  }

  function settle() {
    return tasks.run(
      "Settling the channel.",
      async (watch) => {
        await session.settle(watch);
        return byId("channel-title");
      },
      { failed, done: () => "The channel is settled." },
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
    const name = ownRecord(error);
    if (agreed && name) {
      localStorage.removeItem(name);
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

  // Escape takes back what can be: the work that runs, else the message that is shown.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) {
      return;
    }
    if (tasks.busy) {
      tasks.cancel();
    } else {
      errors.clear();
    }
  });
  session.addEventListener("change", render);
  tasks.addEventListener("change", render);
  // another tab of this site paid from the same channel, or closed it
  const look = () => {
    if (!tasks.busy) {
      session.refreshQuietly();
    }
  };
  window.addEventListener("storage", look);
  // it did so while this page was in the back/forward cache
  window.addEventListener("pageshow", ({ persisted }) => persisted && look());

  dropOldCopies();
  // first, so that the page offers nothing that an earlier visit has decided
  const key = await chooser.storedKey();
  render();
  choose();
  if (key) {
    await resume(key);
  }
}

/** Whether this browser has stored a transaction of the account that is under way. */
function hasJournal(chainId, account) {
  const start = `microraiden:journal:${chainId}:`;
  const mine = account?.toLowerCase();
  try {
    return Object.keys(localStorage).some(
      (name) => name.startsWith(start) && mine && name.includes(mine),
    );
  } catch {
    return false; // storage is forbidden, and without it nothing is sent
  }
}

/** The storage name of an unreadable record, if it is the package's. */
function ownRecord(error) {
  const name = error.details?.key;
  return typeof name === "string" && name.startsWith("microraiden:") ? name : undefined;
}
