// One signature, with and without journal and lock, and one recovery, beside the rivals.
import { interleave } from "./measure.mjs";
import { load, pureSigner } from "./ours.mjs";
import { KEY, payment } from "./payment.mjs";

const lower = (text) => text.slice(0, 130).toLowerCase();

/**
 * @param {{ signers: { id: string, name: string }[], stack: any, rounds: number,
 *   sliceMs: number }} setting
 */
export async function measure({ signers, stack, rounds, sliceMs }) {
  if (!crossOriginIsolated) {
    throw new Error("The page is not isolated, so its clock is too coarse.");
  }
  const library = await load();
  const rivals = [];
  for (const signer of signers) {
    rivals.push({ ...signer, ...(await import(`/whole/${signer.id}/index.js`)) });
  }
  const { signHash, digest: balanceHash } = rivals.find(({ id }) => id === "noble-curves");
  const secret = Uint8Array.from(KEY.slice(2).match(/../g), (pair) => Number.parseInt(pair, 16));
  const reference = (hash) => signHash(hash, secret);
  const channel = await openChannel(library, stack);

  const ours = pureSigner(library);
  await check("ours", ours, balanceHash, reference);
  await checkStored(channel, balanceHash, reference);
  const signing = [{ name: "ours", run: (n) => ours(payment(n)) }, ...storedSigners(channel)];
  const recovering = [await recoverer("ours", ours, library.recoverBalanceProof)];
  for (const { name, create, digest, recover, createForHashes } of rivals) {
    const sign = create(KEY);
    await check(name, sign, digest, reference);
    signing.push({ name, run: (n) => sign(payment(n)) });
    if (createForHashes) {
      const signBare = createForHashes(KEY);
      const hash = digest(payment(0));
      signing.push({ name: `${name}, hash given`, run: () => signBare(hash) });
    }
    if (recover) {
      recovering.push(await recoverer(name, sign, recover));
    }
  }
  await checkRecovered(recovering, library.LocalKey.fromHex(KEY).address);
  const options = { rounds, sliceMs };
  return {
    signing: await interleave(signing, options),
    recovering: await interleave(recovering, options),
  };
}

/** Recovers from signatures that were made beforehand. */
async function recoverer(name, sign, recover) {
  const signed = [];
  for (let n = 0; n < 64; n++) {
    signed.push([payment(n), await sign(payment(n))]);
  }
  return { name, run: (n) => recover(...signed[n % signed.length]) };
}

/** Every signer makes the one deterministic signature of its message. */
async function check(name, sign, digest, reference) {
  for (const n of [0, 1, 255, 99_999]) {
    const made = lower(await sign(payment(n)));
    const wanted = lower(reference(await digest(payment(n))));
    if (made !== wanted) {
      throw new Error(`${name} signs payment ${n} as ${made}, and the reference as ${wanted}.`);
    }
  }
}

async function checkRecovered(candidates, account) {
  for (const { name, run } of candidates) {
    const found = String(await run(7)).toLowerCase();
    if (found !== account.toLowerCase()) {
      throw new Error(`${name} recovers ${found}, but ${account} signed.`);
    }
  }
}

async function openChannel({ LocalKey, MicroRaiden }, { contract, rpcUrl, receiver, deposit }) {
  const wallet = LocalKey.fromHex(KEY);
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  return client.open({ receiver, deposit: BigInt(deposit) });
}

/** With journal, lock, rules and list of payments; a proof is confirmed before the next one. */
function storedSigners(channel) {
  let proof;
  const run = async () => (proof = await channel.sign(1n));
  const confirm = () => channel.confirm(proof);
  return [
    { name: "ours, journal and lock", run, after: confirm },
    { name: "ours, journal and lock, confirmed", run: () => signAndConfirm(channel) },
  ];
}

async function signAndConfirm(channel) {
  const proof = await channel.sign(1n);
  await channel.confirm(proof);
  return proof;
}

async function checkStored(channel, balanceHash, reference) {
  const { balance, signature } = await signAndConfirm(channel);
  const { contract, receiver, openBlock } = channel;
  const wanted = reference(balanceHash({ contract, receiver, openBlock, balance }));
  if (lower(signature) !== lower(wanted) || channel.balance !== balance) {
    throw new Error(`The channel signs ${signature}, and the reference ${wanted}.`);
  }
}
