// Times candidates beside each other, so that what slows the machine down slows all of them.

const WARM_UP_MS = 250;

/**
 * @param {{ name: string, run: (n: number) => unknown, after?: () => Promise<unknown> }[]}
 *   candidates `run` may answer a promise; what `after` takes is not counted.
 * @param {{ rounds: number, sliceMs: number }} options each candidate gets one slice a round.
 * @returns {Promise<Record<string, number[]>>} microseconds per operation of each slice, by name.
 */
export async function interleave(candidates, { rounds, sliceMs }) {
  let count = 0;
  const next = () => count++;
  const entries = [];
  for (const { name, run, after } of candidates) {
    const first = run(next());
    const waits = first instanceof Promise;
    await first;
    await after?.();
    const repeat = after ? apart(run, next, after) : (waits ? waiting : direct)(run, next);
    entries.push({ name, repeat, operations: await warmUp(repeat, sliceMs), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const entry of shuffled(entries)) {
      entry.samples.push(((await entry.repeat(entry.operations)) * 1_000) / entry.operations);
    }
    // The browser's own work is done between rounds.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return Object.fromEntries(entries.map(({ name, samples }) => [name, samples]));
}

// Each of these answers how many milliseconds so many operations took.

const direct = (run, next) => (times) => {
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    run(next());
  }
  return performance.now() - start;
};

const waiting = (run, next) => async (times) => {
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    await run(next());
  }
  return performance.now() - start;
};

const apart = (run, next, after) => async (times) => {
  let spent = 0;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await run(next());
    spent += performance.now() - start;
    await after();
  }
  return spent;
};

/** Lets the compiler finish, and finds out how many operations fill a slice. */
async function warmUp(repeat, sliceMs) {
  const end = performance.now() + WARM_UP_MS;
  let operations = 1;
  while (performance.now() < end) {
    const each = (await repeat(operations)) / operations;
    operations = Math.max(1, Math.round(sliceMs / Math.max(each, 1e-4)));
  }
  return operations;
}

function shuffled(list) {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
