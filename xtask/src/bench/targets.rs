//! What we aim at, beside what a run measured.

// Ratios are what this is for.
#![allow(clippy::float_arithmetic)]

use serde_json::{Value, json};

/// How often as long as ours a rival takes: at least `must`, at best `aim`.
struct Target {
    what: &'static str,
    /// The beginning of the table's title.
    table: &'static str,
    rival: &'static str,
    ours: &'static str,
    must: f64,
    aim: f64,
}

const SIGNING: &str = "One balance proof in a page";
const PLAIN: &str = "From navigation to the first signature: this machine";
const SLOW: &str = "From navigation to the first signature: processor slowed down";
const PAID_PLAIN: &str = "From navigation to a paid answer in an open channel: this machine";
const PAID_SLOW: &str =
    "From navigation to a paid answer in an open channel: processor slowed down";
const VIEM_TWICE: &str = "viem, whole client: ask, sign, ask again";
const ETHERS_TWICE: &str = "ethers, whole client: ask, sign, ask again";
const BUNDLED: &str = "ours, bundled";
const VIEM: &str = "viem, typed data";

const fn target(
    what: &'static str,
    [table, rival, ours]: [&'static str; 3],
    must: f64,
    aim: f64,
) -> Target {
    Target {
        what,
        table,
        rival,
        ours,
        must,
        aim,
    }
}

#[rustfmt::skip]
const TARGETS: [Target; 18] = [
    target("balance proof, against viem", [SIGNING, VIEM, "ours"], 4.0, 9.0),
    target("balance proof, against ethers", [SIGNING, "ethers, typed data", "ours"], 4.3, 12.0),
    target("balance proof, against eth-sig-util V1",
        [SIGNING, "eth-sig-util, typed data V1", "ours"], 7.5, 20.0),
    target("balance proof, against libsecp256k1 in wasm",
        [SIGNING, "libsecp256k1 in wasm, 64-bit products", "ours"], 0.5, 1.3),
    target("with journal and lock, against viem's bare signature",
        [SIGNING, VIEM, "ours, journal and lock"], 0.7, 3.0),
    target("recovery in a page, against viem", ["Who signed", VIEM, "ours"], 4.0, 5.0),
    target("first signature, against noble",
        ["The first signature alone: this machine", "noble-secp256k1", BUNDLED], 2.5, 10.0),
    target("navigation, against viem's client", [PLAIN, "viem, whole client", BUNDLED], 1.0, 1.5),
    target("navigation, against ethers' client", [PLAIN, "ethers, whole client", BUNDLED], 1.0, 1.5),
    target("navigation slowed down, against viem's client",
        [SLOW, "viem, whole client", BUNDLED], 1.0, 1.5),
    target("navigation slowed down, against ethers' client",
        [SLOW, "ethers, whole client", BUNDLED], 1.0, 1.5),
    target("paid answer, against viem's client", [PAID_PLAIN, VIEM_TWICE, "ours"], 1.0, 1.5),
    target("paid answer, against ethers' client", [PAID_PLAIN, ETHERS_TWICE, "ours"], 1.0, 1.5),
    target("paid answer slowed down, against viem's client",
        [PAID_SLOW, VIEM_TWICE, "ours"], 1.0, 1.5),
    target("paid answer slowed down, against ethers' client",
        [PAID_SLOW, ETHERS_TWICE, "ours"], 1.0, 1.5),
    target("paid requests, against ask, sign, ask again",
        ["Paid requests", "ask, sign with viem, ask again; nothing stored",
            "ours, journal, lock and list of payments"], 1.5, 2.0),
    target("native recovery, against libsecp256k1",
        ["Native: recovery", "libsecp256k1", "ours"], 0.5, 0.9),
    target("native acceptance, against bare recovery",
        ["Native: accepting", "ours, bare recovery", "ours, accepted and stored"], 0.9, 1.3),
];

/// Gzipped kilobytes of the package.
const SIZE: (f64, f64) = (225.0, 180.0);

/// A table of the targets that the report has figures for; `None` where it has none.
pub(super) fn table(report: &Value) -> Option<Value> {
    let mut rows: Vec<Value> = TARGETS
        .iter()
        .filter_map(|target| {
            let measured = ratio(report, target)?;
            Some(json!({
                "name": target.what,
                "measured": format!("{measured:.2}x"),
                "must": format!("{}x", target.must),
                "aim": format!("{}x", target.aim),
                "verdict": verdict(measured, target.must, target.aim),
            }))
        })
        .collect();
    if let Some(bytes) = figure(report, "A whole client", "ours", "gzip") {
        let size = bytes / 1000.0;
        rows.push(json!({
            "name": "the whole package, gzip",
            "measured": format!("{size:.1} kB"),
            "must": format!("{} kB", SIZE.0),
            "aim": format!("{} kB", SIZE.1),
            "verdict": verdict(-size, -SIZE.0, -SIZE.1),
        }));
    }
    (!rows.is_empty()).then(|| {
        json!({
            "title": "What we aim at",
            "columns": [
                { "key": "name", "title": "what" },
                { "key": "measured", "title": "measured" },
                { "key": "must", "title": "at least" },
                { "key": "aim", "title": "aim" },
                { "key": "verdict", "title": "" },
            ],
            "rows": rows,
        })
    })
}

fn verdict(measured: f64, must: f64, aim: f64) -> &'static str {
    if measured >= aim {
        "aim reached"
    } else if measured >= must {
        "enough"
    } else {
        "missed"
    }
}

fn ratio(report: &Value, target: &Target) -> Option<f64> {
    let ours = figure(report, target.table, target.ours, "q1")?;
    let rival = figure(report, target.table, target.rival, "q1")?;
    Some(rival / ours)
}

fn figure(report: &Value, table: &str, row: &str, key: &str) -> Option<f64> {
    let rows = rows(report, table)?;
    let found = rows.iter().find(|candidate| name(candidate) == row)?;
    found[key].as_f64()
}

fn rows<'a>(report: &'a Value, title: &str) -> Option<&'a [Value]> {
    let tables = ["browser", "size", "native"].map(|part| report[part]["tables"].as_array());
    let begins = |table: &&Value| {
        table["title"]
            .as_str()
            .is_some_and(|t| t.starts_with(title))
    };
    let found = tables.into_iter().flatten().flatten().find(begins)?;
    found["rows"].as_array().map(Vec::as_slice)
}

fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged_by_what_was_measured() {
        let report = json!({ "native": { "tables": [{
            "title": "Native: recovery of the account",
            "rows": [{ "name": "ours", "q1": 50.0 }, { "name": "libsecp256k1", "q1": 30.0 }],
        }] } });
        let table = table(&report).unwrap_or_default();
        let rows = table["rows"].as_array().map_or(0, Vec::len);
        assert_eq!(rows, 1);
        assert_eq!(table["rows"][0]["measured"], "0.60x");
        assert_eq!(table["rows"][0]["verdict"], "enough");
        assert_eq!(super::table(&json!({})), None);
    }
}
