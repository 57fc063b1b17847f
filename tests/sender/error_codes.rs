//! The list of codes and their details, in the types, in the documentation and in the sources.

use std::collections::{BTreeMap, BTreeSet};
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
    let typed = include_str!("../../pkg/errors.d.ts");
    let (_, typed) = typed.split_once("export type ErrorCode =").expect("typed");
    let (typed, _) = typed.split_once(';').expect("an end");
    let typed: BTreeSet<_> = typed.split('"').skip(1).step_by(2).collect();
    let documented = include_str!("../../docs/errors.md").lines();
    let documented: BTreeSet<_> = documented.filter_map(|l| l.strip_prefix("### ")).collect();
    assert_eq!(typed, documented);
    let with_details: BTreeSet<_> = typed_details().into_keys().collect();
    assert_eq!(typed, with_details);
    let mut used = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    quoted_in(&root.join("src"), &mut used);
    quoted_in(&root.join("pkg"), &mut used);
    for code in typed {
        assert!(used.contains(code), "nothing fails with {code}");
    }
}

/// The names of details by code.
type Details<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// What follows a text until the next of the ends.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).expect("a start");
    rest.split_once(end).expect("an end").0
}

/// Those of the types: `"code": { name: type; name?: type };`
fn typed_details() -> Details<'static> {
    let types = include_str!("../../pkg/errors.d.ts");
    let lines = between(types, "export interface ErrorDetails {", "\n}").lines();
    let rows = lines.filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": "));
    let names = |row: &'static str| {
        let inner = row.split_once('{').map_or("", |(_, inner)| inner);
        let fields = inner.split(';').filter_map(|field| field.split_once(':'));
        fields
            .map(|(name, _)| name.trim().trim_end_matches('?'))
            .collect()
    };
    rows.map(|(code, row)| (code, names(row))).collect()
}

/// Those that the documentation speaks of: `details.name`.
fn documented_details() -> Details<'static> {
    let entries = include_str!("../../docs/errors.md").split("\n### ").skip(1);
    let names = |entry: &'static str| {
        let entry = entry.split("\n## ").next().unwrap_or_default();
        let mentioned = entry.split("`details.").skip(1);
        mentioned
            .filter_map(|rest| rest.split('`').next())
            .collect()
    };
    let code = |entry: &'static str| entry.lines().next().unwrap_or_default();
    entries.map(|entry| (code(entry), names(entry))).collect()
}

/// Those of the core's table; and the names that errors add to those of the node inside.
fn core_details() -> (Details<'static>, BTreeSet<&'static str>) {
    let table = between(
        include_str!("../../src/sender/error.rs"),
        "\ncodes! {",
        "\n}\n",
    );
    let (mut details, mut added) = (Details::new(), BTreeSet::new());
    for row in table.split(';') {
        let Some((_, row)) = row.rsplit_once("=>") else {
            continue;
        };
        let mut parts = row
            .split(',')
            .map(|part| part.split('=').next().unwrap_or(part).trim());
        let code = parts.next().expect("a code");
        match code.strip_prefix('"') {
            Some(code) => details
                .entry(code.trim_matches('"'))
                .or_default()
                .extend(parts),
            None => added.extend(parts),
        }
    }
    details.entry("no-channel").or_default().insert("openBlock");
    (details, added)
}

/// The names that the glue adds: `.with("name", …)` in Rust, and the third argument in JavaScript.
fn glue_details() -> BTreeSet<String> {
    let mut found = BTreeSet::from(
        [
            "url",
            "status",
            "firstBytes",
            "hint",
            "class",
            "total",
            "limit",
        ]
        .map(str::to_owned),
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wasm");
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else {
            continue;
        };
        let added = text.split(".with(\"").skip(1);
        found.extend(added.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
    found
}

#[test]
fn every_detail_is_typed_and_documented() {
    let typed = typed_details();
    for (code, names) in documented_details() {
        assert_eq!(typed[code], names, "{code}: typed, and documented");
    }
    let (core, added) = core_details();
    for (code, names) in &core {
        let known = &typed[code];
        assert!(
            names.is_subset(known),
            "{code}: {names:?}, typed are {known:?}"
        );
    }
    // Of an aborted call the signal's reason is told.
    let of_a_node = [
        "rpc-unreachable",
        "rpc-error",
        "rpc-malformed",
        "wrong-network",
    ];
    for code in of_a_node {
        assert!(added.is_subset(&typed[code]), "{code}: {added:?}");
    }
    let glue = glue_details();
    for (code, names) in &typed {
        let of_core = core.get(code).cloned().unwrap_or_default();
        for name in names {
            let inside = of_a_node.contains(code) && added.contains(name);
            let given = of_core.contains(name) || inside || glue.contains(*name);
            assert!(given, "nothing gives {code} a detail {name}");
        }
    }
    let all: BTreeSet<&str> = typed.values().flatten().copied().collect();
    for name in &glue {
        assert!(all.contains(name.as_str()), "{name} is not typed");
    }
}
