// All states of the page, in the order in which a visitor may meet them.
import { manyFiles, storedTrouble, withWallet, withoutWallet } from "./arriving.mjs";
import { channelLife, closedTogether } from "./channels.mjs";
import { failing, hanging, poor } from "./failing.mjs";
import { filledByWallet } from "./filling.mjs";
import { goodsShown } from "./goods-shown.mjs";
import { firstPayment, theKey } from "./paying.mjs";
import { missingScripts, noScripts } from "./starting.mjs";

/** @type {import("./scene.mjs").Journey[]} */
export const journeys = [
  withoutWallet,
  withWallet,
  firstPayment,
  filledByWallet,
  goodsShown,
  channelLife,
  closedTogether,
  theKey,
  poor,
  failing,
  hanging,
  storedTrouble,
  manyFiles,
  noScripts,
  missingScripts,
];
