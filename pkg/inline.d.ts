// The same as the package itself. Its module is inside, so that `init` needs no file.
export * from "./index.js";
export { default } from "./index.js";
