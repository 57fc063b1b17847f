//! What lies between the pieces of a part and the running module.
//!
//! Each piece imports the module's memory, table and globals for itself, and a module may have one
//! memory. The hub imports them once and hands them on to the pieces.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{EntityType, ExportKind, ExportSection, ImportSection, Module};
use wasmparser::{ExportSectionReader, Parser, Payload};

/// What the pieces call the running module.
pub(super) const FROM: &str = "__wasm_split";
/// What the parts call it.
const TO: &str = "start";

/// The module that imports all that the pieces need.
pub(super) fn between(pieces: &[PathBuf]) -> Result<Vec<u8>> {
    let mut needed: Vec<(String, EntityType)> = Vec::new();
    for piece in pieces {
        let bytes = fs::read(piece)?;
        for payload in Parser::new(0).parse_all(&bytes) {
            let Payload::ImportSection(section) = payload? else {
                continue;
            };
            for import in section.into_imports() {
                let import = import?;
                let kind = RoundtripReencoder.entity_type(import.ty)?;
                if needed.iter().all(|(name, _)| name != import.name) {
                    needed.push((import.name.to_owned(), kind));
                }
            }
        }
    }
    let (mut imports, mut exports) = (ImportSection::new(), ExportSection::new());
    let (mut tables, mut memories, mut globals) = (0, 0, 0);
    for (name, kind) in &needed {
        imports.import(TO, name, *kind);
        let (export, index) = match kind {
            EntityType::Table(_) => (ExportKind::Table, &mut tables),
            EntityType::Memory(_) => (ExportKind::Memory, &mut memories),
            EntityType::Global(_) => (ExportKind::Global, &mut globals),
            _ => anyhow::bail!("a part needs {name}, which is no memory, table or global"),
        };
        exports.export(name, export, *index);
        *index += 1;
    }
    let mut hub = Module::new();
    hub.section(&imports).section(&exports);
    Ok(hub.finish())
}

/// Nothing is asked of a part but what it writes into the table.
pub(super) fn close(part: &Path) -> Result<()> {
    struct Closed;

    impl Reencode for Closed {
        type Error = Infallible;

        fn parse_export_section(
            &mut self,
            _: &mut ExportSection,
            _: ExportSectionReader<'_>,
        ) -> Result<(), Error<Infallible>> {
            Ok(())
        }
    }

    let bytes = fs::read(part)?;
    let mut encoded = Module::new();
    Closed
        .parse_core_module(&mut encoded, Parser::new(0), &bytes)
        .context("the part cannot be closed")?;
    Ok(fs::write(part, encoded.finish())?)
}
