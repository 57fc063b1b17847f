export { default } from "./dist/microraiden.js";
export * from "./dist/microraiden.js";
