//! A development chain with real contracts.

use std::process::Stdio;
use std::time::Duration;

use microraiden::chain::http::HttpTransport;
use microraiden::chain::{ManagerContract, Node, TokenContract};
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, Generation, Hash, PrivateKey, Signature, Uint256,
    hex_text, token,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};

use crate::json_value;
use crate::patient::Patient;

/// Chains at a time: more of them keep each other waiting.
static ROOM: Semaphore = Semaphore::const_new(2);

/// 10^18 wei.
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;

pub(crate) struct AnvilChain {
    pub(crate) url: String,
    pub(crate) node: Node<Patient>,
    pub(crate) contract: ManagerContract,
    owner: Address,
    // It ends with its input.
    _process: Child,
    _room: SemaphorePermit<'static>,
}

impl AnvilChain {
    pub(crate) async fn start(generation: Generation) -> Self {
        let room = ROOM.acquire().await.expect("never closed");
        let mut process = Command::new("node")
            .arg("tests/support/deployed.mjs")
            .arg(generation.name())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is missing; `cargo xtask setup` says what is needed");
        let output = process.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next_line().await;
        let line = line
            .expect("text")
            .expect("no chain; run `cargo xtask setup`");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let text = |name: &str| told[name].as_str().expect("text").to_owned();
        let transport = HttpTransport::new(text("url")).expect("a URL");
        let node = Node::new(Patient(transport));
        let address = text("contract").parse().expect("an address");
        let contract = ManagerContract::discover(&node, address).await;
        let contract = contract.expect("a channel manager");
        assert_eq!(contract.manager.generation, generation);
        Self {
            url: text("url"),
            node,
            contract,
            owner: text("owner").parse().expect("an address"),
            _process: process,
            _room: room,
        }
    }

    /// A method of the node that must work.
    pub(crate) async fn ask(&self, method: &'static str, params: Value) -> Value {
        let params = json_value::ours(&params);
        let answer = self.node.request(method, params).await.expect(method);
        json_value::theirs(&answer)
    }

    pub(crate) async fn set_ether(&self, account: Address, wei: u128) {
        let params = json!([account.to_string(), format!("{wei:#x}")]);
        self.ask("anvil_setBalance", params).await;
    }

    /// Mines blocks only when told to.
    pub(crate) async fn stop_mining(&self) {
        self.ask("evm_setAutomine", json!([false])).await;
    }

    pub(crate) async fn start_mining(&self) {
        self.ask("evm_setAutomine", json!([true])).await;
    }

    /// Mines one block whose base fee is this.
    pub(crate) async fn mine_at(&self, base_fee: Uint256) {
        let fee = json!([format!("{base_fee:#x}")]);
        self.ask("anvil_setNextBlockBaseFeePerGas", fee).await;
        self.ask("evm_mine", json!([])).await;
    }

    pub(crate) async fn tokens(&self, account: Address) -> Uint256 {
        let token = TokenContract(self.contract.token);
        let tokens = token.balance(&self.node, account).await;
        tokens.expect("the token answers")
    }

    /// The fees per gas of the receiver's transactions that wait to be mined.
    pub(crate) async fn waiting_fees(&self, account: Address) -> Vec<Uint256> {
        let pool = self.ask("txpool_content", json!([])).await;
        let waiting = pool["pending"].as_object().expect("the pool");
        let name = account.to_string();
        let own = waiting
            .iter()
            .filter(|(of, _)| of.eq_ignore_ascii_case(&name));
        own.flat_map(|(_, by_nonce)| by_nonce.as_object().expect("transactions").values())
            .map(|waiting| waiting["maxFeePerGas"].as_str().expect("a fee"))
            .map(|fee| Uint256::from_quantity(fee).expect("hex"))
            .collect()
    }

    pub(crate) async fn forget_transactions_of(&self, account: Address) {
        let account = json!([account.to_string()]);
        self.ask("anvil_removePoolTransactions", account).await;
    }

    /// Has an account, whoever's it is, send a transaction that must work.
    async fn send(&self, from: Address, to: Address, data: Vec<u8>) -> u64 {
        let hash = self.hand_in(from, to, data).await;
        let hash = hash.as_str().expect("a hash").parse().expect("a hash");
        self.until_mined(&hash).await
    }

    /// Has an account send a transaction. Returns its hash.
    pub(crate) async fn hand_in(&self, from: Address, to: Address, data: Vec<u8>) -> Value {
        self.ask("anvil_impersonateAccount", json!([from.to_string()]))
            .await;
        let call = json!([{
            "from": from.to_string(),
            "to": to.to_string(),
            "data": hex_text::encode(&data),
        }]);
        self.ask("eth_sendTransaction", call).await
    }

    async fn until_mined(&self, hash: &Hash) -> u64 {
        // The node answers a moment before its miner is done.
        let mined = async {
            loop {
                match self.node.receipt(hash).await.expect("an answer") {
                    Some(receipt) => return receipt,
                    None => sleep(Duration::from_millis(10)).await,
                }
            }
        };
        let receipt = timeout(Duration::from_secs(20), mined)
            .await
            .expect("mined");
        assert!(receipt.success, "a transaction of the test reverted");
        receipt.block
    }

    /// Opens a channel of this deposit.
    pub(crate) async fn open(
        &self,
        sender: &PrivateKey,
        receiver: Address,
        deposit: Amount,
    ) -> ChannelId {
        let (sender, token) = (sender.address(), self.contract.token);
        self.set_ether(sender, ETHER).await;
        let gift = token::transfer(sender, deposit.into());
        self.send(self.owner, token, gift).await;
        let manager = self.contract.manager;
        let data = manager.create_data(sender, receiver);
        let open = token::transfer_with_data(manager.address, deposit.into(), &data);
        let block = self.send(sender, token, open).await;
        ChannelId {
            sender,
            receiver,
            open_block: u32::try_from(block).expect("a young chain"),
        }
    }

    /// The sender requests closing with this balance.
    pub(crate) async fn request_close(&self, channel: &ChannelId, proof: &BalanceProof) {
        let manager = self.contract.manager;
        let call = manager.close_request_call(channel, proof);
        self.send(channel.sender, manager.address, call).await;
    }

    /// Adds to the deposit.
    pub(crate) async fn top_up(&self, channel: &ChannelId, added: Amount) {
        let (sender, token) = (channel.sender, self.contract.token);
        let gift = token::transfer(sender, added.into());
        self.send(self.owner, token, gift).await;
        let data = self.contract.manager.top_up_by_transfer(channel, added);
        self.send(sender, token, data).await;
    }

    /// The sender closes with the receiver's agreement.
    pub(crate) async fn close_together(
        &self,
        channel: &ChannelId,
        proof: &BalanceProof,
        closing: &Signature,
    ) {
        let manager = self.contract.manager;
        let call = manager.cooperative_close_call(channel, proof, closing);
        self.send(channel.sender, manager.address, call).await;
    }

    /// The sender settles after the challenge period.
    pub(crate) async fn settle(&self, channel: &ChannelId) {
        let manager = self.contract.manager;
        let call = manager.settle_call(channel.receiver, channel.open_block);
        self.send(channel.sender, manager.address, call).await;
    }

    pub(crate) async fn mine(&self, blocks: u32) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")]))
            .await;
    }

    pub(crate) async fn is_settled(&self, channel: &ChannelId) -> bool {
        let info = self.contract.info(&self.node, channel).await;
        info.expect("an answer").is_none()
    }
}
