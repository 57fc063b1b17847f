//! Three readers of what the paywall sends to another server, and random paths.

use crate::basics::units;
use crate::upstream;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use crate::seller::{id, payment, receiver_over};
use crate::upstream::{PLAIN, ask, listen, paywall, prices};
use microraiden::protocol::Amount;
use microraiden::receiver::{Channel, ChannelStatus, MemoryStore, StoreExt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const READER: &str = r#"
let text = "";
process.stdin.on("data", (part) => (text += part)).on("end", () => {
  const read = (target) => {
    const { pathname, host } = new URL(target, "http://upstream");
    return host === "upstream" ? decodeURIComponent(pathname) : `another host: ${host}`;
  };
  console.log(JSON.stringify(JSON.parse(text).map(read)));
});
"#;

/// How Node's `URL` reads each of these.
async fn node(targets: &[String]) -> Vec<String> {
    let mut child = Command::new("node")
        .args(["-e", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let mut input = child.stdin.take().expect("its input");
    let text = serde_json::to_vec(targets).expect("JSON");
    input.write_all(&text).await.expect("written");
    drop(input);
    let output = child.wait_with_output().await.expect("it ends");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if *byte == b'%' => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Decodes as often as it can, turns backslashes, drops empty and `.` segments and resolves `..`.
fn thorough(target: &str) -> String {
    let mut path = target
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned();
    while decoded(&path) != path {
        path = decoded(&path);
    }
    let path = path.split(['?', '#', '\0']).next().unwrap_or_default();
    let path = path.replace('\\', "/");
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

/// Cuts parameters off, before and after decoding.
fn cutting(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| {
        let name = decoded(segment.split(';').next().unwrap_or_default());
        name.split(';').next().unwrap_or_default().to_owned()
    });
    segments.collect::<Vec<_>>().join("/")
}

fn paths() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 46] = [
        b"/",
        b"/",
        b"/",
        b"/",
        b"free",
        b"/free/",
        b"/free/",
        b"secret",
        b"not",
        b"a",
        b".",
        b"..",
        b"%2e",
        b"%2E%2e",
        b"//",
        b"%2f",
        b"%5C",
        b"\\",
        b";",
        b";x=1",
        b"%3b",
        b"%25",
        b"%2566ree",
        b"%252e%252e",
        b"?",
        b"?q=/../x",
        b"#",
        b"%23",
        b"%3F",
        b"%00",
        b"%09",
        b"%0a",
        b"%20",
        b"+",
        b":",
        b"@",
        b"http://evil/",
        b"//evil/",
        b"FREE",
        b"%66ree",
        "é".as_bytes(),
        b"%c3%b6",
        b"%ff",
        b"%c0%af",
        b"%u002f",
        b"%",
    ];
    let piece = prop_oneof![
        12 => prop::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>().prop_filter("a line", |b| !b"\r\n ".contains(b)), 1..3),
    ];
    prop::collection::vec(piece, 1..7).prop_map(|pieces| [b"/".to_vec(), pieces.concat()].concat())
}

/// Pays what is asked, if anything is. What it cost, if it was served.
async fn fetch(server: SocketAddr, path: &[u8], balance: &mut u64) -> Option<Amount> {
    let head = |more: &str| {
        let rest = format!(" HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{more}\r\n");
        [b"GET ", path, rest.as_bytes()].concat()
    };
    let (status, answer) = ask(server, &head("")).await;
    if status != 402 {
        return (status == 200).then_some(Amount::ZERO);
    }
    let price = answer.split("rdn-price: ").nth(1).expect("a price");
    let price: u64 = price
        .lines()
        .next()
        .and_then(|p| p.parse().ok())
        .expect("digits");
    let paying = payment(*balance + price).headers();
    let lines = paying
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let (status, answer) = ask(server, &head(&lines.collect::<String>())).await;
    assert_eq!(status, 200, "{answer}");
    *balance += price;
    Some(units(price))
}

#[tokio::test]
async fn the_price_is_that_of_what_every_reader_reads() {
    let store = MemoryStore::default();
    let channel = Channel::new(id(), units(1_000_000), ChannelStatus::Open);
    store.insert(channel).await.expect("memory");
    let receiver = receiver_over(Arc::new(store));
    let (address, heads) = upstream::start(PLAIN).await;
    let server = listen(paywall(&receiver, address)).await;
    let mut runner = TestRunner::default();
    let mut balance = 0;
    let (mut served, mut targets) = (Vec::new(), Vec::new());
    for _ in 0..1500 {
        let path = paths().new_tree(&mut runner).expect("a path").current();
        let Some(charged) = fetch(server, &path, &mut balance).await else {
            assert_eq!(heads.lock().expect("no panic").len(), served.len());
            continue;
        };
        served.push((path.escape_ascii().to_string(), charged));
        let heads = heads.lock().expect("no panic");
        assert_eq!(heads.len(), served.len());
        let target = heads.last().and_then(|head| head.split(' ').nth(1));
        targets.push(target.expect("a target").to_owned());
    }
    assert!(served.len() > 100 && balance > 100, "{}", served.len());
    assert!(served.iter().any(|(_, charged)| *charged == units(0)));
    let by_node = node(&targets).await;
    for (((path, charged), target), by_node) in served.iter().zip(&targets).zip(by_node) {
        for reading in [thorough(target), cutting(target), by_node] {
            let price = prices().of(&reading);
            assert_eq!(
                price, *charged,
                "{path} was sent as {target}, read as {reading}"
            );
        }
    }
}
