//! Makes the TypeScript declarations compile where the reader's compiler knows no `Symbol.dispose` yet.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What `wasm-bindgen` declares of each class beside `free`, which does the same.
const DISPOSE: &str = "[Symbol.dispose](): void;";

/// Leaves it out: a declaration that does not compile keeps the whole package from being used.
pub(super) fn without_dispose(file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).context("there are no declarations")?;
    fs::write(file, stripped(&text))?;
    Ok(())
}

fn stripped(text: &str) -> String {
    let lines = text.lines().filter(|line| line.trim() != DISPOSE);
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dispose_is_left_out() {
        let text = "class A {\n    free(): void;\n    [Symbol.dispose](): void;\n}\n";
        assert_eq!(stripped(text), "class A {\n    free(): void;\n}\n");
    }
}
