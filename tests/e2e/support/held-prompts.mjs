// Windows of a wallet that wait for its user.

/** How MetaMask answers a request whose window is open already. */
const PENDING = {
  code: -32002,
  message: "Request already pending. Please wait for the user to answer it.",
};

export class HeldPrompts {
  #rejected;
  #prompts = new Map();

  /** `rejected` is the error for what the user refuses. */
  constructor(rejected) {
    this.#rejected = rejected;
  }

  /** The next request for this method waits. */
  hold(method) {
    if (this.#prompts.has(method)) {
      throw new Error(`${method} is held already.`);
    }
    const prompt = { open: false };
    const asked = new Promise((resolve) => (prompt.arrive = resolve));
    prompt.decision = new Promise((resolve) => (prompt.decide = resolve));
    this.#prompts.set(method, prompt);
    const end = (error) => {
      if (this.#prompts.get(method) === prompt) {
        this.#prompts.delete(method);
      }
      prompt.decide(error);
    };
    return { asked, release: () => end(undefined), refuse: () => end(this.#rejected) };
  }

  /** The error to answer with; undefined once the request may go on. */
  async ask(method, params) {
    const prompt = this.#prompts.get(method);
    if (prompt?.open) {
      return PENDING;
    }
    if (prompt) {
      prompt.open = true;
      prompt.arrive(params);
    }
    return prompt?.decision;
  }
}
