// Everything of the package, called as it is documented. It is compiled and never run.
import { Wallet } from "ethers";
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import init, {
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  MicroRaidenError,
  Wallets,
  initSync,
  recoverBalanceProof,
  shareStorage,
  useStorage,
} from "../../pkg/index.js";
import { mint } from "../../pkg/demo.js";
import { fileStorage } from "../../pkg/files.js";
import { type Payer, payFor, registerPayer } from "../../pkg/service-worker.js";
import type {
  Address,
  BackupHint,
  BalanceMessage,
  Begun,
  ChannelEvent,
  ChannelSnapshot,
  ChannelState,
  ClientSnapshot,
  Closed,
  ErrorCode,
  ErrorDetails,
  Funded,
  Generation,
  Hex,
  LedgerEntry,
  Lacks,
  Left,
  LockOptions,
  OpenEnd,
  PayingFetch,
  Policy,
  Progress,
  Proof,
  Quote,
  StateStore,
  Swept,
  TokenInfo,
  Watch,
} from "../../pkg/index.js";

declare const address: Address;
declare const provider: { request(call: { method: string }): Promise<unknown> };
const watch: Watch = { onProgress: (_: Progress) => {}, signal: new AbortController().signal };

export async function keys(): Promise<LocalKey | undefined> {
  await init();
  await init({ wasm: "/microraiden_bg.wasm" });
  await init({ wasm: new URL("https://example.org/microraiden_bg.wasm") });
  await init({ wasm: fetch("/microraiden_bg.wasm") });
  await init({ wasm: new Uint8Array() });
  initSync({ wasm: new Uint8Array() });
  const key: LocalKey = LocalKey.create();
  const same: LocalKey = LocalKey.fromHex(key.toHex());
  await key.save();
  await key.save("name");
  await LocalKey.forget();
  await LocalKey.forget("name");
  await LocalKey.fromBackup("password", "{}");
  const message: BalanceMessage = { contract: address, receiver: address, openBlock: 1, balance: 1n };
  const proof: Proof = same.signBalanceProof({ ...message, generation: "0.1" });
  const signer: Address = recoverBalanceProof(message, proof.signature);
  void signer;
  return (await LocalKey.load()) ?? (await LocalKey.load("name"));
}

export async function wallets(): Promise<InjectedWallet> {
  const found: InjectedWallet[] = await Wallets.discover();
  await Wallets.discover({ timeout: 50, signal: AbortSignal.timeout(1000) });
  const { name, rdns, icon, uuid } = InjectedWallet.from(provider);
  void [name, rdns, icon, uuid];
  return found[0]!;
}

export async function accounts(): Promise<void> {
  const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
  const contract = address;
  const rpcUrl = "https://node.example";
  await MicroRaiden.connect({ wallet: account, account: account.address, contract, rpc: rpcUrl });
  await MicroRaiden.connect({ wallet: createWalletClient({ account, transport: http(rpcUrl) }), contract, rpc: rpcUrl });
  await MicroRaiden.connect({ wallet: new Wallet(account.address), contract, rpc: rpcUrl });
  await MicroRaiden.connect({ wallet: provider, contract });
  // @ts-expect-error It signs nothing.
  await MicroRaiden.connect({ wallet: { address }, contract, rpc: rpcUrl });
}

export async function stores(wallet: LocalKey): Promise<void> {
  const files: StateStore = fileStorage("state");
  fileStorage(new URL("https://example.org"));
  const texts = new Map<string, string>();
  const memory: StateStore = {
    get: async (name) => texts.get(name) ?? null,
    set: async (name, text) => texts.set(name, text),
    remove: async (name) => texts.delete(name),
    names: async (prefix) => [...texts.keys()].filter((name) => name.startsWith(prefix)),
    lock: (name, options: LockOptions, run) => navigator.locks.request(name, options, run),
    persist: () => navigator.storage.persist(),
  };
  for (const storage of [files, memory]) await MicroRaiden.connect({ wallet, contract: address, storage });
  // @ts-expect-error Locks are missing.
  await MicroRaiden.connect({ wallet, contract: address, storage: { ...memory, lock: undefined } });
  // @ts-expect-error What is read is text.
  await MicroRaiden.connect({ wallet, contract: address, storage: { ...memory, get: async () => 5 } });
}

export async function client(wallet: LocalKey | InjectedWallet): Promise<MicroRaiden> {
  const connected = await MicroRaiden.connect({ wallet, contract: address });
  const rpcUrl = ["http://localhost:8545", "https://user:password@node.example"] as const;
  const all = { rpcUrl, chainId: 1n, confirmations: 2, maxFeePerGas: 1n };
  await MicroRaiden.connect({ wallet, contract: address, ...all, ...watch });
  const { sender, contract, token, generation, chainId, challengePeriod, turns } = connected;
  const typed: [Address, Address, Address, Generation, number, number] = [
    sender,
    contract,
    token,
    generation,
    chainId,
    challengePeriod,
  ];
  const frozen: ErrorCode | undefined = connected.frozen;
  const across: "all-tabs" | "this-page" | "storage" = turns;
  void [typed, frozen, across];
  const end: () => void = connected.on("change", () => {});
  connected.on("change", ({ channels }: ClientSnapshot) => void channels);
  connected.on("frozen", () => {});
  connected.on("persisted", ({ persisted }: { persisted: boolean }) => void persisted);
  connected.on("backup", ({ key }: BackupHint) => void key);
  end();

  const opened: Channel = await connected.open({ receiver: address, deposit: 1n });
  await connected.open({ receiver: address, deposit: 1n, ...watch });
  const found: Channel | undefined = await connected.find({ receiver: address, ...watch });
  const channels: Channel[] = await connected.channels();
  const payer: Channel | undefined = await connected.channelToPayFrom({ receiver: address, price: 1n });
  const quote: Quote | undefined = await connected.quote("/priced", { method: "POST" });
  const asking: PayingFetch = connected.payingFetch({
    maxPrice: 1n,
    onPaymentRequired: async ({ price, channel }: Quote) => price < 5n && channel !== undefined,
  });
  void [quote, asking];
  void [opened, found, channels, payer];

  const named: PayingFetch = connected.fetch({ maxPrice: 1n });
  void named;
  const pay: PayingFetch = connected.payingFetch({ maxPrice: 1n });
  connected.payingFetch({
    maxPrice: 1n,
    deposit: 10n,
    topUp: 10n,
    receiver: address,
    priceAge: 0,
    ...watch,
  });
  const response: Response = await pay("https://example.org/", { method: "POST", body: "x" });
  await pay(new URL("https://example.org/"));
  await pay(new Request("https://example.org/"));
  void response;

  await connected.recover();
  await connected.recover({ fromBlock: 1, ...watch });
  await connected.recover({ fromBlock: 1n });
  const ends: OpenEnd[] = await connected.openEnds();
  await connected.resume();
  await connected.resume(watch);
  const aside: string[] = await connected.setAside();
  const file: string = await connected.exportBackup("password");
  const restored: Channel[] = await connected.importBackup("password", file);
  void [ends, aside, restored];
  return connected;
}

export async function person(connected: MicroRaiden): Promise<void> {
  const policy: Policy = await connected.policy();
  await connected.setPolicy(policy);
  await connected.setPolicy({
    stopped: false,
    receivers: [address],
    contracts: [address],
    maxPrice: 1n,
    maxDeposit: 1n,
    maxOpenings: 3,
    dailyEscrow: 1n,
    dailyBudget: 1n,
    maxRate: { payments: 1, seconds: 1 },
    maxPriceRise: 50,
    pauseWhenHidden: true,
  });
  await connected.stop();
  await connected.stop(false);
  const ledger: LedgerEntry[] = await connected.ledger();
  const csv: string = await connected.exportLedger();
  await connected.exportLedger("json");
  const info: TokenInfo = await connected.tokenInfo();
  const ether: bigint = await connected.etherBalance();
  const minted: Hex = await mint(connected);
  await mint(connected, watch);
  const swept: Swept = await connected.sweep({ to: address, ...watch });
  const funded: Funded = await connected.fund({
    from: InjectedWallet.from(provider),
    tokens: 1n,
    ether: 1n,
    ...watch,
  });
  void [ledger, csv, info, ether, minted, swept, funded];
}

export async function fromWalletAndBack(connected: MicroRaiden): Promise<void> {
  const wallet = InjectedWallet.from(provider);
  const terms = { contract: address, rpc: "https://node.example.org", receiver: address, deposit: 1n };
  const begun: Begun = await MicroRaiden.begin({ wallet, ...terms });
  await MicroRaiden.begin({ wallet: provider, key: LocalKey.create(), account: address, scope: "archive", ...terms, ...watch });
  const channel: Channel = await connected.begin({ receiver: address, deposit: 1n });
  await connected.begin({ wallet, account: address, receiver: address, deposit: 1n, ...watch });
  const lacks: Lacks = await connected.lacks({ receiver: address, deposit: 1n, ...watch });
  const { left, tokens, ether, tokensHash }: Left = await connected.end();
  await connected.end({ to: address, cooperative: true, force: false, gateway: "https://example.org/", ...watch });
  const ends: OpenEnd[] = left;
  void [begun.client, begun.channel, channel, lacks.tokens, lacks.ether, tokens, ether, tokensHash, ends];
}

export async function channel(paid: Channel): Promise<void> {
  const { sender, receiver, contract, openBlock, deposit, balance, exposure, remaining } = paid;
  const amounts: bigint[] = [deposit, balance, exposure, remaining];
  const parties: Address[] = [sender, receiver, contract];
  const state: ChannelState = paid.state;
  const known: boolean = paid.balanceKnown;
  const blocks: (number | undefined)[] = [openBlock, paid.settleBlock];
  const pending: Proof | undefined = paid.pending;
  const gateway: string | undefined = paid.gateway;
  void [amounts, parties, state, known, blocks, pending, gateway];
  paid.on("change", () => {})();
  paid.on("change", ({ balance }: ChannelSnapshot) => void (balance + 1n));
  paid.on("forgotten", () => {})();

  const proof: Proof = await paid.sign(1n);
  await paid.sign(1n, watch);
  await paid.confirm(proof);
  await paid.rollback(proof);
  const added: Hex = await paid.topUp(1n);
  await paid.topUp(1n, watch);
  await paid.refresh();
  await paid.reconcile("https://example.org/");
  await paid.reconcile(new URL("https://example.org/"), { method: "POST" });
  const closed: Closed = await paid.close();
  await paid.close({ gateway: "https://example.org", cooperative: false, force: true, ...watch });
  const settled: Hex = await paid.settle();
  await paid.settle(watch);
  await paid.forget();
  await paid.forget({ force: true });
  void [added, closed, settled];
}

/** As React declares it. */
declare function useSyncExternalStore<T>(subscribe: (changed: () => void) => () => void, getSnapshot: () => T): T;

export async function values(connected: MicroRaiden, paid: Channel): Promise<void> {
  const { channels, frozen, token }: ClientSnapshot = useSyncExternalStore(connected.subscribe, connected.getSnapshot);
  const known: readonly ChannelSnapshot[] = channels;
  const code: ErrorCode | undefined = frozen;
  const snapshot: ChannelSnapshot = paid.snapshot();
  const left: bigint = snapshot.remaining + (snapshot.pending?.balance ?? 0n);
  const text: string = paid.toJSON().deposit;
  const first: string | undefined = connected.toJSON().channels[0]?.pending?.balance;
  const block: number | undefined = paid.toJSON().settleBlock;
  for await (const event of paid.events({ signal: AbortSignal.timeout(1) })) {
    const { type, dropped }: ChannelEvent = event;
    const kind: "change" = type;
    void [kind, dropped + 1, event.snapshot.balance];
  }
  await paid.events().return?.();
  void [known, code, token, left, text, first, block, connected.snapshot() === connected.getSnapshot()];
  // @ts-expect-error It is frozen.
  snapshot.deposit = 1n;
  // @ts-expect-error And its list.
  channels.push(snapshot);
}

export async function worker(): Promise<void> {
  const port: MessagePort = shareStorage();
  await useStorage(port);
}

export async function paying(): Promise<void> {
  const payer: Payer = await registerPayer("/payer.js", { scope: "/" });
  payer.addEventListener("paid", ({ detail }) => void (detail.amount + 1n));
  payer.addEventListener("refused", ({ detail }) => void (detail.code === "payments-stopped"));
  // @ts-expect-error There is no such event.
  payer.addEventListener("payed", () => {});
  payFor({ paths: ["/paid/*"], connect: { contract: address }, limits: { maxPrice: 5n } });
  // @ts-expect-error The key of the site pays.
  payFor({ paths: [], connect: { contract: address, wallet: provider }, limits: { maxPrice: 5n } });
  const ended: boolean = await payer.unregister();
  void ended;
}

export function failed(error: unknown): ErrorCode | undefined {
  if (!(error instanceof MicroRaidenError)) return undefined;
  if (error.code === "price-above-limit") {
    const above: bigint = error.details.price - error.details.limit;
    void above;
  }
  if (error.code === "not-loaded") {
    const { url, status, firstBytes, hint } = error.details;
    const all: [string?, number?, string?, string?] = [url, status, firstBytes, hint];
    void all;
  }
  if (error.code === "fee-on-transfer") void (error.details.asked - error.details.arrived);
  if (error.code === "payment-declined") void ((error.details.price ?? 0n) + 1n);
  // Each code has its details, and each entry of details is one of a code.
  const complete: Record<ErrorCode, object> = {} as ErrorDetails;
  const known: ErrorCode = "" as keyof ErrorDetails;
  void [complete, known];
  // @ts-expect-error Another code's detail.
  if (error.code === "payment-taken") void error.details.price;
  // @ts-expect-error There is no such code.
  void (error.code === "payment-lost");
  const codes: ErrorCode[] = [
    "aborted",
    "channel-unseen",
    "openings-exceeded",
    "escrow-exceeded",
    "invalid-argument",
  ];
  void codes;
  return error.code;
}

// What is wrong does not compile.
export function wrong(connected: MicroRaiden, paid: Channel): void {
  // @ts-expect-error An amount is a bigint.
  void connected.open({ receiver: address, deposit: 1 });
  // @ts-expect-error The rule is called maxPrice.
  void connected.setPolicy({ maxprice: 5n });
  // @ts-expect-error A policy is a whole one.
  void connected.setPolicy();
  // @ts-expect-error It is no text.
  void connected.stop("false");
  // @ts-expect-error It is an option, `wasm`.
  void init("/microraiden_bg.wasm");
  // @ts-expect-error The limit must be there.
  connected.payingFetch({});
  // @ts-expect-error These events tell nothing.
  connected.on("change", ({ persisted }) => void persisted);
  // @ts-expect-error There is no such way to close.
  void paid.close({ alone: true });
}
