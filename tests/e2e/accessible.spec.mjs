// The states that most visitors meet: axe finds nothing in them, light or dark, and this is what a screen reader comes
// by. `cargo xtask pictures` has axe look at all others.
import { axeFaults } from "../states/axe.mjs";
import { Scene, walk } from "../states/scene.mjs";
import { journeys } from "../states/states.mjs";
import { transcript } from "../states/transcript.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const price = inTokens(PRICE);
const ten = inTokens(10n * PRICE);

const LIST = `
  heading "Files" [level=1]`;
const HEAD = `
  link "All files"
  heading "doggo.jpg" [level=1]`;
const ACCOUNT = `
  group: Your account 0x…
  group: "Budget: no limits"`;
const FUNDING = `
  region "Fill your account"
  heading "Fill your account" [level=2]
  button "Get demo tokens and ether"
  group: Send it from elsewhere`;
/** The deposits that are offered, by their number of payments; the first is chosen unless `chosen` says no. */
const PAY = (counts, deposit, chosen = true) => `
  region "Set money aside"
  heading "Set money aside" [level=2]
  group "Deposit, in TKN"
  ${counts
    .map((count, index) => {
      const pressed = chosen && index === 0 ? " [pressed]" : "";
      return `button "${count} like this ${inTokens(BigInt(count) * PRICE)} TKN"${pressed}`;
    })
    .join("\n  ")}
  textbox "Deposit, in TKN"${deposit}
  button "Open a channel and pay ${price} TKN"`;
const BACKUP = `
  region "Make a backup"
  heading "Make a backup" [level=2]
  textbox "A password for it"
  button "Save a backup"
  button "Not now"`;
const WHOM = `
  group: Whom you pay`;
const END = `
  group: What you paid${WHOM}`;

const PICTURE = `
  figure "The file"
  img "doggo.jpg"
  link "Save doggo.jpg"`;
const PAID = `
  region "Paid"
  heading "Paid" [level=2]
  button "Pay once more…"`;
const ASKING = `
  group
  textbox "Without asking, at most for a day, in TKN": "${ten}"
  textbox "Without asking, at most for one payment, in TKN": "${price}"
  button "Allow"`;
const CHANNEL = (topUp = "") => `
  region "Your channel"
  heading "Your channel" [level=2]
  textbox "Add to the deposit, in TKN": "${ten}"
  button "Top up"${topUp}
  button "Close and take back the rest"
  group: Details`;
const STOPPED = "You have stopped all payments. This account pays nothing, in any tab of this site.";

/** By state, what is read; of the list only its beginning. */
const CORE = {
  "the list": LIST,
  "first glance": `${HEAD}
  button "Unlock for ${price} TKN"${WHOM}
  status`,
  "the choice of an account": `${HEAD}
  region "Pay with"
  heading "Pay with" [level=2]
  heading "A wallet" [level=3]
  status: No wallet was found in this browser. Install one and reload this page, or use a key kept in this browser.
  heading "A key kept in this browser" [level=3]
  button "Create a key"
  group: Restore a backup, or import a key${WHOM}
  status`,
  "account made, empty": `${HEAD}${FUNDING}${ACCOUNT}${END}
  status`,
  "the account is filled": `${HEAD}${PAY([10, 50, 100], `: "${ten}"`)}${ACCOUNT}${BACKUP}${END}
  status: The account has 100 TKN.`,
  "deposit: no amount": `${HEAD}${PAY([10, 50, 100], " [invalid]: 1,000,000", false)}${ACCOUNT}${BACKUP}${END}
  status: The account has 100 TKN.`,
  "paid: a picture": `${HEAD}${PICTURE}${PAID}
  group: Pay without asking${CHANNEL()}${ACCOUNT}${BACKUP}${END}
  status: doggo.jpg is paid for and shown.`,
  "the budget": `${HEAD}${PICTURE}${PAID}${ASKING}${CHANNEL()}
  group: Your account 0x…
  group
  button "Stop all payments"
  textbox "At most for one payment, in TKN"
  textbox "At most for a day, in TKN"
  group: More limits
  button "Save the limits"
  button "Cancel"${BACKUP}${END}
  status: doggo.jpg is paid for and shown.`,
  "all payments are stopped": `${HEAD}${PICTURE}
  status: ${STOPPED}
  button "Allow payments again"${PAID}${ASKING}${CHANNEL(" [disabled]")}
  group: Your account 0x…
  group
  button "Allow payments again"
  textbox "At most for one payment, in TKN"
  textbox "At most for a day, in TKN": "${inTokens(5n * PRICE)}"
  group
  textbox "A price may rise by, in percent": "20"
  textbox "Highest deposit in one channel, in TKN"
  textbox "Channels opened for this site in a day, at most"
  checkbox "Pay only while the page can be seen"
  button "Save the limits"
  button "Cancel"${BACKUP}${END}
  status: ${STOPPED}`,
  "no ether for the fee": `${HEAD}${FUNDING}${ACCOUNT}${BACKUP}${END}
  status
  alert
  button "Get demo tokens and ether"
  button "Try again"
  button "Dismiss"
  group: Technical details`,
};

/** The journeys without what comes after their last state of the core. */
const short = journeys.flatMap((journey) => {
  const states = Object.entries(journey.states);
  const last = states.findLastIndex(([name]) => name in CORE);
  return last < 0 ? [] : [{ ...journey, states: Object.fromEntries(states.slice(0, last + 1)) }];
});

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

async function expectRead(page, name) {
  const expected = lines(CORE[name]);
  // Each account is a new one.
  const read = (await transcript(page)).map((line) => line.replace(/0x\w{4}…\u2060\w{4}/, "0x…"));
  expect.soft(name === "the list" ? read.slice(0, expected.length) : read, `${name}, read aloud`).toEqual(expected);
}

test("axe finds nothing in the core's states, and a screen reader comes by what they are for", async ({ stack, browser }) => {
  const scene = await Scene.on({ stack, browser });
  const seen = [];
  await walk(scene, short, {
    async see(_, name, { page }) {
      if (!(name in CORE)) {
        return;
      }
      seen.push(name);
      await expectRead(page, name);
      for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await axeFaults(page), `${name}, ${colorScheme}`).toEqual([]);
      }
    },
    missed(_, name, error) {
      throw new Error(`"${name}" can't be reached.`, { cause: error });
    },
  });
  await scene.stop();
  expect(seen.sort()).toEqual(Object.keys(CORE).sort());
});
