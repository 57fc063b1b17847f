// What is sold: terms that the server wrote into the page, or that it gives when it is asked.
import { PageError } from "./page-error.js";
import { tokenLabel } from "./token.js";
import { within } from "./waiting.js";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** How long the server may take to say what it wants, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The terms of what an element sells: from the JSON element that its attribute `config` names, else asked for at
 * `src`, with its other attributes.
 * @param {HTMLElement} element
 */
export async function readConfig(element) {
  const id = element.getAttribute("config");
  const src = element.getAttribute("src");
  if (id === null && src !== null) {
    return askForTerms(new URL(src, document.baseURI).href, element);
  }
  const block = id === null ? undefined : document.getElementById(id);
  if (!block) {
    throw new PageError("config-missing", `no element with the id "${id ?? ""}" in the document`);
  }
  let config;
  try {
    config = JSON.parse(block.textContent ?? "");
  } catch (cause) {
    throw new PageError("config-malformed", String(cause));
  }
  // The requested URL as the browser knows it, with its query, whatever a proxy made of it.
  return readResource(config, src === null ? location.href : new URL(src, document.baseURI).href);
}

/** Asks the server without paying: its 402 has the terms in headers. */
async function askForTerms(url, element) {
  const asking = fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  const late = () => new PageError("timed-out", "no terms", { seconds: PATIENCE / 1000 });
  const response = await within(asking, PATIENCE, late).catch((cause) => {
    throw cause instanceof PageError
      ? cause
      : new PageError("server-unreachable", String(cause), {}, cause);
  });
  const { status, headers } = response;
  if (status !== 402) {
    throw new PageError("config-malformed", `status ${status} instead of 402 from ${url}`);
  }
  const decimals = element.getAttribute("token-decimals");
  const named = {
    receiver: headers.get("RDN-Receiver-Address"),
    contract: headers.get("RDN-Contract-Address"),
    token: headers.get("RDN-Token-Address"),
    price: headers.get("RDN-Price"),
    gateway: headers.get("RDN-Gateway-Path"),
    chainId: Number(element.getAttribute("chain-id") ?? undefined),
    rpcUrl: element.getAttribute("rpc-url"),
    tokenSymbol: element.getAttribute("token-symbol"),
    tokenDecimals: decimals === null ? undefined : Number(decimals),
  };
  const gateway = named.gateway && new URL(named.gateway, url).href;
  return readResource({ ...named, gateway }, url);
}

function readResource(config, url) {
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
    url: url.split("#")[0],
    price: readPrice(config.price),
    receiver: config.receiver,
    contract: config.contract,
    token: config.token,
    label: tokenLabel(config.tokenSymbol, config.tokenDecimals),
    chainId: config.chainId,
    rpcUrl: config.rpcUrl || undefined,
    gateway: config.gateway || undefined,
    faucet: config.faucet || undefined,
    rate: readRate(config.page?.rate),
    mediaType: String(config.page?.mediaType ?? ""),
    pixels: readPixels(config.page?.pixels),
  };
}

/** Width and height of a picture, where the server tells them. */
function readPixels(pixels) {
  const { width, height } = pixels ?? {};
  const isSize = (length) => Number.isSafeInteger(length) && length > 0;
  return isSize(width) && isSize(height) ? { width, height } : undefined;
}

/** What the publisher says a token is worth: `{ currency, perToken }`, a currency's code and a decimal number. */
function readRate(rate) {
  if (!rate) {
    return undefined;
  }
  const { currency, perToken } = rate;
  need(/^[A-Z]{3}$/.test(currency), `not a currency: ${currency}`);
  need(/^\d{1,20}(\.\d{1,20})?$/.test(perToken), `not a rate: ${perToken}`);
  return { currency, perToken };
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
