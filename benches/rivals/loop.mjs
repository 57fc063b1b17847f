// Ask, get the price, sign, ask again: the least that pays a µRaiden server. Nothing is stored.

/** The balance is what the channel has paid so far. */
export async function pay(sign, channel) {
  const asked = await fetch(channel.path);
  await asked.arrayBuffer();
  const balance = BigInt(channel.balance) + BigInt(asked.headers.get("rdn-price"));
  return payNow(sign, { ...channel, balance });
}

/** The price is known: the balance is what the channel will have paid. */
export async function payNow(sign, { contract, receiver, sender, openBlock, balance, path }) {
  const headers = {
    "RDN-Contract-Address": contract,
    "RDN-Receiver-Address": receiver,
    "RDN-Sender-Address": sender,
    "RDN-Open-Block": String(openBlock),
    "RDN-Balance": String(balance),
    "RDN-Balance-Signature": await sign({ contract, receiver, openBlock, balance }),
  };
  return fetch(path, { headers });
}
