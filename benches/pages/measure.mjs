// Times candidates beside each other, so that what slows the machine down slows all of them.

const WARM_UP_MS = 250;

/**
 * @param {{ name: string, run: (n: number) => unknown }[]} candidates `run` may answer a promise.
 * @param {{ rounds: number, sliceMs: number }} options each candidate gets one slice a round.
 * @returns {Promise<Record<string, number[]>>} microseconds per operation of each slice, by name.
 */
export async function interleave(candidates, { rounds, sliceMs }) {
  let count = 0;
  const next = () => count++;
  const entries = [];
  for (const { name, run } of candidates) {
    const first = run(next());
    const waits = first instanceof Promise;
    await first;
    const repeat = waits ? waiting(run, next) : direct(run, next);
    entries.push({ name, repeat, operations: await warmUp(repeat, sliceMs), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const entry of shuffled(entries)) {
      const start = performance.now();
      await entry.repeat(entry.operations);
      entry.samples.push(((performance.now() - start) * 1_000) / entry.operations);
    }
    // The browser's own work is done between rounds.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return Object.fromEntries(entries.map(({ name, samples }) => [name, samples]));
}

const direct = (run, next) => (times) => {
  for (let i = 0; i < times; i++) {
    run(next());
  }
};

const waiting = (run, next) => async (times) => {
  for (let i = 0; i < times; i++) {
    await run(next());
  }
};

/** Lets the compiler finish, and finds out how many operations fill a slice. */
async function warmUp(repeat, sliceMs) {
  const end = performance.now() + WARM_UP_MS;
  let operations = 1;
  while (performance.now() < end) {
    const start = performance.now();
    await repeat(operations);
    const each = (performance.now() - start) / operations;
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
