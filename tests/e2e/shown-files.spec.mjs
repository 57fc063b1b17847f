// What was paid for is shown by its type, and can always be saved.
import { silence } from "../states/goods.mjs";
import { Loopback } from "./support/loopback.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const ARTICLE = `<!doctype html><html lang="en"><head><title>Own title</title>
<style>h1 { color: rgb(1, 2, 3); }</style>
<script>document.title = "ran"; parent.postMessage({ height: 77 }, "*"); top.postMessage("ran", "*");</script></head>
<body><h1 style="font-size: 40px">A headline</h1><p>Some words. <a href="other?page=2">The next page</a></p>
<div style="height: 3000px"></div><p onclick="top.postMessage('ran', '*')">The end.</p>
<img src="x" onerror="top.postMessage('ran', '*')">
<iframe srcdoc="<img src=x onerror=&quot;top.postMessage('ran', '*')&quot;><script>top.postMessage('ran', '*')</script>"></iframe></body></html>`;

/** It would be white on black in the dark. */
const DARK = `<!doctype html><html lang="en"><head><title>By night</title><meta name="color-scheme" content="light dark"></head>
<body><p>Words.</p></body></html>`;

/** One empty page. */
const PDF = `%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Resources <<>>>> endobj
trailer <</Root 1 0 R /Size 4>>
%%EOF`;

const FILES = {
  "/blog/post": ["text/html; charset=utf-8", ARTICLE],
  "/blog/dark": ["text/html; charset=utf-8", DARK],
  "/latin.txt": ["text/plain; charset=iso-8859-1", Buffer.from([0x63, 0x61, 0x66, 0xe9])],
  "/silence.wav": ["audio/wav", silence()],
  "/broken.mp4": ["video/mp4", "no film"],
  "/paper.pdf": ["application/pdf", PDF],
  "/goods.zip": ["application/zip", Buffer.alloc(1_234_567)],
};

/** How much red the ground of an element has, near its lower edge. */
async function ground(locator) {
  const picture = (await locator.screenshot()).toString("base64");
  return locator.page().evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas?.drawImage(bitmap, 0, 0);
    return canvas?.getImageData(bitmap.width / 2, bitmap.height - 9, 1, 1).data[0] ?? NaN;
  }, picture);
}

let upstream;

test.beforeAll(async ({ stack }) => {
  upstream = await Loopback.start(async ({ url }, response) => {
    const [type, body] = FILES[url] ?? ["text/plain", "other"];
    response.writeHead(200, { "Content-Type": type }).end(body);
  });
  await stack.paywall.restart({ upstream: upstream.url });
});

test.afterAll(async ({ stack }) => {
  await stack.paywall.restart({ upstream: null });
  await upstream.stop();
});

test("an article is a page of its own, other files have viewers, players and a size", async ({ visitor, stack }) => {
  const { page } = visitor;
  const content = visitor.by("content");
  const asked = [];
  page.on("dialog", (dialog) => dialog.dismiss());

  await test.step("HTML is laid out, its scripts do not run, its links lead the tab", async () => {
    await visitor.open(`${stack.url}/blog/post`);
    await page.evaluate(() => addEventListener("message", ({ data }) => (window.ran ||= data === "ran")));
    await visitor.signIn();
    await visitor.fund();
    await visitor.openAndPay(inTokens(10n * PRICE));
    const frame = content.locator("iframe");
    await expect(frame).toHaveAttribute("title", "post");
    const article = page.frameLocator("[data-testid=content] iframe");
    const headline = article.getByRole("heading", { name: "A headline" });
    await expect(headline).toHaveCSS("color", "rgb(1, 2, 3)");
    await expect(headline).toHaveCSS("font-size", "40px");
    // Its top is in sight, and it is as high as it is.
    await expect(headline).toBeInViewport();
    const height = Number(await frame.getAttribute("height"));
    expect(height).toBeGreaterThan(3000);
    // While the window is resized it may be without a width for a moment, and is not as high as that.
    await frame.evaluate((element) => {
      const shown = /** @type {HTMLIFrameElement} */ (element);
      globalThis.heights = [];
      const told = new MutationObserver(() => globalThis.heights.push(Number(shown.height)));
      told.observe(shown, { attributeFilter: ["height"] });
      shown.style.width = "0";
    });
    await article
      .locator("html")
      .evaluate(() => innerWidth === 0 || new Promise((done) => addEventListener("resize", done, { once: true })));
    await frame.evaluate((element) => {
      element.style.width = "";
    });
    await page.waitForFunction(() => globalThis.heights.length > 0);
    expect(await page.evaluate(() => Math.max(...globalThis.heights))).toBe(height);
    await article.getByText("The end.").click();
    const seen = await article.locator("html").evaluate(() => ({ title: document.title, origin: globalThis.origin }));
    expect(seen).toEqual({ title: "Own title", origin: "null" });
    expect(await page.evaluate(() => Boolean(window.ran))).toBe(false);
    await expect(content.getByTestId("content-save")).toHaveText("Save post");
    await expect(content.locator("figcaption")).toContainText(`${Buffer.byteLength(ARTICLE)} bytes`);

    page.on("request", (request) => request.isNavigationRequest() && asked.push(request.url()));
    await article.getByRole("link", { name: "The next page" }).click();
    await page.waitForURL(`${stack.url}/blog/other?page=2`);
    expect(asked).toEqual([`${stack.url}/blog/other?page=2`]);
  });

  const pay = async (path) => {
    await visitor.open(`${stack.url}${path}`);
    await visitor.comeBack();
    await visitor.act("pay");
    await expect(content).toBeVisible();
  };

  await test.step("an article that has colours for the dark, too, can be read there", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await pay("/blog/dark");
    const article = page.frameLocator("[data-testid=content] iframe");
    const [text] = await article.locator("p").evaluate((p) => getComputedStyle(p).color.match(/\d+/g)?.map(Number) ?? []);
    // From black to white; the ground is seen only in a picture.
    await expect.poll(async () => Math.abs(text - (await ground(content.locator("iframe"))))).toBeGreaterThan(200);
    await page.emulateMedia({ colorScheme: null });
  });

  await test.step("text is read in its own encoding", async () => {
    await pay("/latin.txt");
    await expect(content.locator("pre")).toHaveText("café");
  });

  await test.step("sound has a player", async () => {
    await pay("/silence.wav");
    const player = content.locator("audio");
    await expect(player).toHaveAccessibleName("silence.wav");
    expect(await player.evaluate((audio) => audio.controls && audio.duration)).toBeCloseTo(0.1);
  });

  await test.step("a film that can't be played can be saved", async () => {
    await pay("/broken.mp4");
    await expect(content).toContainText("This browser cannot play the file.");
    await expect(content.getByTestId("content-save")).toHaveText("Save broken.mp4");
  });

  await test.step("a PDF is in the browser's viewer, if there is one", async () => {
    await pay("/paper.pdf");
    const has = await page.evaluate(() => navigator.pdfViewerEnabled);
    if (has) await expect(content.locator("iframe")).toHaveAttribute("title", "paper.pdf");
    else await expect(content).toContainText("no viewer for PDF");
  });

  await test.step("all else is saved, and its size is told", async () => {
    await pay("/goods.zip");
    await expect(content.locator("figcaption")).toHaveText("Save goods.zip 1.2 MB");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      content.getByTestId("content-save").click(),
    ]);
    expect(download.suggestedFilename()).toBe("goods.zip");
  });
});
