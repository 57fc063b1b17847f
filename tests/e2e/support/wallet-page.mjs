/**
 * The wallet's part in the page: an EIP-1193 provider, announced by EIP-6963. It runs there, so it
 * stands alone. Only the first call in a page does anything.
 */
export function announceWallet(name) {
  if (window.testWalletEmit) {
    return;
  }
  const listeners = [];
  const provider = {
    async request({ method, params }) {
      // Playwright's bridge carries JSON; what a page passes in may be frozen or have a prototype.
      const { result, error, thrown } = await window.testWalletRequest(
        JSON.parse(JSON.stringify({ method, params })),
      );
      if (error ?? thrown) {
        throw error ?? thrown;
      }
      return result;
    },
    on(event, listener) {
      listeners.push({ event, listener });
      return this;
    },
    removeListener(event, listener) {
      const index = listeners.findLastIndex(
        (entry) => entry.event === event && entry.listener === listener,
      );
      if (index >= 0) {
        listeners.splice(index, 1);
      }
      return this;
    },
  };
  /** Calls the listeners of an event and tells how many there were. */
  const emit = (event, argument) => {
    const called = listeners.filter((entry) => entry.event === event);
    for (const { listener } of called) {
      // One listener's error is no matter of the others, but of the page.
      try {
        listener(argument);
      } catch (error) {
        reportError(error);
      }
    }
    return called.length;
  };
  Object.defineProperty(window, "testWalletEmit", { value: emit });
  const picture =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>';
  const info = Object.freeze({
    uuid: "8b1b8f0e-7b0a-4d4c-9d5b-0f5d5a1f6c11",
    name,
    icon: `data:image/svg+xml,${encodeURIComponent(picture)}`,
    rdns: "test.wallet",
  });
  const detail = Object.freeze({ info, provider });
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
}
