// The budget: what the user lets this account pay, and the switch that stops all payments.
import { parseUnits } from "../model/amount.js";
import { DAY } from "../model/budget.js";
import { PageError } from "../model/page-error.js";
import { setText } from "./dom.js";
import { LimitField } from "./limit-field.js";

/** Its own button ignores presses this long after it: the second of a double click would turn it back. */
const READING = 400;

/** The highest number of channels or percents that may be written. */
const MOST = 999_999;

export class BudgetBox {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  /** @type {import("../model/budget.js").Budget} */
  #budget;
  #errors;
  /** By the rule of the package's policy. @type {Record<string, LimitField<any>>} */
  #fields;
  #turned = -READING;
  /** Of which client the fields were filled. */
  #client;

  constructor({ view, session, budget, errors }) {
    this.#view = view;
    this.#session = session;
    this.#budget = budget;
    this.#errors = errors;
    const { byId } = view;
    this.#fields = {
      maxPrice: this.#amount("budget-price", (limit) => this.#aboutPrice(limit)),
      dailyBudget: this.#amount("budget-day", (limit) => this.#aboutDay(limit)),
      maxPriceRise: this.#number("budget-rise", () => view.say("budget.rise-note")),
      maxDeposit: this.#amount("budget-deposit", () => ""),
      maxOpenings: this.#number("budget-openings", () => view.say("budget.openings-note")),
    };
    byId("budget-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    byId("budget-cancel").addEventListener("click", () => this.#leave());
    byId("budget-stop").addEventListener("click", () => {
      const now = performance.now();
      if (now - this.#turned >= READING) {
        this.#turned = now;
        this.#stop(!budget.stopped);
      }
    });
    byId("stopped-go").addEventListener("click", () => this.#stop(false));
    // Another day may have begun since.
    byId("budget").addEventListener("toggle", () => budget.read(session.client));
  }

  #amount(id, advice) {
    const view = this.#view;
    const decimals = () => this.#session.token?.decimals ?? 0;
    return new LimitField({
      view,
      id,
      advice,
      parse(text) {
        const amount = parseUnits(text, decimals());
        if (amount === 0n) {
          throw new PageError("amount-zero", "amount is zero");
        }
        return amount;
      },
      write: (/** @type {bigint} */ amount) => view.text.units(amount, decimals()),
    });
  }

  #number(id, advice) {
    return new LimitField({ view: this.#view, id, advice, parse: parseNumber, write: String });
  }

  render() {
    const { byId, say } = this.#view;
    const { client, token } = this.#session;
    const { policy, stopped, unreadable } = this.#budget;
    byId("budget").hidden = !client;
    byId("stopped").hidden = !client || !stopped;
    setText(byId("stopped-text"), stopped ? say("budget.stopped") : "");
    if (!client) {
      return;
    }
    setText(byId("budget-title"), this.#title());
    setText(byId("budget-stop"), say(stopped ? "budget.allow" : "budget.stop"));
    byId("budget-stop").hidden = unreadable;
    const unit = token?.symbol ?? say("unit.base-name");
    const { maxPrice, dailyBudget, maxDeposit } = this.#fields;
    maxPrice.label(say("budget.price", { unit }));
    dailyBudget.label(say("budget.day", { unit }));
    maxDeposit.label(say("budget.deposit", { unit }));
    // Another account has another budget.
    this.#fill(policy, this.#client !== client);
    this.#client = client;
  }

  /** Leads there. */
  open() {
    const { byId } = this.#view;
    byId("budget").open = true;
    if (this.#budget.stopped) {
      byId("budget-stop").focus();
    } else {
      this.#fields.maxPrice.focus();
    }
    byId("budget-title").scrollIntoView({ block: "nearest" });
  }

  #fill(policy, anew) {
    for (const [rule, field] of Object.entries(this.#fields)) {
      field.fill(policy[rule], anew);
    }
    const box = this.#view.byId("budget-hidden");
    const given = policy.pauseWhenHidden === true;
    if (anew || box.checked === box.defaultChecked) {
      box.checked = box.defaultChecked = given;
    }
  }

  /** "Budget: 0.1 of 2 TKN used today" */
  #title() {
    const { say } = this.#view;
    const { policy, stopped, unreadable, used } = this.#budget;
    const { dailyBudget } = policy;
    if (stopped || unreadable) {
      return say(stopped ? "budget.title-stopped" : "budget.title-unreadable");
    }
    if (dailyBudget !== undefined && used !== undefined) {
      return say("budget.title-day", { used: this.#shown(used), limit: this.#shown(dailyBudget) });
    }
    const limited = Object.keys(this.#fields).some((rule) => policy[rule] !== undefined);
    return say(limited || policy.pauseWhenHidden ? "budget.title-limits" : "budget.title");
  }

  #aboutPrice(/** @type {bigint | undefined} */ limit) {
    const { price } = this.#session;
    return limit !== undefined && price > limit
      ? this.#view.say("budget.price-above", { price: this.#shown(price) })
      : "";
  }

  /** What was used of it today, and when the day is over: it is one of UTC. */
  #aboutDay(/** @type {bigint | undefined} */ limit) {
    const { say, text } = this.#view;
    const { used = 0n } = this.#budget;
    const left = limit === undefined || limit < used ? 0n : limit - used;
    const today = say(limit === undefined ? "budget.used" : "budget.used-left", {
      used: this.#shown(used),
      left: this.#shown(left),
    });
    const end = (Math.floor(Date.now() / DAY) + 1) * DAY;
    return `${today} ${say("budget.day-ends", { when: text.moment(end) })}`;
  }

  #shown(amount) {
    return this.#view.text.amount(amount, this.#session.token);
  }

  async #save() {
    const entries = Object.entries(this.#fields).map(([rule, field]) => ({ rule, field, read: field.read() }));
    const wrong = entries.find(({ read }) => read === undefined);
    this.#errors.clear();
    if (wrong) {
      this.#view.byId("budget-more").open ||= !["maxPrice", "dailyBudget"].includes(wrong.rule);
      wrong.field.lead();
      return;
    }
    const rules = Object.fromEntries(entries.map(({ rule, read }) => [rule, read?.value]));
    const pauseWhenHidden = this.#view.byId("budget-hidden").checked;
    if (await this.#change({ ...rules, pauseWhenHidden })) {
      this.#view.announce(this.#view.say("budget.saved"));
      this.#leave();
    }
  }

  /** Forgets what was written and not saved. */
  #leave() {
    const { byId } = this.#view;
    this.#fill(this.#budget.policy, true);
    byId("budget").open = false;
    byId("budget-title").focus();
  }

  async #stop(stopped) {
    if (await this.#change({ stopped })) {
      const { byId, say } = this.#view;
      if (!stopped) {
        // It may be about that.
        this.#errors.clear();
      }
      this.#view.announce(say(stopped ? "budget.stopped" : "budget.allowed"));
      // The button of the notice goes with it.
      if (!byId("budget").open) {
        byId("budget-title").focus();
      }
    }
  }

  async #change(rules) {
    try {
      await this.#budget.change(rules);
      return true;
    } catch (error) {
      this.#errors.show(error);
      return false;
    }
  }
}

/** A whole number of at most six digits. */
function parseNumber(text) {
  const number = text.trim();
  if (!/^\d{1,6}$/.test(number)) {
    throw new PageError("number-malformed", `no whole number: "${number}"`, { most: MOST });
  }
  return Number(number);
}
