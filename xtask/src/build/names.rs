//! Gives what the first part imports short names: wasm-bindgen's tell what they are and end with a
//! hash, which does not compress, and stand in the module and in the glue.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ImportSection, Module};
use wasmparser::{ImportSectionReader, Parser};

/// Shortens the names in a module and in the script that provides them.
pub(super) fn shorten(module: &Path, script: &Path) -> Result<()> {
    let mut shorter = Shorter::default();
    let bytes = fs::read(module)?;
    let mut encoded = Module::new();
    shorter
        .parse_core_module(&mut encoded, Parser::new(0), &bytes)
        .context("the module's imports cannot be renamed")?;
    let mut text = fs::read_to_string(script)?;
    for (old, new) in &shorter.renamed {
        text = text.replace(old, new);
    }
    fs::write(module, encoded.finish())?;
    Ok(fs::write(script, text)?)
}

#[derive(Default)]
struct Shorter {
    renamed: Vec<(String, String)>,
}

impl Shorter {
    fn short(&mut self, name: &str) -> String {
        if !ends_with_hash(name) {
            return name.to_owned();
        }
        let new = nth(self.renamed.len());
        self.renamed.push((name.to_owned(), new.clone()));
        new
    }
}

impl Reencode for Shorter {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for import in section.into_imports() {
            let import = import?;
            let (name, ty) = (self.short(import.name), self.entity_type(import.ty)?);
            imports.import(import.module, &name, ty);
        }
        Ok(())
    }
}

/// Only such a name occurs nowhere else in the script, and is no part of another.
fn ends_with_hash(name: &str) -> bool {
    let hash = name.rsplit_once('_').map_or("", |(_, hash)| hash);
    name.starts_with("__wb") && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The letters of the alphabet, then pairs of them and so on.
fn nth(index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
    match index / 26 {
        0 => letter.to_string(),
        more => format!("{}{letter}", nth(more - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_alike_and_none_is_long() {
        let names: std::collections::BTreeSet<_> = (0..700).map(nth).collect();
        assert_eq!(names.len(), 700);
        assert!(names.iter().all(|name| name.len() <= 2));
        assert_eq!([nth(0), nth(25), nth(26), nth(701)], ["a", "z", "aa", "zz"]);
    }

    #[test]
    fn only_names_with_a_hash_are_replaced() {
        assert!(ends_with_hash("__wbg_fetch_0123456789abcdef"));
        for kept in [
            "__wbindgen_init_externref_table",
            "memory",
            "fetch_0123456789abcdef",
        ] {
            assert!(!ends_with_hash(kept), "{kept}");
        }
    }
}
