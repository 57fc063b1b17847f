// A token without ERC223: approval and a call, with an old allowance in the way.
import { encodeFunctionData, parseEther } from "viem";
import { tokenAbi } from "../../contracts/abi.mjs";
import { expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { callToken, deployPlain } from "./support/plain-token.mjs";

test("open and top up by approval; an old allowance is reset first", async ({
  page,
  stack,
  wallet,
}) => {
  const { token, contract } = await deployPlain(stack);
  const library = await Library.alone(page, { stack: { ...stack, contract }, wallet });
  const sender = await library.value(({ client }) => client.sender);
  await stack.setEther(sender, parseEther("1"));
  await callToken(stack, token, "transfer", [sender, 1000n]);
  // An allowance that does not suffice is left from before.
  await stack.testClient.impersonateAccount({ address: sender });
  const data = encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [contract, 1n] });
  const hash = await stack.publicClient.request({
    method: "eth_sendTransaction",
    params: [{ from: sender, to: token, data }],
  });
  await stack.publicClient.waitForTransactionReceipt({ hash });
  await stack.testClient.stopImpersonatingAccount({ address: sender });

  const { deposit, events } = await library.value(async ({ client, receiver }) => {
    const events = [];
    const onProgress = ({ type, action }) => type === "sent" && events.push(action);
    const channel = await client.open({ receiver, deposit: 100n, onProgress });
    await channel.topUp(50n, { onProgress });
    return { deposit: channel.deposit, events };
  });
  expect(deposit).toBe(150n);
  expect(events).toEqual(["approve-reset", "approve", "open", "approve", "top-up"]);
  const balanceOf = (account) =>
    stack.publicClient.readContract({
      address: token,
      abi: tokenAbi,
      functionName: "balanceOf",
      args: [account],
    });
  expect(await balanceOf(contract)).toBe(150n);
  expect(await balanceOf(sender)).toBe(850n);
});
