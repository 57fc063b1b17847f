// A wallet that can't sign typed data of version 1 keeps nobody in a channel, as far as the contract takes no
// signature.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

const TYPED = ["eth_signTypedData", "eth_signTypedData_v1"];

test("leaving asks for no signature that the contract does not take", core, async ({
  library,
  wallet,
  generation,
}) => {
  const sign = () => TYPED.map((method) => wallet.times(method));
  // The wallet could sign once, before its first deposit.
  await library.value(({ client, receiver, argument }) => client.open({ receiver, deposit: argument }).then(() => {}), PRICE);
  expect(sign()).toEqual([1, 0]);
  TYPED.forEach((method) => wallet.refuse.add(method));
  for (const how of [{ cooperative: false }, {}]) {
    const { value, error } = await library.with({ how }).run(async (setting) => {
      const { client, receiver, how: options, argument: deposit } = setting;
      const channel = await client.open({ receiver, deposit });
      const { cooperative, balance, settleBlock } = await channel.close(options);
      return { cooperative, balance, state: channel.state, due: settleBlock > 0 };
    }, PRICE);
    if (generation === "0.1") {
      // Its close request takes the sender's own proof.
      expect(error).toMatchObject({ code: "wallet-rejected" });
    } else {
      expect(value).toEqual({ cooperative: false, balance: 0n, state: "closing", due: true });
      expect(sign()).toEqual([1, 0]);
    }
  }
});
