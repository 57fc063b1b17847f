export { vite as default } from "../shared/vite.mjs";
