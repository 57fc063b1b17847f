//! Takes the compiled module apart into the files that are loaded one after the other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{FEATURES, NAME, empty};
use crate::command::{run, run_silently};
use crate::project;
use crate::tools::Tools;

mod hub;

/// The later parts. All need the first of these, and the last needs all but workers' storage; the
/// others do not need each other. `src/wasm/parts.js` knows which to load before which.
const PARTS: [&str; 7] = [FIRST, "hand", "keys", "wallet", "policy", PORT, LAST];
const FIRST: &str = "paying";
const PORT: &str = "port";
const LAST: &str = "managing";

/// The module in several files.
pub(super) struct Parts {
    /// What `init` loads. The glue is still to be written.
    pub(super) first: PathBuf,
    /// The others, by name.
    pub(super) later: Vec<(&'static str, PathBuf)>,
}

impl Parts {
    /// The first part once the glue is written into a folder.
    pub(super) fn first_bound(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{NAME}_bg.wasm"))
    }
}

/// A file of the tool that takes modules apart.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    file: String,
    /// Who uses it.
    users: Vec<&'static str>,
}

pub(super) fn take_apart(tools: &Tools, module: &Path) -> Result<Parts> {
    let folder = project::root().join("target/package/parts");
    empty(&folder)?;
    run(tools
        .program(tools.wasm_split.join("wasm-split-cli"))?
        .arg(module)
        .arg(&folder)
        .args(["--target", "web", "--out-name", NAME]))?;
    let script = fs::read_to_string(folder.join("__wasm_split.js"))?;
    let mut pieces = common_pieces(&script)?;
    pieces.extend(PARTS.map(|part| Piece {
        file: format!("split_{part}.wasm"),
        users: vec![part],
    }));
    let mut later = Vec::new();
    for part in PARTS {
        let files = pieces.iter().filter(|piece| home(&piece.users) == part);
        let files: Vec<_> = files.map(|piece| folder.join(&piece.file)).collect();
        let file = folder.join(format!("{part}.wasm"));
        put_together(tools, &folder, &files, &file)?;
        later.push((part, file));
    }
    Ok(Parts {
        first: folder.join(format!("{NAME}.wasm")),
        later,
    })
}

/// The files that several parts use, from the tool's script: a comment with the names of the parts
/// stands before the one line that names the file.
fn common_pieces(script: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for section in script.split("\n/* ").skip(1) {
        let (users, rest) = section
            .split_once(" */")
            .context("the tool that takes the module apart does not say who uses a file")?;
        let start = rest.find("chunk_").filter(|_| rest.contains(".wasm"));
        let name = start.and_then(|_| rest.split("\"./").nth(1)?.split('"').next());
        pieces.push(Piece {
            file: name
                .context("the tool that takes the module apart names no file")?
                .to_owned(),
            users: users
                .split(", ")
                .map(|user| PARTS.into_iter().find(|part| *part == user))
                .collect::<Option<_>>()
                .context("the tool that takes the module apart names an unknown part")?,
        });
    }
    Ok(pieces)
}

/// The part that a piece goes into, one that all its users need.
fn home(users: &[&'static str]) -> &'static str {
    if let [only] = users {
        return only;
    }
    let mut users = users.iter().filter(|part| **part != LAST);
    match (users.next(), users.next()) {
        (Some(&part), None) if part != PORT => part,
        _ => FIRST,
    }
}

/// Makes one module of several, in which calls from one to the other need no table.
fn put_together(tools: &Tools, folder: &Path, files: &[PathBuf], to: &Path) -> Result<()> {
    let mut merge = tools.program("node_modules/.bin/wasm-merge")?;
    let hub = folder.join("hub.wasm");
    fs::write(&hub, hub::between(files)?)?;
    merge.arg(&hub).arg(hub::FROM);
    for (index, file) in files.iter().enumerate() {
        merge.arg(file).arg(index.to_string());
    }
    run_silently(merge.args(FEATURES).args(["-g", "-o"]).arg(to))?;
    hub::close(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_tells_who_uses_what() {
        let script = "import {a};\n/* keys, paying */\nconst __chunk_6 = makeLoad(() => {\n    const \
                      src = fetch(new URL(\"./chunk_6.wasm\", import.meta.url));\n}, []);\n/* keys, \
                      wallet */\nconst __chunk_7 = makeLoad(() => {\n    const src = fetch(new \
                      URL(\"./chunk_7.wasm\", import.meta.url));\n}, []);\nexport const x = 1;\n";
        let piece = |file: &str, users: &[&'static str]| Piece {
            file: file.to_owned(),
            users: users.to_vec(),
        };
        assert_eq!(
            common_pieces(script).ok(),
            Some(vec![
                piece("chunk_6.wasm", &["keys", "paying"]),
                piece("chunk_7.wasm", &["keys", "wallet"]),
            ])
        );
        let unknown = script.replace("wallet", "purse");
        assert!(common_pieces(&unknown).is_err());
        assert!(common_pieces(&script.replace(".wasm", "")).is_err());
    }

    #[test]
    fn a_piece_lies_where_all_its_users_find_it() {
        for (users, part) in [
            (&["managing"][..], "managing"),
            (&["keys", "managing"], "keys"),
            (&["managing", "wallet"], "wallet"),
            (&["keys", "wallet"], "paying"),
            (&["keys", "managing", "wallet"], "paying"),
            (&["port"], "port"),
            (&["managing", "port"], "paying"),
            (&["keys", "paying"], "paying"),
            (&["managing", "paying"], "paying"),
        ] {
            assert_eq!(home(users), part, "{users:?}");
        }
    }
}
