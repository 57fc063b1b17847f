// localStorage without room.

/** Fills the storage up to so many characters. */
export async function fill(page, spare = 0) {
  await page.evaluate((room) => {
    localStorage.removeItem("filler");
    localStorage.setItem("spare", "x".repeat(room));
    let text = "";
    let piece = "x".repeat(1 << 22);
    while (piece !== "") {
      try {
        localStorage.setItem("filler", text + piece);
        text += piece;
      } catch {
        piece = piece.slice(0, piece.length >> 1);
      }
    }
    localStorage.removeItem("spare");
  }, spare);
}
