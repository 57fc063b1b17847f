//! The way that a signature takes through the code does not depend on the key or on what is signed.
//!
//! The library is compiled for the browser, with the package's flags and optimisation up to wasm-opt,
//! marked so that it notes which way it takes, and run by an interpreter. Which memory is read is not
//! seen.

mod marked;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use microraiden::protocol::PrivateKey;
use microraiden::protocol::hash::{Hash, keccak256};
use wasmi::{Engine, Error, Extern, Func, Instance, Linker, Module, Store, Val};

const TARGET: &str = "wasm32-unknown-unknown";

/// The group order, less one.
const LARGEST: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";

#[test]
fn every_signature_takes_the_same_way() -> Result<()> {
    let mut signer = Signer::load(&compiled()?)?;
    let random = |seed: u32| keccak256(&[b"trace", &seed.to_be_bytes()]).0;
    let one = small(1);
    let mut largest = [0; 32];
    hex::decode_to_slice(LARGEST, &mut largest)?;
    let keys: Vec<_> = [one, small(2), largest]
        .into_iter()
        .chain((0..60).map(random))
        .collect();
    let hashes: Vec<_> = [[0; 32], one, [0xff; 32], largest]
        .into_iter()
        .chain((60..120).map(random))
        .collect();

    let pairs = keys.iter().zip(hashes.iter().cycle());
    let edges = keys
        .iter()
        .take(4)
        .flat_map(|key| hashes.iter().take(5).map(move |hash| (key, hash)));
    // The first call makes the table.
    signer.sign(&one, &one)?;
    let (expected, _) = signer.sign(&one, &one)?;
    ensure!(expected != 0, "the way was not noted");
    for (key, hash) in pairs.chain(edges) {
        let (way, start) = signer.sign(key, hash)?;
        let signature = PrivateKey::from_bytes(key)?.sign_hash(&Hash(*hash));
        assert_eq!(start.to_be_bytes(), signature.as_bytes()[..8]);
        assert_eq!(way, expected, "with the key {}", hex::encode(key));
    }
    Ok(())
}

#[test]
fn every_account_takes_the_same_way() -> Result<()> {
    let mut signer = Signer::load(&compiled()?)?;
    let keys = (0..60_u32).map(|seed| keccak256(&[b"account", &seed.to_be_bytes()]).0);
    signer.account(&small(1))?;
    let (expected, _) = signer.account(&small(1))?;
    for key in keys {
        let (way, start) = signer.account(&key)?;
        let address = PrivateKey::from_bytes(&key)?.address();
        assert_eq!(start.to_be_bytes(), address.0[..8]);
        assert_eq!(way, expected, "with the key {}", hex::encode(key));
    }
    Ok(())
}

#[test]
fn a_branch_is_told() -> Result<()> {
    let mut signer = Signer::load(&compiled()?)?;
    let mut way = |number| -> Result<i64> {
        let (way, _) = signer.call("more_if_odd", &[Val::I64(number)])?;
        Ok(way)
    };
    let (odd, even) = (way(1)?, way(2)?);
    assert_ne!(odd, even);
    assert_eq!((way(3)?, way(4)?), (odd, even));
    Ok(())
}

fn small(last: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[31] = last;
    bytes
}

/// Compiles this package for the browser.
fn compiled() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trace");
    let done = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--lib", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(folder)
        // Its flags would take the place of the project's own.
        .env_remove("RUSTFLAGS")
        .status()
        .context("cargo can't be started")?;
    if !done.success() {
        bail!("The signer can't be compiled: run `rustup target add {TARGET}` if it is missing.");
    }
    Ok(target.join(TARGET).join("release/microraiden_trace.wasm"))
}

/// The compiled signer, which notes which way it takes.
struct Signer {
    store: Store<()>,
    instance: Instance,
}

impl Signer {
    fn load(file: &Path) -> Result<Self> {
        let engine = Engine::default();
        let module = Module::new(&engine, marked::marked(&std::fs::read(file)?)?)?;
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        // The rest of the library speaks to the browser, signing does not.
        for import in module.imports() {
            let kind = import.ty().func().context("a function is imported")?;
            let trap = Func::new(&mut store, kind.clone(), |_, _, _| {
                Err(Error::new("signing asks nobody"))
            });
            linker.define(import.module(), import.name(), Extern::Func(trap))?;
        }
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        Ok(Self { store, instance })
    }

    /// The way and the first bytes of the signature.
    fn sign(&mut self, key: &[u8; 32], hash: &[u8; 32]) -> Result<(i64, u64)> {
        self.call("sign", &numbers(&[key, hash]))
    }

    /// The way and the first bytes of the account.
    fn account(&mut self, key: &[u8; 32]) -> Result<(i64, u64)> {
        self.call("account", &numbers(&[key]))
    }

    fn call(&mut self, name: &str, inputs: &[Val]) -> Result<(i64, u64)> {
        let function = self.instance.get_func(&self.store, name);
        let function = function.context("nothing is exported by this name")?;
        let mut results = [Val::I64(0)];
        let path = self.instance.get_global(&self.store, marked::PATH);
        let path = path.context("the module is not marked")?;
        path.set(&mut self.store, Val::I64(0))?;
        function.call(&mut self.store, inputs, &mut results)?;
        let way = path.get(&self.store).i64().context("a number is noted")?;
        let result = results[0].i64().context("a number is returned")?;
        Ok((way, result.cast_unsigned()))
    }
}

/// Four numbers for each 32 bytes, the most significant first.
fn numbers(inputs: &[&[u8; 32]]) -> Vec<Val> {
    let parts = inputs.iter().flat_map(|input| input.chunks_exact(8));
    let number = |part: &[u8]| {
        part.iter()
            .fold(0, |number, byte| number << 8 | i64::from(*byte))
    };
    parts.map(|part| Val::I64(number(part))).collect()
}
