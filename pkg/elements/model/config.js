// What the server says about this page: a JSON block in the document.
import { PageError } from "./page-error.js";
import { tokenLabel } from "./token.js";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** The terms of the resource that the page is about. */
export function readConfig() {
  const block = document.getElementById("paywall-config");
  if (!block) {
    throw new PageError("config-missing", "no paywall-config block in the document");
  }
  let config;
  try {
    config = JSON.parse(block.textContent);
  } catch (cause) {
    throw new PageError("config-malformed", String(cause));
  }
  return readResource(config);
}

function readResource(config) {
  for (const name of ["receiver", "contract", "token"]) {
    need(ADDRESS.test(config?.[name]), `${name} is not an address: ${config?.[name]}`);
  }
  need(Number.isSafeInteger(config.chainId), `chainId is not a number: ${config.chainId}`);
  const method = config.method ?? "GET";
  if (!["GET", "HEAD"].includes(method)) {
    throw new PageError("not-a-link", `asked for by ${method}`, { method });
  }
  need(!config.faucet || ADDRESS.test(config.faucet), `faucet is not an address: ${config.faucet}`);
  return {
    // The requested URL as the browser knows it, with its query, whatever a proxy made of it.
    url: location.href.split("#")[0],
    price: readPrice(config.price),
    receiver: config.receiver,
    contract: config.contract,
    token: config.token,
    label: tokenLabel(config.tokenSymbol, config.tokenDecimals),
    chainId: config.chainId,
    rpcUrl: config.rpcUrl || undefined,
    gateway: config.gateway || undefined,
    faucet: config.faucet || undefined,
  };
}

function readPrice(price) {
  need(/^\d{1,58}$/.test(price), `not a price in base units: ${price}`);
  return BigInt(price);
}

function need(condition, message) {
  if (!condition) {
    throw new PageError("config-malformed", message);
  }
}

/** The file name of a URL, readable. */
export function fileName(url) {
  const path = new URL(url).pathname;
  const last = path.split("/").filter(Boolean).pop() ?? "file";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
