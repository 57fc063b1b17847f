// Loads the paywall for one resource.

/** The note that the page shows by itself, later, where this script does not start. */
const note = document.getElementById("not-started");

/** Beside this script, also where its URL names a version. */
const load = (name) => import(new URL(`microraiden/dist/elements/${name}`, import.meta.url).href);

/** How long the file of words is waited for, in milliseconds: without it the elements speak English. */
const PATIENCE = 10_000;

/** Has the elements speak the page's language by what its file of words has for them. */
async function addMessages() {
  const link = /** @type {HTMLLinkElement | null} */ (document.getElementById("paywall-messages"));
  if (!link) {
    return;
  }
  const [answer, { addLanguage }] = await Promise.all([fetch(link.href, { signal: AbortSignal.timeout(PATIENCE) }), load("text.js")]);
  const { elements } = await answer.json();
  addLanguage(document.documentElement.lang, elements);
}

// Elements keep the language that they start with.
addMessages()
  .catch(() => {})
  .then(() => load("index.js"))
  .then(
    () => note?.remove(),
    // A script is missing, so that no other one can tell.
    () => note?.classList.add("certain"),
  );
