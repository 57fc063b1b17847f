// The conformance checklist: all cases, and that they leave out no item.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { runCases } from "./support/cases.mjs";
import { checklist } from "./support/checklist.mjs";

const subjects = [
  "deploy",
  "create",
  "top-up",
  "delegates",
  "request",
  "cooperative",
  "settle",
  "receiver-close",
  "withdraw",
  "signatures",
  "token",
  "corners",
];
const modules = await Promise.all(subjects.map((subject) => import(`./cases/${subject}.mjs`)));
const cases = modules.flatMap((module) => module.cases);

runCases(cases);

test("every file of cases is run", () => {
  const files = readdirSync(new URL("cases/", import.meta.url));
  assert.deepEqual(subjects.map((subject) => `${subject}.mjs`).sort(), files.sort());
});

test("every item of the checklist is covered in every generation it applies to", (t) => {
  const coveredBy = (item) => cases.filter(({ items }) => items.includes(item));
  const missing = [];
  for (const [item, generations] of Object.entries(checklist)) {
    const covered = coveredBy(item).flatMap((one) => one.generations);
    for (const generation of generations) {
      if (!covered.includes(generation)) missing.push(`${item} in ${generation}`);
    }
    t.diagnostic(`${item} [${generations.join(", ")}]: cases ${coveredBy(item).length}`);
  }
  assert.deepEqual(missing, []);
});
