// The ways out that errors name: what the buttons of the error box do, and whether they make sense now.

/**
 * By name, `{ label?, usable?, go, pays? }`. `parts()` gives what they lead to, which is made later; `change()` has another
 * account chosen.
 * @param {object} what
 * @param {import("./view.js").View} what.view
 * @param {import("../model/session.js").Session} what.session
 * @param {import("../model/budget.js").Budget} what.budget
 * @param {() => void} what.change
 * @param {() => { accounts: import("./account-actions.js").AccountActions,
 *   channels: import("./channel-actions.js").ChannelActions, panel: import("./channel.js").ChannelPanel,
 *   payment: import("./payment.js").Payment, budgetBox: import("./budget.js").BudgetBox }} what.parts
 */
export function waysOut({ view, session, budget, change, parts }) {
  const { say, byId } = view;
  const connected = () => Boolean(session.client);
  const isOpen = () => session.channel?.state === "open";
  return {
    list: { go: () => location.assign("/") },
    reload: { go: () => location.reload() },
    switch: {
      label: () => say("go.switch", { network: parts().accounts.networkName }),
      usable: () => parts().accounts.asked?.switchChain !== undefined,
      go: (_, retry) => parts().accounts.switchChain(retry),
    },
    account: { label: () => say("account.change"), usable: connected, go: change },
    fund: {
      label: () => say("fund.demo"),
      usable: () => session.client && session.hasFaucet,
      go: () => parts().accounts.fund(),
    },
    refresh: { usable: connected, go: () => parts().channels.read(false) },
    find: { usable: connected, go: () => parts().channels.read(true) },
    drop: { usable: (error) => ownRecord(error), go: (error) => drop(view, error) },
    "top-up": { usable: isOpen, go: () => parts().panel.focusTopUp() },
    "new-price": {
      label: () => byId("pay").textContent,
      usable: (error) => error.details?.price !== undefined && !isOwnLimit(error, budget),
      go: () => byId("pay-form").requestSubmit(),
      pays: true,
    },
    budget: {
      usable: (error) => connected() && (error.code !== "price-above-limit" || isOwnLimit(error, budget)),
      go: () => parts().budgetBox.open(),
    },
    again: {
      label: () => say("pay.once-more"),
      usable: () => Boolean(session.paid),
      go: () => parts().payment.offerAgain(),
    },
    close: { usable: isOpen, go: () => parts().channels.actions.close() },
  };
}

/** Removes what can't be read, if the user agrees. */
async function drop(view, error) {
  const { say } = view;
  const agreed = await view.ask(say("go.drop-question"), say("go.drop-go"));
  const name = ownRecord(error);
  if (agreed && name) {
    localStorage.removeItem(name);
    location.reload();
  }
}

/** Whether a price is above what the user allows for one payment, and not only above what was shown. */
function isOwnLimit({ details }, budget) {
  const { maxPrice } = budget.policy;
  return maxPrice !== undefined && details?.limit !== undefined && BigInt(details.limit) === maxPrice;
}

/** The storage name of an unreadable record, if it is the package's. */
function ownRecord(error) {
  const name = error.details?.key;
  return typeof name === "string" && name.startsWith("microraiden:") ? name : undefined;
}
