// Ask, get the price, sign, ask again: the least that pays a µRaiden server. Nothing is stored.

/** The balance is what the channel has paid so far. */
export async function pay(sign, { contract, receiver, sender, openBlock, balance, path }) {
  const asked = await fetch(path);
  await asked.arrayBuffer();
  const next = BigInt(balance) + BigInt(asked.headers.get("rdn-price"));
  const headers = {
    "RDN-Contract-Address": contract,
    "RDN-Receiver-Address": receiver,
    "RDN-Sender-Address": sender,
    "RDN-Open-Block": String(openBlock),
    "RDN-Balance": String(next),
    "RDN-Balance-Signature": await sign({ contract, receiver, openBlock, balance: next }),
  };
  return fetch(path, { headers });
}
