// What runs in the page of the package: each is a function of `{ library, client, receiver, url, …, argument }`.

/** Opens a channel with this deposit. */
export const open = ({ client, receiver, argument: deposit }) =>
  client.open({ receiver, deposit }).then(({ sender, openBlock }) => ({ sender, openBlock }));

/** Pays once, opening a channel of five prices where there is none; the status, or the code of the error. */
export const pay = async ({ client, url, argument: price }) => {
  const fetchPaid = client.payingFetch({ maxPrice: price, deposit: 5n * price });
  try {
    return (await fetchPaid(`${url}/doggo.jpg`)).status;
  } catch ({ code }) {
    return code;
  }
};

/** Pays so often, in two lanes at once; how often it was served. */
export const payOften = async ({ client, url, argument: [times, price] }) => {
  const fetchPaid = client.payingFetch({ maxPrice: price, deposit: 100n * price });
  let left = times;
  let served = 0;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const { status } = await fetchPaid(`${url}/doggo.jpg`);
      served += status === 200 ? 1 : 0;
    }
  };
  await Promise.all([lane(), lane()]);
  return served;
};

/** Signs over one price more, without sending it; the balance, or the code of the error. */
export const sign = async ({ client, argument: price }) => {
  const [channel] = await client.channels();
  try {
    return (await channel.sign(price)).balance;
  } catch ({ code }) {
    return code;
  }
};

/** How many works of all tabs wait for the turn of a channel, or of an opening. */
export const waiting = async () => {
  const { pending } = await navigator.locks.query();
  return pending.filter(({ name }) => /^microraiden:(channel|open)/.test(name)).length;
};

/** With what codes everything fails for a key that can't be stored. */
export const codes = async ({ library, contract, rpcUrl, url, argument: price }) => {
  const { LocalKey, MicroRaiden } = library;
  const wallet = LocalKey.create();
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const code = (work) => work.then(String, (error) => error.code ?? String(error));
  return {
    save: await code(wallet.save()),
    pay: await code(client.payingFetch({ maxPrice: price, deposit: price })(`${url}/doggo.jpg`)),
    policy: await code(client.policy()),
    ledger: await code(client.ledger()),
  };
};
