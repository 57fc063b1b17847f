// Loads the paywall for one resource.

/** The note that the page shows by itself, later, where this script does not start. */
const note = document.getElementById("not-started");

// Beside this script, also where its URL names a version.
import(new URL("microraiden/elements/index.js", import.meta.url).href).then(
  () => note?.remove(),
  // A script is missing, so that no other one can tell.
  () => note?.classList.add("certain"),
);
