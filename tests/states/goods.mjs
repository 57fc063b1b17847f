// What is sold where the page is looked at: a file of each kind.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";

const ARTICLE = `<!doctype html><html lang="en"><head><title>On small payments</title></head>
<body><h1>On small payments</h1><p>What costs a cent is worth a cent only if paying costs less.
<a href="poem.txt">A poem</a> says it shorter.</p><h2>Channels</h2><p>A deposit once, then signatures.</p></body></html>`;

/** One page with a line of text. */
const PAPER = `%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R
/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
4 0 obj <</Length 54>> stream
BT /F1 24 Tf 40 200 Td (A paper that was paid for) Tj ET
endstream endobj
trailer <</Root 1 0 R /Size 5>>
%%EOF`;

/** A tenth of a second of silence. */
export function silence() {
  const samples = Buffer.alloc(800, 128);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** @type {Record<string, string | Buffer>} */
const FILES = {
  "article.html": ARTICLE,
  "paper.pdf": PAPER,
  "silence.wav": silence(),
  "broken.mp4": "no film",
  "goods.zip": Buffer.alloc(1_234_567),
  "Annual-report-of-the-Donaudampfschifffahrtsgesellschaft-2026-final-corrected.txt": "All is well.\n",
};

const HUNDREDS = 200;

/** Writes a folder with the demo's files and one of each other kind; gives its path. */
export function someGoods() {
  const folder = fresh("some");
  cpSync(join(root, "demo/content"), folder, { recursive: true });
  for (const [name, content] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Writes a folder of 200 files; gives its path. */
export function manyGoods() {
  const folder = fresh("many");
  for (let number = 1; number <= HUNDREDS; number += 1) {
    writeFileSync(join(folder, `essay-${number}.txt`), `The essay of day ${number}.\n`);
  }
  return folder;
}

function fresh(name) {
  const folder = join(root, "target/goods", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
