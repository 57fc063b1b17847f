//! Versions: the ones the project needs and the ones programs report.

use anyhow::{Context, Result};

/// The version of a crate in `Cargo.lock`; the first one where there are several.
pub(crate) fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == wanted)?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

/// The version in what a program answers to `--version`: `wasm-pack 0.15.1`, `v20.1.0`,
/// `Chromium 150.0.1.2 built on …`.
pub(crate) fn reported(answer: &str) -> Option<&str> {
    answer
        .lines()
        .flat_map(str::split_whitespace)
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))
}

/// The number before the first dot.
pub(crate) fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The version that `wasm-bindgen-cli` must have: that of the crate the project is built with.
pub(crate) fn wasm_bindgen() -> Result<String> {
    let file = crate::command::root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&file)
        .context("Cargo.lock cannot be read; take it from the repository again.")?;
    let version = locked(&lock, "wasm-bindgen")
        .context("Cargo.lock has no wasm-bindgen; take it from the repository again.")?;
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "wasm-bindgen-shared"
version = "0.2.1"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "somewhere"
dependencies = [
 "wasm-bindgen-macro",
]
"#;

    #[test]
    fn reads_the_lock_by_exact_name() {
        assert_eq!(locked(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked(LOCK, "wasm-bindgen-shared"), Some("0.2.1"));
        assert_eq!(locked(LOCK, "wasm"), None);
        assert_eq!(locked(LOCK, "wasm-bindgen-macro"), None);
        assert_eq!(locked("name = \"wasm-bindgen\"", "wasm-bindgen"), None);
    }

    #[test]
    fn reads_what_programs_report() {
        assert_eq!(reported("wasm-pack 0.15.1"), Some("0.15.1"));
        assert_eq!(reported("v20.20.2"), Some("20.20.2"));
        assert_eq!(
            reported("Chromium 156.0.8078.79 built on Debian"),
            Some("156.0.8078.79")
        );
        assert_eq!(
            reported("ChromeDriver 156.0.8078.79 (abc-refs/heads@{#1})"),
            Some("156.0.8078.79")
        );
        assert_eq!(reported("no number at all. Or v."), None);
    }

    #[test]
    fn majors_are_numbers() {
        assert_eq!(major("156.0.8078.79"), Some(156));
        assert_eq!(major("nightly"), None);
    }
}
