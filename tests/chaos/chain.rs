//! A real chain whose node is killed and started again with what it had written down.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use microraiden::chain::http::HttpTransport;
use microraiden::chain::{ManagerContract, Node, TokenContract};
use microraiden::json::{Value, json};
use microraiden::protocol::{Address, ChannelId, Generation, Uint256, hex_text, token};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::plan::Outage;

/// How many blocks, its own included, confirm an event, for all that take part. More than the node
/// can lose.
pub(crate) const CONFIRMATIONS: u64 = 4;
/// The node writes down what it has every so many blocks, and loses newer ones when it is killed:
/// that is a reorganisation.
const FLUSH: u64 = 2;
const BLOCK_TIME: Duration = Duration::from_millis(250);
/// Of every account that takes part, so that gas never ends.
const ETHER: &str = "0x56bc75e2d63100000";

pub(crate) struct RestartedChain {
    pub(crate) url: String,
    pub(crate) node: Node<HttpTransport>,
    pub(crate) contract: ManagerContract,
    port: u16,
    folder: TempDir,
    process: RefCell<Option<Child>>,
    /// Kills, and blocks that they cost.
    pub(crate) kills: Cell<u32>,
    pub(crate) lost: Cell<u64>,
}

impl RestartedChain {
    /// The contracts, and accounts with ether and so many tokens each.
    pub(crate) async fn start(
        generation: Generation,
        senders: &[Address],
        tokens: Uint256,
    ) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port().await;
        let url = format!("http://127.0.0.1:{port}");
        let process = RefCell::new(Some(spawn(port, None)));
        let node = Node::new(HttpTransport::new(url.as_str()).expect("a URL"));
        until_it_answers(&node).await;
        let (contract, owner) = deploy(&url, generation).await;
        let contract = ManagerContract::discover(&node, contract).await;
        let chain = Self {
            url,
            contract: contract.expect("a channel manager"),
            node,
            port,
            folder,
            process,
            kills: Cell::new(0),
            lost: Cell::new(0),
        };
        for account in senders {
            let gift = token::transfer(*account, tokens);
            let call = json!({
                "from": owner.to_string(),
                "to": chain.contract.token.to_string(),
                "data": hex_text::encode(&gift),
            });
            chain.ask("eth_sendTransaction", json!([call])).await;
            chain.give_ether(*account).await;
        }
        chain.ask("evm_setAutomine", json!([false])).await;
        chain.ask("evm_mine", json!([])).await;
        chain.flush().await.expect("written down");
        chain
    }

    pub(crate) async fn give_ether(&self, account: Address) {
        let params = json!([account.to_string(), ETHER]);
        self.ask("anvil_setBalance", params).await;
        self.flush().await.expect("written down");
    }

    /// Mines a block every now and then, for as long as anybody waits for this.
    pub(crate) async fn mine(&self) {
        loop {
            sleep(BLOCK_TIME).await;
            // It may be down.
            if self.node.request("evm_mine", json!([])).await.is_err() {
                continue;
            }
            if let Ok(newest) = self.node.block_number().await
                && newest % FLUSH == 0
            {
                let _ = self.flush().await;
            }
        }
    }

    /// Mines all blocks of a challenge period.
    pub(crate) async fn let_the_period_pass(&self) {
        self.mine_blocks(u64::from(self.contract.challenge_period) + 1)
            .await;
    }

    /// Mines so many blocks at once.
    pub(crate) async fn mine_blocks(&self, blocks: u64) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")]))
            .await;
    }

    /// Kills the node every now and then, and starts it again.
    pub(crate) async fn suffer(&self, outages: &[Outage]) {
        for outage in outages {
            sleep(outage.after).await;
            let newest = self.node.block_number().await.expect("it is up");
            let process = self.process.take();
            process.expect("it runs").kill().await.expect("killed");
            sleep(outage.down).await;
            let state = unpack(&self.state_file()).await;
            self.process.replace(Some(spawn(self.port, Some(&state))));
            until_it_answers(&self.node).await;
            let kept = self.node.block_number().await.expect("it is up");
            self.kills.update(|kills| kills + 1);
            self.lost.update(|lost| lost + newest.saturating_sub(kept));
        }
    }

    pub(crate) async fn tokens(&self, account: Address) -> Uint256 {
        let token = TokenContract(self.contract.token);
        let tokens = token.balance(&self.node, account).await;
        tokens.expect("the token answers")
    }

    /// Whether the chain has paid the channel out; `None` if the node does not answer.
    pub(crate) async fn is_settled(&self, channel: &ChannelId) -> Option<bool> {
        let info = self.contract.info(&self.node, channel).await;
        info.ok().map(|info| info.is_none())
    }

    async fn ask(&self, method: &'static str, params: Value) -> Value {
        self.node.request(method, params).await.expect(method)
    }

    fn state_file(&self) -> PathBuf {
        self.folder.path().join("state.gz")
    }

    /// Writes down all there is, whole or not at all.
    async fn flush(&self) -> Option<()> {
        let state = self.node.request("anvil_dumpState", json!([])).await.ok()?;
        let bytes = hex_text::decode(state.as_str()?).ok()?;
        let fresh = self.folder.path().join("fresh");
        std::fs::write(&fresh, bytes).expect("written");
        std::fs::rename(fresh, self.state_file()).expect("renamed");
        Some(())
    }
}

pub(crate) async fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    socket.local_addr().expect("an address").port()
}

/// The node ends with this thread, however that ends. Without a state it mines each transaction at
/// once.
fn spawn(port: u16, state: Option<&Path>) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let anvil = root.join("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(anvil);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--hardfork", "cancun", "--silent"]);
    if let Some(state) = state {
        command.arg("--no-mining").arg("--load-state").arg(state);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("a chain; `cargo xtask setup` installs what is needed")
}

async fn until_it_answers(node: &Node<HttpTransport>) {
    let answer = async {
        while node.chain_id().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), answer)
        .await
        .expect("the chain answers");
}

/// The state as text, which is what the node takes.
async fn unpack(state: &Path) -> PathBuf {
    let text = state.with_extension("json");
    let file = std::fs::File::create(&text).expect("a file");
    let mut gzip = Command::new("gzip");
    let unpacked = gzip.arg("-dc").arg(state).stdout(file).status().await;
    assert!(unpacked.expect("gzip").success());
    text
}

async fn deploy(url: &str, generation: Generation) -> (Address, Address) {
    let output = Command::new("node")
        .args(["tests/chaos/deploy.mjs", url, generation.name()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("node is missing; `cargo xtask setup` says what is needed");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let address = |name: &str| {
        let text = told[name].as_str().expect("text");
        text.parse().expect("an address")
    };
    (address("contract"), address("owner"))
}
