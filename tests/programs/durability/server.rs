//! The real binary as a child process.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use microraiden::protocol::Address;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::basics::MANAGER;
use crate::node::{FixedNode, receiver_key};
use crate::payer::{PATH, PRICE};

/// Starts the program, which sells the demo's files, and waits for the line that says where it serves.
pub(crate) async fn start(
    mut command: Command,
    node: &str,
    contract: Address,
    price: u64,
    store: &str,
) -> (Child, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = command
        .args(["--rpc-url", node, "--store", store])
        .args(["--contract", &contract.to_string()])
        .args(["--price", &price.to_string()])
        .args(["--listen", "127.0.0.1:0"])
        .arg("--files")
        .arg(root.join("demo/content"))
        .arg("--page")
        .arg(root.join("www"))
        .arg("--package")
        .arg(root.join("pkg"))
        .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the server starts");
    let output = child.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    let line = timeout(Duration::from_secs(60), lines.next_line()).await;
    let line = line.expect("it starts").expect("text");
    (child, line.expect("it says where it serves"))
}

pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
}

impl Server {
    /// Starts it and waits until it serves. No file of it may grow beyond `limit` blocks of the
    /// shell's `ulimit -f`.
    pub(crate) async fn start(chain: &FixedNode, store: &str, limit: Option<u32>) -> Self {
        // A write beyond the limit is to fail, as on a full disk, instead of ending the process.
        let limit = limit.map_or(String::new(), |l| format!("trap '' XFSZ; ulimit -f {l}; "));
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!("{limit}exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_microraiden-paywall"));
        let (child, line) = start(command, &chain.url, MANAGER.address, PRICE, store).await;
        let url = line.split(' ').nth(2).expect("a URL").to_owned();
        assert!(
            url.starts_with("http://") && PATH.starts_with('/'),
            "{line}"
        );
        Self { url, child }
    }

    /// `kill -9`
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }
}
