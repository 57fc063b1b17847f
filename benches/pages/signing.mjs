// One signature, with and without journal and lock, and one recovery, beside the rivals.
import { interleave } from "./measure.mjs";
import { load, pureRecover, pureSigner } from "./ours.mjs";
import { KEY, payment } from "./payment.mjs";

const lower = (text) => text.slice(0, 130).toLowerCase();

/**
 * @param {{ signers: { id: string, name: string }[], stack: object, rounds: number,
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
  const { signHash } = rivals.find(({ id }) => id === "noble-curves");
  const secret = Uint8Array.from(KEY.slice(2).match(/../g), (pair) => Number.parseInt(pair, 16));
  const reference = (hash) => signHash(hash, secret);
  const channel = await openChannel(library, stack);

  const signing = [];
  const recovering = [];
  const ours = pureSigner(library);
  const oursRecover = pureRecover(library);
  const { digest: balanceHash } = rivals.find(({ id }) => id === "noble-curves");
  if (ours) {
    await check("ours", ours, balanceHash, reference);
    signing.push({ name: "ours", run: (n) => ours(payment(n)) });
  }
  await checkStored(channel, balanceHash, reference);
  signing.push(...storedSigners(channel));
  const signature = reference(balanceHash(payment(0)));
  if (oursRecover) {
    recovering.push({ name: "ours", run: () => oursRecover(payment(0), signature) });
  }
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
      const own = await sign(payment(0));
      recovering.push({ name, run: () => recover(payment(0), own) });
    }
  }
  await checkRecovered(recovering, library.LocalKey.fromHex(KEY).address);
  const options = { rounds, sliceMs };
  return {
    signing: await interleave(signing, options),
    recovering: await interleave(recovering, options),
    apiSigns: Boolean(ours),
    apiRecovers: Boolean(oursRecover),
  };
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
    const found = String(await run()).toLowerCase();
    if (found !== account.toLowerCase()) {
      throw new Error(`${name} recovers ${found}, but ${account} signed.`);
    }
  }
}

async function openChannel({ LocalKey, MicroRaiden }, { contract, rpcUrl, receiver, deposit }) {
  const wallet = LocalKey.fromHex(KEY);
  const client = await MicroRaiden.connect({ wallet, contract, rpcUrl });
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
