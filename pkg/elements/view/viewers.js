// How a file that was paid for is shown, by its type. Every file can also be saved.
import { make } from "./dom.js";

/** Offer longer text as a file: many megabytes of text stall the browser. */
const LONGEST_TEXT = 1_000_000;

/** In pixels: an article tells its height, and a hostile one could tell any. */
const HIGHEST_ARTICLE = 100_000;

const note = (text) => make("p", {}, text);

/** A picture that the browser can't draw can still be saved. */
async function picture({ url, name }) {
  const image = make("img", { src: url, alt: name });
  return image.decode().then(
    () => image,
    () => note("This browser cannot show the picture."),
  );
}

/** A player; of a format that the browser does not play only the note stays. */
const player = (tag) => async ({ url, name }) => {
  const media = make(tag, { src: url, controls: true, "aria-label": name });
  return new Promise((resolve) => {
    media.addEventListener("loadedmetadata", () => resolve(media), { once: true });
    media.addEventListener("error", () => resolve(note("This browser cannot play the file.")), { once: true });
  });
};

/** The text of a file, in the encoding that its type names. */
async function decoded(blob) {
  const [, encoding = "utf-8"] = /charset="?([^";\s]+)/i.exec(blob.type) ?? [];
  const bytes = await blob.arrayBuffer();
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

async function text({ blob }) {
  return make("pre", { tabIndex: 0 }, await decoded(blob));
}

/**
 * The article that is shown.
 * @type {undefined | { frame: any, html: string, address: string, laidOut: (value?: any) => void }}
 */
let article;

addEventListener("message", ({ source, data }) => {
  if (!article || source !== article.frame.contentWindow) return;
  if (data === "ready") {
    article.frame.contentWindow.postMessage({ html: article.html, url: article.address }, "*");
  } else if (data?.height > 0) {
    article.frame.height = String(Math.min(Math.ceil(data.height), HIGHEST_ARTICLE));
    article.laidOut();
  }
});

/**
 * Foreign HTML, in a frame of an origin of its own: it reaches nothing of this page, and none of its scripts run.
 * The frame asks for the article as soon as it is there.
 */
async function page({ blob, name, address }) {
  const frame = make("iframe", {
    src: new URL("article.html", import.meta.url).href,
    title: name,
    sandbox: "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
  });
  const html = await decoded(blob);
  const settled = new Promise((resolve) => {
    article = { frame, html, address, laidOut: resolve };
  });
  return { shown: frame, settled };
}

/** In the browser's own viewer, where it has one. */
async function pdf({ url, name }) {
  if (!navigator.pdfViewerEnabled) return note("This browser has no viewer for PDF files.");
  return make("iframe", { src: url, title: name, className: "pages" });
}

function viewer(type, size) {
  if (type.startsWith("image/")) return picture;
  if (type.startsWith("audio/")) return player("audio");
  if (type.startsWith("video/")) return player("video");
  if (type === "application/pdf") return pdf;
  const readable = type.startsWith("text/") || type === "application/json" || type === "application/xhtml+xml";
  if (!readable || size > LONGEST_TEXT) return undefined;
  return type === "text/html" || type === "application/xhtml+xml" ? page : text;
}

/**
 * The element that shows a file, and what to await until it has its height; nothing shows some files, which can only
 * be saved. `url` is a `blob:` URL of it, `address` where it was paid for.
 * @param {{ blob: Blob, url: string, name: string, address: string }} file
 * @returns {Promise<{ shown?: Element, settled?: Promise<void> }>}
 */
export async function view(file) {
  const type = file.blob.type.split(";")[0].trim().toLowerCase();
  const result = await viewer(type, file.blob.size)?.(file);
  return result instanceof Element ? { shown: result } : { ...result };
}
