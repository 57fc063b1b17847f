// What the server says about this page: a JSON block in the document.
import { PageError } from "./page-error.js";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** `{ files }` for the list, or the terms of one resource. */
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
  return Array.isArray(config?.files)
    ? { files: config.files.map(readFile) }
    : readResource(config);
}

function readFile(file) {
  return { path: readPath(file?.path), price: readPrice(file?.price) };
}

function readResource(config) {
  for (const name of ["receiver", "contract", "token"]) {
    need(ADDRESS.test(config?.[name]), `${name} is not an address: ${config?.[name]}`);
  }
  need(Number.isSafeInteger(config.chainId), `chainId is not a number: ${config.chainId}`);
  need(!config.faucet || ADDRESS.test(config.faucet), `faucet is not an address: ${config.faucet}`);
  return {
    resource: readPath(config.resource),
    price: readPrice(config.price),
    receiver: config.receiver,
    contract: config.contract,
    token: config.token,
    chainId: config.chainId,
    rpcUrl: config.rpcUrl || undefined,
    gateway: config.gateway || undefined,
    faucet: config.faucet || undefined,
  };
}

/** A path of this origin; "//elsewhere" would be another host. */
function readPath(path) {
  need(typeof path === "string" && /^\/(?!\/)/.test(path), `not a path of this site: ${path}`);
  return path;
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

/** The file name of a path, readable. */
export function fileName(path) {
  const last = path.split("/").pop() || path;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
