//! libsecp256k1 for the browser, compiled from the sources inside the crate `secp256k1-sys`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, find, metadata, program, root, run};
use crate::setup::apt;

const CRATE: &str = "secp256k1-sys";
const NAMES: [&str; 2] = ["c-library.wasm", "c-library-sign.wasm"];

/// Makes the two modules in `folder`, unless they are there; says why where that cannot be done.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    if NAMES.iter().all(|name| folder.join(name).is_file()) {
        return Ok(());
    }
    apt::ensure("clang or wasm-ld", &["clang", "lld"], || {
        find("clang").is_some() && find("wasm-ld").is_some()
    })?;
    println!("compiling libsecp256k1 for the browser…");
    compile(folder, &sources()?)
}

/// The crate's folder and version.
struct Sources {
    folder: PathBuf,
    version: String,
}

fn sources() -> Result<Sources> {
    run(cargo().args(["fetch", "--quiet"]))
        .context("the crate secp256k1-sys cannot be downloaded")?;
    let found = metadata(CRATE)?;
    let manifest = found["manifest_path"].as_str().map(Path::new);
    let folder = manifest.and_then(Path::parent);
    let version = found["version"].as_str();
    let (Some(folder), Some(version)) = (folder, version) else {
        bail!("cargo does not say where secp256k1-sys is");
    };
    Ok(Sources {
        folder: folder.to_owned(),
        version: version.to_owned(),
    })
}

fn compile(folder: &Path, sources: &Sources) -> Result<()> {
    let library = sources.folder.join("depend/secp256k1");
    let own = root().join("benches/rivals/c");
    let mut objects = Vec::new();
    for (file, flags) in [
        (own.join("sign.c"), vec![names(&sources.version)?]),
        (own.join("memory.c"), vec!["-fno-builtin".to_owned()]),
        (library.join("src/precomputed_ecmult.c"), vec![]),
        (library.join("src/precomputed_ecmult_gen.c"), vec![]),
    ] {
        let object = folder.join(format!("{}.o", objects.len()));
        let mut clang = clang(sources);
        clang.args(flags).arg("-c").arg(file).arg("-o").arg(&object);
        run(&mut clang)?;
        objects.push(object);
    }
    // Without recovery the linker leaves out its table of a megabyte.
    let [whole, signing] = NAMES.map(|name| folder.join(name));
    run(linker(&objects, &signing).arg("--export=sign"))?;
    run(linker(&objects, &whole).args(["--export=sign", "--export=recover"]))?;
    for object in objects {
        fs::remove_file(object)?;
    }
    Ok(())
}

fn clang(sources: &Sources) -> Command {
    let mut clang = program("clang");
    clang.args([
        "--target=wasm32",
        "-O3",
        "-nostdlib",
        "-mbulk-memory",
        "-ffunction-sections",
        "-fdata-sections",
        "-w",
        // Products of 64 bits; WebAssembly would have to emulate those of 128.
        "-DUSE_FORCE_WIDEMUL_INT64=1",
        "-DUSE_EXTERNAL_DEFAULT_CALLBACKS=1",
        "-DENABLE_MODULE_RECOVERY=1",
        "-DSECP256K1_API=",
        "-Dprintf(...)=",
    ]);
    for part in ["", "include", "src"] {
        let folder = sources.folder.join("depend/secp256k1").join(part);
        clang.arg("-I").arg(folder);
    }
    clang
        .arg("-I")
        .arg(sources.folder.join("wasm/wasm-sysroot"));
    clang
}

/// The crate puts its version in front of all names of the library.
fn names(version: &str) -> Result<String> {
    let mut numbers = version.split('.');
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
        bail!("the version {version} of secp256k1-sys has no minor number");
    };
    Ok(format!("-Dsecp(x)=rustsecp256k1_v{major}_{minor}_##x"))
}

fn linker(objects: &[PathBuf], output: &Path) -> Command {
    let mut linker = program("wasm-ld");
    linker
        .args(["--no-entry", "--gc-sections", "--strip-all"])
        .args(["-z", "stack-size=65536"])
        .args(["--export=area", "--export=setUp"])
        .args(objects)
        .arg("-o")
        .arg(output);
    linker
}
