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

/// What a server has to be told: to sell over this store what channels of the contract pay for, with the page of the
/// sources in a folder.
pub(crate) fn tell(
    command: &mut Command,
    sources: &Path,
    (node, contract): (&str, Address),
    price: u64,
    store: &str,
) {
    command
        .args(["--rpc-url", node, "--store", store])
        .args(["--contract", &contract.to_string()])
        .args(["--price", &price.to_string()])
        .args(["--listen", "127.0.0.1:0"])
        .arg("--files")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content"))
        .arg("--page")
        .arg(sources.join("www"))
        .arg("--package")
        .arg(sources.join("pkg"))
        .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
}

/// Starts the program of a command that [`tell`] has completed, and waits for the line that says where it serves.
async fn begin(command: &mut Command) -> (Child, String) {
    let mut child = command.spawn().expect("the server starts");
    let output = child.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    let line = timeout(Duration::from_secs(60), lines.next_line()).await;
    let line = line.expect("it starts").expect("text");
    (child, line.expect("it says where it serves"))
}

/// The same of this version's program.
pub(crate) async fn start(
    mut command: Command,
    chain: (&str, Address),
    price: u64,
    store: &str,
) -> (Child, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    tell(&mut command, root, chain, price, store);
    begin(command.stderr(Stdio::null())).await
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
        let chain = (chain.url.as_str(), MANAGER.address);
        Self::serving(start(command, chain, PRICE, store).await)
    }

    /// Starts the program of a command that [`tell`] has completed, and waits until it serves.
    #[cfg(feature = "postgres")]
    pub(crate) async fn run(command: &mut Command) -> Self {
        Self::serving(begin(command).await)
    }

    fn serving((child, line): (Child, String)) -> Self {
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

    /// Ends it by SIGTERM, as an operator does.
    #[cfg(feature = "postgres")]
    pub(crate) async fn end(mut self) {
        let id = self.child.id().expect("it runs").to_string();
        let told = std::process::Command::new("kill").arg(id).status();
        assert!(told.expect("kill").success());
        assert!(self.child.wait().await.expect("it ends").success());
    }
}
