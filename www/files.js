// The list of files with their prices.
import { fileName } from "./config.js";
import { byId, make, setAmount } from "./dom.js";

export function showFiles(files) {
  document.title = "Files";
  const rows = files.map((file, index) => {
    const price = make("span", { className: "file-price", "data-testid": `file-price-${index}` });
    setAmount(price, file.price);
    const name = make("span", { className: "file-name" }, fileName(file.path));
    const link = make("a", { href: file.path, "data-testid": `file-${index}` }, name, price);
    return make("li", {}, link);
  });
  const empty = make("li", { className: "muted" }, "There are no files here yet.");
  byId("file-list").replaceChildren(...(rows.length > 0 ? rows : [empty]));
  byId("files").hidden = false;
}
