// For demonstrations, whose token gives itself away for ether.
export { mint } from "./core.js";
