// The question whether to close a channel without the receiver's agreement.
import { ETHER } from "../model/amount.js";
import { lookUpLeaving } from "../model/leaving.js";

/**
 * @param {import("../model/session.js").Session} session
 * @param {import("../text/text.js").Text} text
 */
export async function leavingQuestion(session, text) {
  const { channel, token } = session;
  const { blocks, seconds, fee } = await lookUpLeaving(session);
  const time =
    seconds === undefined ? "" : text.say("leave.time", { duration: text.duration(seconds) });
  const costs =
    fee === undefined
      ? text.say("leave.fee-unknown")
      : text.say("leave.fee", { amount: text.amount(fee, ETHER) });
  return [
    text.say("leave.refused"),
    text.say("leave.later"),
    text.say("leave.alone", { fee: costs, blocks, time }),
    text.say("leave.either", {
      receiver: text.amount(channel.balance, token),
      sender: text.amount(channel.deposit - channel.balance, token),
    }),
  ].join("\n");
}
