// How a file that was paid for is shown, by its type. Every file can also be saved.
import { make } from "./dom.js";

/** Offer longer text as a file: many megabytes of text stall the browser. */
const LONGEST_TEXT = 1_000_000;

/** In pixels: an article tells its height, and a hostile one could tell any. */
const HIGHEST_ARTICLE = 100_000;

const note = (text, key) => make("p", {}, text.say(key));

/** A picture that the browser can't draw can still be saved. */
async function picture({ url, name, text }) {
  const image = make("img", { src: url, alt: name });
  return image.decode().then(
    () => image,
    () => note(text, "content.no-picture"),
  );
}

/** A player; of a format that the browser does not play only the note stays. */
const player = (tag) => async ({ url, name, text }) => {
  const media = make(tag, { src: url, controls: true, "aria-label": name });
  return new Promise((resolve) => {
    media.addEventListener("loadedmetadata", () => resolve(media), { once: true });
    media.addEventListener("error", () => resolve(note(text, "content.no-player")), { once: true });
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

async function writing({ blob }) {
  return make("pre", { tabIndex: 0, dir: "auto" }, await decoded(blob));
}

/**
 * The articles that are shown, by their frames.
 * @type {Map<any, { html: string, address: string, laidOut: (value?: any) => void, asked?: boolean }>}
 */
const articles = new Map();

/** @param {MessageEvent} event */
function listen({ source, data }) {
  for (const [frame, article] of articles) {
    if (article.asked && !frame.isConnected) {
      articles.delete(frame);
    } else if (source !== null && source === frame.contentWindow) {
      answer(frame, article, data);
    }
  }
}

function answer(frame, article, data) {
  if (data === "ready") {
    article.asked = true;
    frame.contentWindow.postMessage({ html: article.html, url: article.address }, "*");
  } else if (data?.height > 0) {
    frame.height = String(Math.min(Math.ceil(data.height), HIGHEST_ARTICLE));
    article.laidOut();
  }
}

/**
 * Foreign HTML, in a frame of an origin of its own: it reaches nothing of this page, and none of its scripts run.
 * The frame asks for the article as soon as it is there.
 */
async function page({ blob, name, address }) {
  const { href } = new URL("article.html", import.meta.url);
  const frame = make("iframe", {
    // Vite 7's optimizer moves the script into its own folder and leaves the file where it was.
    src: href.replace("/.vite/deps/", "/microraiden/elements/view/"),
    title: name,
    sandbox: "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
  });
  const html = await decoded(blob);
  addEventListener("message", listen); // once, however often
  const settled = new Promise((resolve) => {
    articles.set(frame, { html, address, laidOut: resolve });
  });
  return { shown: frame, settled };
}

/** In the browser's own viewer, where it has one. */
async function pdf({ url, name, text }) {
  if (!navigator.pdfViewerEnabled) return note(text, "content.no-pdf");
  return make("iframe", { src: url, title: name, className: "pages" });
}

function viewer(type, size) {
  if (type.startsWith("image/")) return picture;
  if (type.startsWith("audio/")) return player("audio");
  if (type.startsWith("video/")) return player("video");
  if (type === "application/pdf") return pdf;
  const readable = type.startsWith("text/") || type === "application/json" || type === "application/xhtml+xml";
  if (!readable || size > LONGEST_TEXT) return undefined;
  return type === "text/html" || type === "application/xhtml+xml" ? page : writing;
}

/**
 * The element that shows a file, and what to await until it has its height; nothing shows some files, which can only
 * be saved. `url` is a `blob:` URL of it, `address` where it was paid for.
 * @param {{ blob: Blob, url: string, name: string, address: string, text: import("../text/text.js").Text }} file
 * @returns {Promise<{ shown?: Element, settled?: Promise<void> }>}
 */
export async function display(file) {
  const type = file.blob.type.split(";")[0].trim().toLowerCase();
  const result = await viewer(type, file.blob.size)?.(file);
  return result instanceof Element ? { shown: result } : { ...result };
}
