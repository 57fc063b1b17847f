// What was paid in this browser: by day, with a chart, and as a file.
import { mayBeTaken } from "../model/outcomes.js";
import { draw, make } from "./dom.js";

const DAY = 24 * 60 * 60 * 1000;
/** How many days the chart shows, and how many payments the list. */
const DAYS = 14;
const LISTED = 50;

/** The history in a paywall: read when it is opened, and after each change while it is open. */
export class History {
  /** @type {import("./view.js").View} */
  #view;
  #client;
  #token;
  #turn = 0;

  constructor(view) {
    this.#view = view;
    view.byId("history").addEventListener("toggle", () => this.#read());
  }

  render(client, token) {
    this.#client = client;
    this.#token = token;
    this.#view.byId("history").hidden = !client;
    this.#read();
  }

  async #read() {
    const box = this.#view.byId("history");
    const client = this.#client;
    if (!client || !box.open) {
      return;
    }
    this.#turn += 1;
    const turn = this.#turn;
    const payments = await client.ledger().catch(() => []);
    if (turn === this.#turn) {
      drawHistory(this.#view.byId("history-body"), payments, this.#token, this.#view);
    }
  }
}

/**
 * Draws payments into a box.
 * @param {HTMLElement} box
 * @param {import("../../index.js").LedgerEntry[]} payments
 * @param {{ symbol: string, decimals: number } | undefined} token
 * @param {{ text: import("../text/text.js").Text, save(name: string, content: string, type: string): void }} view
 */
export function drawHistory(box, payments, token, { text, save }) {
  const counted = payments.filter(mayBeTaken);
  if (counted.length === 0) {
    box.replaceChildren(make("p", { className: "muted" }, text.say("history.none")));
    return;
  }
  const newest = [...counted].sort((one, other) => other.time - one.time);
  const shown = newest.slice(0, LISTED);
  const rest = newest.length - shown.length;
  const button = make(
    "button",
    { type: "button", className: "quiet", "data-testid": "history-export" },
    text.say("history.export"),
  );
  button.addEventListener("click", () => save("payments.csv", toCsv(payments), "text/csv"));
  const total = text.say("history.total", {
    amount: text.amount(sum(counted), token),
    count: counted.length,
  });
  box.replaceChildren(
    make("p", { "data-testid": "history-total" }, total),
    chart(counted, token, text),
    ...days(shown).flatMap(([day, entries]) => dayList(day, entries, token, text)),
    ...(rest > 0 ? [make("p", { className: "muted" }, text.say("history.more", { count: rest }))] : []),
    make("p", { className: "buttons" }, button),
  );
}

/** All payments as comma-separated values; amounts are base units. */
export function toCsv(payments) {
  const quoted = (value) => {
    const field = String(value);
    // A spreadsheet would take these for a formula.
    const safe = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const rows = payments.map((payment) => [
    new Date(payment.time).toISOString(),
    payment.url,
    payment.receiver,
    payment.openBlock,
    payment.amount,
    payment.balance,
    payment.outcome,
  ]);
  const head = ["time", "url", "receiver", "open_block", "amount", "balance", "outcome"];
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

function sum(payments) {
  return payments.reduce((total, { amount }) => total + amount, 0n);
}

function dayOf(time) {
  return new Date(time).toDateString();
}

/** `[day, payments][]`, in the payments' order. */
function days(payments) {
  const all = new Map();
  for (const payment of payments) {
    const day = dayOf(payment.time);
    all.set(day, [...(all.get(day) ?? []), payment]);
  }
  return [...all];
}

function dayList(day, entries, token, text) {
  const date = text.day(new Date(day), "full");
  const rows = entries.map((entry) => make("li", {}, ...row(entry, token, text)));
  return [
    make("h3", {}, `${date}: ${text.amount(sum(entries), token)}`),
    make("ul", { className: "payments" }, ...rows),
  ];
}

function row({ time, url, amount, outcome }, token, text) {
  const name = make("span", { className: "payment-name", dir: "auto" }, pathOf(url) || "–");
  const note = outcome === "paid" ? [] : [` (${text.say(`history.${outcome}`)})`];
  const right = make("span", { className: "payment-amount" }, text.amount(amount, token), ...note);
  return [make("span", { className: "muted" }, text.clock(time)), " ", name, " ", right];
}

function pathOf(url) {
  try {
    const { pathname, search, origin } = new URL(url);
    const path = decodeURI(pathname + search);
    return origin === location.origin ? path : `${new URL(url).host}${path}`;
  } catch {
    return url;
  }
}

/** A bar for each of the last days; its text alternative is the list below it. */
function chart(payments, token, text) {
  const today = new Date(new Date().toDateString()).getTime();
  const totals = Array.from({ length: DAYS }, (_, index) => {
    // Noon, so that a change of the clocks does not skip a day.
    const day = dayOf(today - (DAYS - 1 - index) * DAY + DAY / 2);
    return sum(payments.filter(({ time }) => dayOf(time) === day));
  });
  const most = totals.reduce((high, total) => (total > high ? total : high), 1n);
  const bars = totals.map((total, index) => {
    const height = Number((total * 38n) / most) + (total > 0n ? 2 : 0);
    return draw("rect", { x: index * 10 + 1, y: 40 - height, width: 8, height, rx: 1 });
  });
  const label = `${text.say("history.chart")}: ${text.amount(totals.at(-1) ?? 0n, token)} ${text.say("time.today")}`;
  return draw(
    "svg",
    { viewBox: `0 0 ${DAYS * 10} 40`, class: "chart", role: "img", "aria-label": label },
    ...bars,
  );
}
