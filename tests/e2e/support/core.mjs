/**
 * A test that `cargo xtask test e2e` runs, and CI on each change: what its file is about, in short. The other
 * tests vary it or play it at length; `cargo xtask test matrix` runs them all.
 */
export const core = { tag: "@core" };

/** The same, for some tests of a loop. @param {boolean} inCore */
export const coreIf = (inCore) => (inCore ? core : {});
