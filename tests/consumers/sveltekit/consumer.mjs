// SvelteKit's server of developers, which renders the page and so imports the package as well.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILES = {
  "vite.config.js": 'import { sveltekit } from "@sveltejs/kit/vite";\nexport default { plugins: [sveltekit()] };\n',
  "svelte.config.js": "export default {};\n",
  "src/app.html": "<!DOCTYPE html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>\n",
  "src/routes/+page.svelte": `<script>
  import { onMount } from "svelte";
  import * as library from "microraiden";
  import { payInPage } from "../../pay.js";
  onMount(() => payInPage(library));
</script>
<p>{library.LocalKey.name}</p>
`,
};

export default async function sveltekit({ folder, start, paid, port }) {
  rmSync(join(folder, "index.html"), { force: true });
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await paid(await start("node_modules/.bin/vite", ["dev", "--port", String(await port()), "--host", "127.0.0.1"]));
}
