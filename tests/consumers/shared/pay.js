// What every consumer does with the package: pays for a picture with the key and the places that its URL names.
export async function pay(library, query) {
  const { LocalKey, MicroRaiden, default: init } = library;
  const { key, contract, rpcUrl, url } = Object.fromEntries(new URLSearchParams(query));
  await init();
  const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(key), contract, rpc: rpcUrl });
  const fetchPaid = client.fetch({ maxPrice: 10n ** 18n, deposit: 10n ** 18n });
  const response = await fetchPaid(url);
  const { byteLength } = await response.arrayBuffer();
  return `paid ${response.status} ${byteLength > 1000}`;
}

/** The same in a page, whose title tells the outcome. */
export async function payInPage(library) {
  try {
    document.title = await pay(library, location.search);
  } catch (error) {
    document.title = `failed ${error?.code} ${error?.message} ${error?.cause ?? ""}`;
  }
}
