// One page with all pictures, by state.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileOf, slug } from "./looks.mjs";

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem; background: #ddd; color: #111; }
nav { position: sticky; top: 0; background: #ddd; padding: 0.5rem 0; z-index: 1; }
label { margin-right: 1rem; }
section { border-top: 2px solid #999; }
.looks { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; margin-bottom: 1rem; }
figure { margin: 0; }
img { display: block; height: 20rem; max-width: 26rem; object-fit: contain; object-position: 0 0; }
figcaption { font-size: 0.85rem; }
`;

/**
 * @param {string} folder that holds `<language>/<state>/<look>.png`.
 * @param {{ title: string, name: string, languages: string[] }[]} states in order; `title` is the journey's.
 * @param {Record<string, import("./looks.mjs").Look[]>} looks by language.
 */
export function writeContactSheet(folder, states, looks) {
  const groups = [...new Set(Object.values(looks).flat().map(({ group }) => group))];
  const languages = [...new Set(states.flatMap((state) => state.languages))];
  const switches = [...languages, ...groups].map(
    (name) => `<label><input type="checkbox" id="${idOf(name)}" checked> ${name}</label>`,
  );
  const hide = [...languages, ...groups].map(
    (name) => `body:has(#${idOf(name)}:not(:checked)) .${idOf(name)} { display: none; }`,
  );
  const titles = [...new Set(states.map(({ title }) => title))];
  const sections = titles.map(
    (title) => `<section><h2>${title}</h2>${states.filter((state) => state.title === title).map((state) => one(state, looks)).join("\n")}</section>`,
  );
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The page in all its states</title>
<style>${STYLE}${hide.join("\n")}</style></head>
<body><h1>The page in all its states</h1><nav>${switches.join("")}</nav>
${sections.join("\n")}
</body></html>
`;
  writeFileSync(join(folder, "index.html"), html);
}

/** Digits must be escaped at the start of a selector: a letter stands before all. */
function idOf(name) {
  return `show-${slug(name)}`;
}

function one({ name, languages }, looks) {
  const pictures = languages.flatMap((language) => looks[language].map((look) => picture(language, name, look)));
  return `<h3 id="${slug(name)}">${name}</h3><div class="looks">${pictures.join("")}</div>`;
}

function picture(language, name, look) {
  const path = `${language}/${slug(name)}/${fileOf(look)}`;
  return (
    `<figure class="${idOf(language)} ${idOf(look.group)}"><a href="${path}"><img loading="lazy" src="${path}" ` +
    `alt="${name}, ${language}, ${look.name}"></a><figcaption>${language}, ${look.name}</figcaption></figure>`
  );
}
