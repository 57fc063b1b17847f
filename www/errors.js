// What a thrown value means to a person.
import { sentences } from "./sentences.js";

const unknown = {
  say: "Something went wrong that this page does not know. Try again, or reload the page.",
  ways: ["retry", "reload"],
};

/** `{ code, sentence, ways, calm, technical }` for any thrown value; `facts` are the session's. */
export function describe(error, facts) {
  const code = codeOf(error);
  const details = error?.details ?? {};
  const {
    say,
    ways = [],
    calm = false,
  } = Object.hasOwn(sentences, code) ? sentences[code] : unknown;
  return {
    code,
    sentence: typeof say === "function" ? say(details, facts) : say,
    ways,
    calm,
    technical: technical(error),
  };
}

export function codeOf(error) {
  if (typeof error?.code === "string") {
    return error.code;
  }
  return error?.name === "AbortError" ? "aborted" : "unexpected";
}

/** The error's own words and those of its causes. */
function technical(error) {
  const lines = [];
  let current = error;
  for (let depth = 0; depth < 4 && current; depth += 1) {
    lines.push(String(current.message ?? current));
    current = current.cause;
  }
  return lines.join("\nbecause: ");
}
