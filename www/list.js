// Filters the list of files by what is typed. Without this script all files are shown.
const filter = /** @type {HTMLElement} */ (document.getElementById("filter"));
const input = /** @type {HTMLInputElement} */ (document.getElementById("filter-input"));
const note = /** @type {HTMLElement} */ (document.getElementById("nothing-found"));
/** @type {NodeListOf<HTMLElement>} */
const sections = document.querySelectorAll(".folder");
const folders = [...sections].map((element) => ({
  element,
  name: fold(element.querySelector("h2")?.textContent),
  rows: [...element.querySelectorAll("li")].map((row) => ({
    row,
    text: fold(`${row.textContent} ${row.querySelector("a")?.pathname}`),
  })),
}));

/** As it is compared: without case and accents. */
function fold(text) {
  return (text ?? "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Shows the files that have all words in their name, kind, price, path or folder. */
function show() {
  const words = fold(input.value).split(/\s+/).filter(Boolean);
  let found = false;
  for (const { element, name, rows } of folders) {
    let any = false;
    for (const { row, text } of rows) {
      const fits = words.every((word) => text.includes(word) || name.includes(word));
      row.hidden = !fits;
      any ||= fits;
    }
    element.hidden = !any;
    found ||= any;
  }
  note.textContent = found ? "" : (note.dataset.text ?? "");
}

if (folders.length > 0) {
  filter.hidden = false;
  input.addEventListener("input", show);
  // What the browser has put back after Back or a reload.
  show();
}
