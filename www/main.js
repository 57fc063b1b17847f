// Loads the paywall for one resource. The list of files needs no script: nothing more is loaded for it.
const config = document.getElementById("paywall-config");

/** The note that the page shows by itself, later, where this script does not start. */
const note = document.getElementById("not-started");

if (config?.dataset.about === "files") {
  note?.remove();
} else {
  // Beside this script, also where its URL names a version.
  import(new URL("microraiden/elements/index.js", import.meta.url).href).then(
    () => note?.remove(),
    // A script is missing, so that no other one can tell.
    () => note?.classList.add("certain"),
  );
}
