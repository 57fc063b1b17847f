//! The real server, killed and started again by somebody who does not give up.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use microraiden::protocol::{Amount, PrivateKey};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::chain::{CONFIRMATIONS, RestartedChain, free_port};
use crate::plan::Outage;

pub(crate) struct Server {
    pub(crate) url: String,
    arguments: Vec<OsString>,
    key: PrivateKey,
    process: RefCell<Option<Child>>,
    pub(crate) kills: Cell<u32>,
    /// Starts that failed because the chain or the store was down.
    pub(crate) vain_starts: Cell<u32>,
}

impl Server {
    /// With the nodes at these URLs.
    pub(crate) async fn start(
        chain: &RestartedChain,
        nodes: &str,
        store: &str,
        key: PrivateKey,
        price: Amount,
        credit: bool,
    ) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let listen = format!("127.0.0.1:{}", free_port().await);
        let mut arguments: Vec<OsString> = Vec::new();
        for (name, value) in [
            ("--rpc-url", nodes.to_owned()),
            ("--contract", chain.contract.manager.address.to_string()),
            ("--price", price.to_string()),
            ("--listen", listen.clone()),
            ("--store", store.to_owned()),
            ("--confirmations", CONFIRMATIONS.to_string()),
            ("--poll-interval-ms", "100".to_owned()),
        ] {
            arguments.extend([name.into(), value.into()]);
        }
        for (name, folder) in [
            ("--files", "demo/content"),
            ("--page", "www"),
            ("--package", "pkg"),
        ] {
            arguments.extend([name.into(), root.join(folder).into()]);
        }
        if credit {
            arguments.push("--credit".into());
        }
        let server = Self {
            url: format!("http://{listen}"),
            arguments,
            key,
            process: RefCell::default(),
            kills: Cell::new(0),
            vain_starts: Cell::new(0),
        };
        server.bring_up().await;
        server
    }

    /// `kill -9` every now and then, and another start.
    pub(crate) async fn suffer(&self, outages: &[Outage]) {
        for outage in outages {
            sleep(outage.after).await;
            let process = self.process.take();
            process.expect("it runs").kill().await.expect("killed");
            self.kills.update(|kills| kills + 1);
            sleep(outage.down).await;
            self.bring_up().await;
        }
    }

    /// Starts it until it serves. It does not where it can reach neither chain nor store.
    async fn bring_up(&self) {
        let up = async {
            while !self.try_to_start().await {
                self.vain_starts.update(|starts| starts + 1);
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(60), up)
            .await
            .expect("the server starts");
    }

    async fn try_to_start(&self) -> bool {
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(env!("CARGO_BIN_EXE_microraiden-paywall"))
            .args(&self.arguments)
            .env("MICRORAIDEN_RECEIVER_KEY", self.key.to_hex().as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log())
            .kill_on_drop(true)
            .spawn()
            .expect("the server");
        let output = process.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next_line().await;
        let serves = line.expect("text").is_some();
        if serves {
            self.process.replace(Some(process));
        } else {
            process.wait().await.expect("ended");
        }
        serves
    }
}

/// Where the server's log goes: to the end of the file that `MICRORAIDEN_CHAOS_LOG` names, or nowhere.
fn log() -> Stdio {
    let Some(file) = std::env::var_os("MICRORAIDEN_CHAOS_LOG") else {
        return Stdio::null();
    };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file);
    file.expect("a file for the log").into()
}
