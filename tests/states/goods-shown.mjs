// What was paid for, by its kind.

/** @typedef {import("./scene.mjs").Journey} Journey */

/** Pays for this file from the open channel. */
const pay = (path) => async ({ visitor, stack }) => {
  await visitor.open(stack.url + path);
  await visitor.pay();
  await visitor.by("content").waitFor();
};

const LONG = "/Annual-report-of-the-Donaudampfschifffahrtsgesellschaft-2026-final-corrected.txt";

/** @type {Journey} */
export const goodsShown = {
  title: "What was paid for",
  states: {
    "paid: an article": async ({ visitor, stack, times }) => {
      await visitor.arriveWith();
      await visitor.by("backup-later").click();
      await visitor.open(`${stack.url}/article.html`);
      await visitor.useLocalKey();
      await visitor.openAndPay(times(50n));
      await visitor.by("content").waitFor();
    },
    "paid: a text of a long name": pay(LONG),
    "paid: a paper": pay("/paper.pdf"),
    "paid: sound": pay("/silence.wav"),
    "paid: a film that can't be played": pay("/broken.mp4"),
    "paid: a file to save": pay("/goods.zip"),
  },
};
