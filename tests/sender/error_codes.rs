//! The list of codes, in the types, in the documentation and in the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// All texts in double quotes of the sources below a folder.
fn quoted_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            quoted_in(&path, found);
        } else if path
            .extension()
            .is_some_and(|ext| ext == "rs" || ext == "js")
        {
            let text = fs::read_to_string(&path).expect("text");
            found.extend(text.split('"').map(str::to_owned));
        }
    }
}

#[test]
fn every_code_is_typed_documented_and_used() {
    let typed = include_str!("../../pkg/index.d.ts");
    let (_, typed) = typed.split_once("export type ErrorCode =").expect("typed");
    let (typed, _) = typed.split_once(';').expect("an end");
    let typed: BTreeSet<_> = typed.split('"').skip(1).step_by(2).collect();
    let documented = include_str!("../../docs/errors.md").lines();
    let documented: BTreeSet<_> = documented.filter_map(|l| l.strip_prefix("### ")).collect();
    assert_eq!(typed, documented);
    let mut used = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    quoted_in(&root.join("src"), &mut used);
    quoted_in(&root.join("pkg"), &mut used);
    for code in typed {
        assert!(used.contains(code), "nothing fails with {code}");
    }
}
