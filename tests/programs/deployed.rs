//! The unit that the documents offer: systemd can read it, it takes away what the server does not need, and what it
//! starts is the server as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use crate::basics::MANAGER;
use crate::node::{FixedNode, receiver_key};
use crate::program::url;

const UNIT: &str = include_str!("../../demo/deploy/microraiden-paywall.service");
const PROGRAM: &str = "/usr/local/bin/microraiden-paywall";

/// In tenths of what `systemd-analyze security` calls exposure: 0 is best, 100 worst.
const MOST_EXPOSED: &str = "--threshold=15";

/// A copy that starts the program of this build.
fn unit(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("microraiden-paywall.service");
    let text = UNIT.replace(PROGRAM, env!("CARGO_BIN_EXE_microraiden-paywall"));
    fs::write(&file, text).expect("written");
    file
}

async fn analyze(arguments: &[&str], unit: &Path) {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .arg(unit)
        .output()
        .await
        .expect("systemd-analyze is missing; install it with: apt-get install systemd");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    let name = unit
        .file_name()
        .and_then(|name| name.to_str())
        .expect("text");
    let complaints = said
        .lines()
        .filter(|line| line.contains(&format!("{name}:")));
    let complaints: Vec<_> = complaints.filter(|line| !line.starts_with('→')).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[tokio::test]
async fn systemd_reads_the_unit_and_finds_little_exposed() {
    let folder = TempDir::new().expect("a folder");
    let unit = unit(&folder);
    analyze(&["verify", "--man=no"], &unit).await;
    let secure = ["security", "--offline=true", "--no-pager", MOST_EXPOSED];
    analyze(&secure, &unit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_starts_as_the_unit_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let settings = format!(
        "rpc-url = \"{}\"\ncontract = \"{}\"\nlisten = \"127.0.0.1:0\"\nprice = 1\nfiles = \"demo/content\"\n",
        chain.url, MANAGER.address
    );
    fs::write(place("paywall.toml"), settings).expect("written");
    // As systemd lays credentials out: a key in plain text needs no password, and any file may be there.
    for (name, text) in [
        ("key.json", receiver_key().to_hex().to_string()),
        ("password", "none".to_owned()),
    ] {
        fs::write(place(name), text).expect("written");
        fs::set_permissions(place(name), Permissions::from_mode(0o400)).expect("set");
        let credential = format!("LoadCredential={name}:/etc/microraiden/{name}\n");
        assert!(UNIT.contains(&credential), "{credential}");
    }
    let line = UNIT
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let mut words = line.expect("a command").split(' ');
    assert_eq!(words.next(), Some(PROGRAM));
    let settings = place("paywall.toml").display().to_string();
    let words = words.map(|word| word.replace("/etc/microraiden/paywall.toml", &settings));
    let mut server = Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"))
        .args(words)
        .env_clear()
        .env("CREDENTIALS_DIRECTORY", folder.path())
        .env("STATE_DIRECTORY", folder.path())
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    assert!(url(&mut server).await.starts_with("http://127.0.0.1:"));
    let kept = fs::read_dir(folder.path()).expect("listed");
    let stores = kept.filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with(".db")
    });
    assert_eq!(stores.count(), 1, "the state's folder has the store");
}
