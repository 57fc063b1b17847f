// What the linter asks of all JavaScript: ESLint's recommended rules, and others that find mistakes
// and not matters of taste.
import js from "@eslint/js";
import globals from "globals";

/** Globals of a page that are also everyday names: a script that means one says `window.name`. */
const everyday = [
  "close", "closed", "event", "find", "history", "length", "name", "open", "origin", "parent", "print",
  "self", "status", "stop", "top",
];

export default [
  { ignores: ["**/node_modules/", "target/", "pkg/dist/", "contracts/out/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "error",
      eqeqeq: "error",
      "no-constructor-return": "error",
      // Playwright reads the names of fixtures from the first parameter, also where there are none.
      "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }],
      "no-implicit-coercion": "error",
      "no-restricted-globals": ["error", ...everyday],
      "no-self-compare": "error",
      "no-template-curly-in-string": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["www/**", "pkg/*.js", "pkg/elements/**", "benches/pages/**", "benches/rivals/**"],
    languageOptions: { globals: globals.browser },
  },
  {
    // They hand functions to pages.
    files: ["demo/**", "tests/e2e/**", "tests/browsers/**", "tests/states/**", "tests/consumers/**", "benches/*.mjs", "benches/sections/**"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  {
    // Service workers say `self.clients`.
    files: ["tests/consumers/*/*.js", "pkg/paying-worker.js", "pkg/kept-files.js"],
    languageOptions: { globals: { ...globals.serviceworker, ...globals.webextensions } },
    rules: { "no-restricted-globals": ["error", ...everyday.filter((name) => name !== "self")] },
  },
  {
    files: ["contracts/**", "examples/**/*.mjs", "tests/chaos/**", "tests/contracts/**", "tests/support/**", "tests/types/**", "tests/package/**", "pkg/*.mjs", "*.mjs"],
    languageOptions: { globals: globals.node },
  },
];
