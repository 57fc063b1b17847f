// Decides what passes a point: at once, when it is told to, or never.

/** The first rule that matches decides, as often as it was given for; without one all passes. */
export class Turnstile {
  #rules = [];

  /** The next ones that match do not pass. */
  drop(match, times = 1) {
    this.#rules.push({ match, times, decide: async () => false });
  }

  /**
   * The next one that matches waits here.
   * @returns {{ arrived: Promise<any>, release: () => Promise<void>, drop: () => void }}
   */
  hold(match) {
    let arrive;
    let decided;
    let finished;
    const arrived = new Promise((resolve) => (arrive = resolve));
    const decision = new Promise((resolve) => (decided = resolve));
    const decide = (item, end) => {
      finished = end;
      arrive(item);
      return decision;
    };
    const rule = { match, times: 1, decide, clear: () => decided(true) };
    this.#rules.push(rule);
    return {
      arrived,
      release: async () => {
        decided(true);
        await finished;
      },
      drop: () => decided(false),
    };
  }

  /** From now on all that match wait here, until the rules are cleared. */
  hang(match) {
    let decided;
    const decision = new Promise((resolve) => (decided = resolve));
    const rule = { match, times: Infinity, decide: () => decision, clear: () => decided(true) };
    this.#rules.push(rule);
  }

  /** Whether this one passes; `end` is the promise that its journey is over. */
  async pass(item, end) {
    const rule = this.#rules.find(({ match, times }) => times > 0 && match(item));
    if (!rule) {
      return true;
    }
    rule.times -= 1;
    return rule.decide(item, end);
  }

  /** Forgets the rules; what waits, passes. */
  clear() {
    for (const rule of this.#rules.splice(0)) {
      rule.clear?.();
    }
  }
}
