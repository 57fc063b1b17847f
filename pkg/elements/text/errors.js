// What a thrown value means to the user.
import { reactions, values, variants } from "./reactions.js";

/** @type {import("./reactions.js").Reaction} */
const unknown = { ways: ["retry", "refresh", "reload"], money: true };

/**
 * `{ code, sentence, ways, calm, money, technical }` for any thrown value; `facts` are the session's,
 * `money` says whether the sentence leaves open what happened to the money.
 * @param {any} error
 * @param {any} facts
 * @param {import("./text.js").Text} text
 */
export function describe(error, facts, text) {
  const code = codeOf(error);
  const sentence = sentenceOf(code, error?.details ?? {}, facts, text);
  const { ways = [], calm = false, money = false } = sentence ? reactions[code] : unknown;
  return {
    code,
    sentence: sentence ?? text.say("error.unknown"),
    ways,
    calm,
    money,
    technical: technical(error),
  };
}

/** Unexpected details must not hide their error. */
function sentenceOf(code, details, facts, text) {
  if (!Object.hasOwn(reactions, code)) {
    return undefined;
  }
  const variant = attempt(() => variants[code]?.(details, facts));
  const special = variant ? `error.${code}.${variant}` : undefined;
  const key = special && text.has(special) ? special : `error.${code}`;
  const filled = { ...facts, ...details, ...attempt(() => values[code]?.(details, facts, text)) };
  const sentence = text.say(key, filled);
  // Something is missing that the message mentions.
  return /\{\w+\}/.test(sentence) ? undefined : sentence;
}

function attempt(work) {
  try {
    return work();
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
