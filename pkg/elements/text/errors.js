// What a thrown value means to the user.
import { sentences } from "./sentences.js";

const unknown = {
  say: "Something went wrong that this page does not know. Try again, or reload the page.",
  ways: ["retry", "refresh", "reload"],
  money: true,
};

/**
 * `{ code, sentence, ways, calm, money, technical }` for any thrown value; `facts` are the session's,
 * `money` says whether the sentence leaves open what happened to the money.
 */
export function describe(error, facts) {
  const code = codeOf(error);
  const known = Object.hasOwn(sentences, code) ? sentences[code] : unknown;
  const { say, ways = [], calm = false, money = false } = known;
  const sentence = sentenceOf(say, error?.details ?? {}, facts);
  return {
    code,
    sentence: sentence ?? unknown.say,
    ways: sentence === undefined ? unknown.ways : ways,
    calm,
    money: money || sentence === undefined,
    technical: technical(error),
  };
}

/** Unexpected details must not hide their error. */
function sentenceOf(say, details, facts) {
  try {
    const sentence = typeof say === "function" ? say(details, facts) : say;
    return typeof sentence === "string" && sentence !== "" ? sentence : undefined;
  } catch {
    return undefined;
  }
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
