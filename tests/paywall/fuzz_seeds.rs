//! The seeds of the fuzz targets, and parts of them, hold what the targets promise. That is soon done;
//! `cargo xtask fuzz` looks further.

#[allow(unreachable_pub)]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;

/// Every seed of a target, and its beginnings of different lengths.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = targets::project().join("fuzz/seeds").join(target);
    let files = fs::read_dir(&folder).expect("seeds");
    let mut inputs = vec![Vec::new()];
    for file in files {
        let seed = fs::read(file.expect("a file").path()).expect("readable");
        let step = (seed.len() / 8).max(1);
        inputs.extend(
            (1..)
                .map(|n| n * step)
                .take_while(|end| *end < seed.len())
                .map(|end| seed[..end].to_vec()),
        );
        inputs.push(seed);
    }
    assert!(inputs.len() > 9, "{target}");
    inputs
}

fn text(input: &[u8]) -> Option<&str> {
    str::from_utf8(input).ok()
}

fn bytes(input: &[u8]) -> Option<&[u8]> {
    Some(input)
}

macro_rules! targets {
    ($($kind:ident: $($target:ident)*;)*) => {
        $($(
            #[test]
            fn $target() {
                let inputs = inputs(stringify!($target));
                inputs.iter().filter_map(|input| $kind(input)).for_each(targets::$target::run);
            }
        )*)*
    };
}

targets! {
    bytes: logs signatures;
    text: cookies headers json node proxy records rest settings;
}

/// A target without seeds is none.
#[test]
fn every_target_is_here() {
    let files = fs::read_dir(targets::project().join("fuzz/fuzz_targets")).expect("targets");
    let mut names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "cookies.rs",
            "headers.rs",
            "json.rs",
            "logs.rs",
            "node.rs",
            "proxy.rs",
            "records.rs",
            "rest.rs",
            "settings.rs",
            "signatures.rs"
        ]
    );
}
