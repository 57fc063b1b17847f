// Runs works that tests hand in, with the package: this page has no policy that forbids it.
import * as library from "microraiden";

/** Outcomes by the number of their work, as text. */
const outcomes = new Map();
let connected;

async function connect({ contract, rpcUrl }) {
  const { LocalKey, MicroRaiden } = library;
  const saved = async (wallet) => {
    await wallet.save();
    return wallet;
  };
  const wallet = (await LocalKey.load()) ?? (await saved(LocalKey.create()));
  return MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
}

async function run(source, setting) {
  await library.default();
  const { client: wanted = true, ...rest } = setting;
  const client = wanted ? await (connected ??= connect(rest)) : undefined;
  return (0, eval)(`(${source})`)({ library, client, ...rest });
}

/** With what JSON lacks. */
const write = (value) =>
  JSON.stringify(value, (_, field) => {
    const own = { bigint: () => ({ bigint: String(field) }), undefined: () => ({ nothing: true }) };
    return own[typeof field]?.() ?? field;
  });
const read = (text) => JSON.parse(text, (_, field) => (field?.bigint ? BigInt(field.bigint) : field));

Object.assign(window, {
  /** Begins a work; true once it has. */
  begin(number, source, setting) {
    run(source, read(setting)).then(
      (value) => outcomes.set(number, write({ value })),
      ({ code, name, message, details }) =>
        outcomes.set(number, write({ error: { code, name, message, details } })),
    );
    return true;
  },
  outcome: (number) => outcomes.get(number),
});
