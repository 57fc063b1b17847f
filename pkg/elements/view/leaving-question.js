// The question whether to close a channel without the receiver's agreement.
import { ETHER } from "../model/amount.js";
import { lookUpLeaving } from "../model/leaving.js";

/**
 * The two ways, as `choose` of question.js takes them.
 * @param {import("../model/session.js").Session} session
 * @param {import("../text/text.js").Text} text
 * @returns {Promise<Parameters<typeof import("./question.js").choose>[1]>}
 */
export async function leavingQuestion(session, text) {
  const { channel, token } = session;
  const { blocks, seconds, fees } = await lookUpLeaving(session);
  const period =
    seconds === undefined
      ? text.say("leave.blocks", { blocks })
      : text.say("leave.time", { duration: text.duration(seconds), blocks });
  const costs = (name, fee) =>
    fee === undefined ? text.say(`leave.${name}`) : text.say(`leave.${name}-fee`, { amount: text.amount(fee, ETHER) });
  const way = (name, time, cost) => ({
    name: text.say(`leave.${name}`),
    meaning: text.say(`leave.${name}-means`),
    facts: /** @type {[string, string][]} */ ([
      [text.say("leave.takes"), time],
      [text.say("leave.costs"), cost],
    ]),
  });
  return {
    title: text.say("leave.title"),
    text: text.say("leave.refused"),
    ways: [
      way("later", text.say("leave.when-signed"), costs("one", fees?.together)),
      way("alone", period, costs("two", fees?.alone)),
    ],
    after: text.say("leave.either", {
      receiver: text.amount(channel.balance, token),
      sender: text.amount(channel.deposit - channel.balance, token),
    }),
  };
}
