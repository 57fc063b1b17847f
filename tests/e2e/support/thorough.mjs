/**
 * Details of a test that `cargo xtask test e2e` leaves to `cargo xtask test matrix`: it varies, or plays at
 * length, what another test of its file shows, or what the native tests show without a browser.
 */
export const thorough = { tag: "@thorough" };

/** The same, for all tests of a loop but some. @param {boolean} inCore */
export const thoroughUnless = (inCore) => (inCore ? {} : thorough);
