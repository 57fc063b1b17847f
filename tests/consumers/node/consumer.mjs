// Node, without a browser: keys, proofs, and errors that say what is missing.
export default async function node({ run }) {
  await run("node", ["sign.mjs"]);
}
