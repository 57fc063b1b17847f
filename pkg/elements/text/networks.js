// Names of well-known networks, by their chain ids (EIP-155), as in the list that wallets use
// (github.com/ethereum-lists/chains).

const NAMES = new Map([
  [1, "Ethereum"],
  [10, "OP Mainnet"],
  [100, "Gnosis"],
  [137, "Polygon"],
  [8453, "Base"],
  [42161, "Arbitrum One"],
  [11155111, "Sepolia"],
]);

/**
 * A network's name, or "the network 31337".
 * @param {{ say: (key: string, values?: any) => string }} text
 */
export function networkName(chainId, text) {
  return NAMES.get(chainId) ?? text.say("network.other", { chainId: String(chainId) });
}
