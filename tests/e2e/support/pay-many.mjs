// A page or a worker that pays for many pictures, as a person does who reloads those that are missing.

/**
 * In a page or a worker: pays for so many pictures of a path, in six lanes at once, each again until it is there; gives how
 * often it was served.
 */
export async function payMany({ library, client, contract, rpcUrl, url, hex, argument: [path, times, maxPrice] }) {
  const wallet = hex && library.LocalKey.fromHex(hex);
  const payer = client ?? (await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl }));
  const fetch = payer.payingFetch({ maxPrice, origins: [url] });
  const left = Array.from({ length: times }, (_, index) => index);
  let served = 0;
  const lane = async () => {
    for (let index = left.pop(); index !== undefined; index = left.pop()) {
      for (;;) {
        try {
          const answer = await fetch(`${url}${path}-${index}`);
          const picture = await answer.arrayBuffer();
          served += answer.status === 200 && picture.byteLength > 0 ? 1 : 0;
          break;
        } catch (error) {
          // As a person does who reloads a picture: the same payment is sent again.
          if (error.code !== "payment-unknown" && error.code !== "server-unreachable" && error.name !== "TypeError") throw error;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return served;
}
