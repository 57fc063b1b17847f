//! Takes functions out of the table that stand there for the writer of the glue alone.
//!
//! `js-sys` and `web-sys` describe every callback that JavaScript could be given, by the place in the table
//! of the function that calls it. The writer of the glue exports the few that are used, and nothing calls
//! any of them through the table; but what stands in the table stays in the module.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ElementSection, Module};
use wasmparser::{ElementItems, ElementSectionReader, KnownCustom, Name, Parser, Payload};

/// What the names of these functions have in them.
const CALLS: &str = "::convert::closures::_::invoke::<";

/// Puts another function of the table in the places of those that call callbacks. What is not exported
/// either is then dropped by `wasm-opt`.
pub(super) fn drop_uncalled(module: &Path) -> Result<()> {
    let bytes = fs::read(module)?;
    fs::write(module, emptied(&bytes)?)?;
    Ok(())
}

fn emptied(module: &[u8]) -> Result<Vec<u8>> {
    let mut callbacks = BTreeSet::new();
    let mut placed = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    callbacks.extend(callbacks_among(names)?);
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    if let ElementItems::Functions(functions) = element?.items {
                        for function in functions {
                            placed.push(function?);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let other = placed.into_iter().find(|place| !callbacks.contains(place));
    let mut table = Table {
        callbacks,
        other: other.context("the module's table has no functions")?,
        is_read: false,
    };
    let mut encoded = Module::new();
    table
        .parse_core_module(&mut encoded, Parser::new(0), module)
        .context("the module's table cannot be emptied")?;
    Ok(encoded.finish())
}

fn callbacks_among(names: wasmparser::NameSectionReader<'_>) -> Result<Vec<u32>> {
    let mut callbacks = Vec::new();
    for name in names {
        let Name::Function(functions) = name? else {
            continue;
        };
        for function in functions {
            let function = function?;
            if function.name.contains(CALLS) {
                callbacks.push(function.index);
            }
        }
    }
    // Named otherwise, all of them would stay.
    anyhow::ensure!(!callbacks.is_empty(), "no function is named …{CALLS}…");
    Ok(callbacks)
}

struct Table {
    callbacks: BTreeSet<u32>,
    other: u32,
    is_read: bool,
}

impl Reencode for Table {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(if self.is_read && self.callbacks.contains(&function) {
            self.other
        } else {
            function
        })
    }

    fn parse_element_section(
        &mut self,
        elements: &mut ElementSection,
        section: ElementSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        self.is_read = true;
        utils::parse_element_section(self, elements, section)?;
        self.is_read = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, Elements, ExportKind, ExportSection, Function, FunctionSection,
        NameMap, NameSection, RefType, TableSection, TableType, TypeSection,
    };

    use super::*;

    /// Three functions, in this order in the table and one after the other exported.
    fn module(names: [&str; 3], table: &[u32]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        let mut map = NameMap::new();
        for (index, name) in (0..).zip(names) {
            functions.function(0);
            exports.export(&index.to_string(), ExportKind::Func, index);
            let mut body = Function::new([]);
            body.instructions().call(index).end();
            code.function(&body);
            map.append(index, name);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 9,
            maximum: None,
            shared: false,
        });
        let mut elements = ElementSection::new();
        let start = ConstExpr::i32_const(1);
        elements.active(None, &start, Elements::Functions(table.into()));
        let mut section = NameSection::new();
        section.functions(&map);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&tables)
            .section(&exports)
            .section(&elements)
            .section(&code)
            .section(&section);
        module.finish()
    }

    #[test]
    fn only_the_table_forgets_callbacks() {
        let callback = format!("wasm_bindgen[1]{CALLS}i8, true>");
        let names = ["one", &callback, "two"];
        let before = module(names, &[1, 2, 1, 0]);
        assert_eq!(emptied(&before).ok(), Some(module(names, &[2, 2, 2, 0])));
    }

    #[test]
    fn other_names_are_noticed() {
        assert!(emptied(&module(["one", "two", "three"], &[1, 2])).is_err());
    }
}
