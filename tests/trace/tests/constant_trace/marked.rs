//! A module that notes which way it takes: each place that a jump may lead to, or lead past, has a
//! number, and all numbers that are passed are mixed into one, in their order.

use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType,
    Instruction, Module, ValType,
};
use wasmparser::{
    ExportSectionReader, FunctionBody, GlobalSectionReader, ImportSectionReader, Parser, TypeRef,
};

/// The global that holds the mixed numbers.
pub(super) const PATH: &str = "path";
/// An odd factor, the golden ratio's first bits, so that no number is lost among later ones.
const FACTOR: i64 = 0x9e37_79b9_7f4a_7c15_u64.cast_signed();

/// Marks a module.
pub(super) fn marked(module: &[u8]) -> Result<Vec<u8>> {
    let (mut marker, mut encoded) = (Marker::default(), Module::new());
    marker
        .parse_core_module(&mut encoded, Parser::new(0), module)
        .context("the module can't be marked")?;
    Ok(encoded.finish())
}

#[derive(Default)]
struct Marker {
    /// Globals so far, then the number of the one that is added.
    path: u32,
    places: i64,
}

impl Marker {
    fn mark(&mut self, function: &mut Function) {
        self.places += 1;
        function
            .instruction(&Instruction::GlobalGet(self.path))
            .instruction(&Instruction::I64Const(FACTOR))
            .instruction(&Instruction::I64Mul)
            .instruction(&Instruction::I64Const(self.places))
            .instruction(&Instruction::I64Add)
            .instruction(&Instruction::GlobalSet(self.path));
    }
}

impl Reencode for Marker {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut wasm_encoder::ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for import in section.clone().into_imports() {
            self.path += u32::from(matches!(import?.ty, TypeRef::Global(_)));
        }
        utils::parse_import_section(self, imports, section)
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        self.path += section.count();
        utils::parse_global_section(self, globals, section)?;
        let kind = GlobalType {
            val_type: ValType::I64,
            mutable: true,
            shared: false,
        };
        globals.global(kind, &ConstExpr::i64_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(PATH, ExportKind::Global, self.path);
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        self.mark(&mut function);
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let instruction = self.parse_instruction(&mut reader)?;
            function.instruction(&instruction);
            let is_place = matches!(
                instruction,
                Instruction::BrIf(_)
                    | Instruction::Else
                    | Instruction::End
                    | Instruction::If(_)
                    | Instruction::Loop(_)
            );
            if is_place && !reader.eof() {
                self.mark(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }
}
