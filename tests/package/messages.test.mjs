// The elements' messages: every language has all of them, and the code names no other.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../demo/root.mjs";

const elements = join(root, "pkg/elements");
const load = async (file) => (await import(join(elements, "messages", file))).default;
const files = readdirSync(join(elements, "messages"));
const english = await load("en.js");

/** The names in braces that a message, in any of its forms, mentions. */
function mentioned(message) {
  const forms = typeof message === "string" ? [message] : Object.values(message);
  return new Set(forms.flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)));
}

for (const file of files.filter((name) => name !== "en.js")) {
  test(`${file} has every message, which mentions the same values, in every form that its language has`, async () => {
    const messages = await load(file);
    assert.deepEqual(Object.keys(messages).sort(), Object.keys(english).sort());
    const forms = new Intl.PluralRules(file.replace(".js", "")).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(messages)) {
      assert.deepEqual(mentioned(message), mentioned(english[key]), key);
      assert.equal(typeof message, typeof english[key], key);
      if (typeof message !== "string") {
        assert.deepEqual(Object.keys(message).sort(), [...forms].sort(), key);
      }
    }
  });

  test(`${file} is a language that the elements load`, () => {
    const source = readFileSync(join(elements, "text/text.js"), "utf8");
    assert.ok(source.includes(`import("../messages/${file}")`), file);
  });
}

test("every message is used, and every message that is named is there", () => {
  const sources = readdirSync(elements, { recursive: true })
    .filter((name) => String(name).endsWith(".js") && !String(name).startsWith("messages"))
    .map((name) => readFileSync(join(elements, String(name)), "utf8"))
    .join("\n");
  const named = [...sources.matchAll(/(?:say\(|tell\([^,]+, |data-say=|name: )"([a-z-]+\.[a-z-.]+)"/g)];
  for (const [, key] of named) {
    assert.ok(Object.hasOwn(english, key), key);
  }
  // Made from a part of their name: by code, action, request, outcome, state.
  const made = /^(error|leave|action|wallet|run|go|history|channel\.state|account\.lacks|pay|progress|time)[.-]/;
  for (const key of Object.keys(english).filter((name) => !made.test(name))) {
    assert.ok(sources.includes(`"${key}"`), key);
  }
});

test("the server and the elements know the same languages as written from right to left", () => {
  const listed = (file) => {
    const [, list] = /RIGHT_TO_LEFT[^=]*= \[([^\]]*)\]/.exec(readFileSync(join(root, file), "utf8")) ?? [];
    return [...(list ?? "").matchAll(/"([a-z]+)"/g)].map(([, tag]) => tag);
  };
  const known = listed("src/paywall/words.rs");
  assert.ok(known.includes("ar"));
  assert.deepEqual(listed("pkg/elements/text/text.js"), known);
});
