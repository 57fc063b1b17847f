// The items of the conformance checklist for the contracts and the generations they apply to.
const numbered = (letter, from, to) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${letter}${from + at}`);

/** Delegates, the stricter close request and withdrawals came with 0.2. */
const onlyNew = [...numbered("C", 20, 24), "C26", "C29", ...numbered("C", 47, 53)];

/** Closing by the receiver alone went with 0.1. */
const onlyOld = numbered("C", 43, 46);

function generationsOf(item) {
  if (onlyNew.includes(item)) return ["0.2"];
  if (onlyOld.includes(item)) return ["0.1"];
  return ["0.1", "0.2"];
}

/** Generations by item: C1 to C54 and K1 to K5. */
export const checklist = Object.fromEntries(
  [...numbered("C", 1, 54), ...numbered("K", 1, 5)].map((item) => [item, generationsOf(item)]),
);
