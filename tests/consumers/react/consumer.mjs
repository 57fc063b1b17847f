export { example as default } from "../shared/example.mjs";
