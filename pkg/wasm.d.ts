/** The module, as a bundler gives it: its URL, or compiled. For `init({ wasm })`. */
declare const wasm: string | WebAssembly.Module;
export default wasm;
