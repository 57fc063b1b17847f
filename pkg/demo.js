// For demonstrations: a token that gives itself away for ether, and a node with accounts of its own.
export { mint } from "./core.js";
export { fund } from "./elements/model/faucet.js";
