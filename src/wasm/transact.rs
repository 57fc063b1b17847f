//! Sending one transaction and waiting for it.

use serde_json::json;

use crate::chain::ChainError;
use crate::chain::{Receipt, TransportError, confirm, fee};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Transaction;
use crate::protocol::{Address, Hash, PrivateKey, hex_text};

use super::account::{Account, send_by_wallet};
use super::client::Client;
use super::error::Failure;
use super::lock;
use super::watch::{Action, Watch};

/// What is to be sent.
pub(crate) struct Plan {
    pub(crate) action: Action,
    pub(crate) to: Address,
    pub(crate) value: Uint256,
    pub(crate) data: Vec<u8>,
}

impl Plan {
    pub(crate) fn call(action: Action, to: Address, data: Vec<u8>) -> Self {
        Self {
            action,
            to,
            value: Uint256::ZERO,
            data,
        }
    }
}

impl Client {
    /// Estimates, sends, and waits for the confirmations that the client was connected with.
    pub(crate) async fn transact(&self, plan: Plan, watch: &Watch) -> Result<Receipt, Failure> {
        watch.check()?;
        let hash = match &self.account {
            Account::Local(key) => self.send_by_key(key, &plan, watch).await?,
            Account::Injected { provider, .. } => {
                self.account.ready(self.contract.chain_id).await?;
                let gas = self.gas(&plan, watch).await?;
                let call = json!({
                    "from": self.sender().to_string(),
                    "to": plan.to.to_string(),
                    "value": format!("{:#x}", plan.value),
                    "data": hex_text::encode(&plan.data),
                    "gas": format!("{gas:#x}"),
                });
                send_by_wallet(provider, &call, plan.action, watch).await?
            }
        };
        watch.sent(plan.action, &hash);
        let node = self.node(watch);
        let progress = |n| watch.confirming(plan.action, &hash, n, self.confirmations);
        Ok(confirm(&node, &hash, self.confirmations, progress).await?)
    }

    /// The gas limit; fails where the transaction would revert or can't be paid.
    async fn gas(&self, plan: &Plan, watch: &Watch) -> Result<u64, Failure> {
        let node = self.node(watch);
        let ether = node.ether_balance(self.sender()).await?;
        // An account without any ether can't pay for gas whatever the price.
        if ether <= plan.value {
            return Err(insufficient_ether(ether, None));
        }
        let estimate = node
            .estimate_gas(self.sender(), plan.to, plan.value, &plan.data)
            .await;
        let estimate = estimate.map_err(|error| refused(error, plan.action, ether))?;
        let limit = fee::gas_limit(estimate);
        let cost = fee::worst_cost(&fee::suggest(&node).await?, limit, plan.value);
        if ether < cost {
            return Err(insufficient_ether(ether, Some(cost)));
        }
        Ok(limit)
    }

    async fn send_by_key(
        &self,
        key: &PrivateKey,
        plan: &Plan,
        watch: &Watch,
    ) -> Result<Hash, Failure> {
        let gas_limit = self.gas(plan, watch).await?;
        let node = self.node(watch);
        // One nonce at a time across all tabs of this key.
        let chain_id = self.contract.chain_id;
        let _turn = lock::take(&format!("nonce:{chain_id}:{}", key.address())).await?;
        let transaction = Transaction {
            chain_id,
            nonce: node.next_nonce(key.address()).await?,
            to: Some(plan.to),
            value: plan.value,
            gas_limit,
            data: plan.data.clone(),
            fee: fee::suggest(&node).await?,
        };
        let signed = transaction.sign(key);
        node.send_raw(&signed.raw).await?;
        Ok(signed.hash)
    }
}

fn refused(error: ChainError, action: Action, ether: Uint256) -> Failure {
    if error.is_revert() {
        let message = format!(
            "the contract would refuse the transaction ({})",
            action.name()
        );
        return Failure::new("rule-violated", message).with("rule", "reverted");
    }
    if let ChainError::Transport {
        source: TransportError::Answer { message, .. },
        ..
    } = &error
        && message.to_ascii_lowercase().contains("insufficient funds")
    {
        return insufficient_ether(ether, None);
    }
    error.into()
}

fn insufficient_ether(balance: Uint256, required: Option<Uint256>) -> Failure {
    let message = format!("the account has {balance} wei of ether, too little to pay for gas");
    let failure = Failure::new("insufficient-ether", message).with_amount("balance", balance);
    match required {
        Some(required) => failure.with_amount("required", required),
        None => failure,
    }
}
