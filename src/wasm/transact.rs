//! Getting one transaction ready and handing it in.

use crate::json::{Value, json};

use crate::chain::fee::{self, Offer};
use crate::chain::{ChainError, Sent, TransportError};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Transaction;
use crate::protocol::{PrivateKey, hex_text};
use crate::sender::journal::Action;
use crate::sender::world::{Call, NotSent, World};

use super::account::Account;
use super::browser::Browser;
use super::error::Failure;
use super::lock::{self, Turn};

/// A transaction that is ready to be handed in.
pub(crate) struct Prepared {
    sent: Sent,
    how: How,
}

enum How {
    /// Signed here. One nonce at a time across all tabs of this key.
    Signed { raw: Vec<u8>, _nonce: Turn },
    /// To be shown to the person.
    Wallet { call: Value, action: Action },
}

impl Prepared {
    pub(crate) fn sent(&self) -> Sent {
        self.sent.clone()
    }
}

impl Browser {
    /// Estimates, and signs where the key is here.
    pub(crate) async fn make_ready(&self, call: &Call) -> Result<Prepared, Failure> {
        match &self.client.account {
            Account::Local(key) => self.sign_transaction(key, call).await,
            Account::Injected(_) => {
                let client = &self.client;
                client.account.ready(client.contract.chain_id).await?;
                // A wallet shows the fee and has limits of its own.
                let (gas, _) = self.gas(call).await?;
                let sender = client.address();
                let nonce = self.node().next_nonce(sender).await?;
                let request = json!({
                    "from": sender.to_string(),
                    "to": call.to.to_string(),
                    "value": format!("{:#x}", call.value),
                    "data": hex_text::encode(&call.data),
                    "gas": format!("{gas:#x}"),
                    "chainId": format!("{:#x}", client.contract.chain_id),
                });
                let sent = Sent {
                    sender,
                    hash: None,
                    nonce: Some(nonce),
                    raw: None,
                };
                let how = How::Wallet {
                    call: request,
                    action: call.action,
                };
                Ok(Prepared { sent, how })
            }
        }
    }

    /// Hands it in.
    pub(crate) async fn hand_in(&self, prepared: Prepared) -> Result<Sent, NotSent<Failure>> {
        let mut sent = prepared.sent;
        match (&self.client.account, prepared.how) {
            (Account::Injected(wallet), How::Wallet { call, action }) => {
                let answer = wallet.send(call, action, &self.watch);
                let hash = answer.await.map_err(|error| NotSent {
                    // Other errors may come after the transaction was handed in.
                    certain: error.code() != "wallet-error",
                    error,
                })?;
                sent.hash = Some(hash);
                // The wallet chose the nonce; a node that does not know it yet leaves the guess.
                if let Ok(Some(nonce)) = self.node().nonce_of(&hash).await {
                    sent.nonce = Some(nonce);
                }
                Ok(sent)
            }
            (_, How::Signed { raw, _nonce }) => match self.node().send_raw(&raw).await {
                Ok(_) => Ok(sent),
                Err(error) if is_known_already(&error) => Ok(sent),
                Err(error) if is_answer(&error) => Err(NotSent {
                    certain: true,
                    error: error.into(),
                }),
                // It may have got there. Whoever follows it hands it in again if not.
                Err(_) => Ok(sent),
            },
            (Account::Local(_), How::Wallet { .. }) => Err(NotSent {
                certain: true,
                error: Failure::new("wallet-error", "the transaction is not signed"),
            }),
        }
    }

    /// The gas limit and what is offered for gas; fails where the transaction would revert or can't be
    /// paid.
    async fn gas(&self, call: &Call) -> Result<(u64, Offer), Failure> {
        let node = self.node();
        let sender = self.client.address();
        let ether = node.ether_balance(sender).await?;
        // An account without any ether can't pay for gas whatever the price.
        if ether <= call.value {
            return Err(insufficient_ether(ether, None));
        }
        let estimate = node.estimate_gas(sender, call.to, call.value, &call.data);
        let estimate = estimate.await.map_err(|e| refused(e, call.action, ether))?;
        let limit = fee::gas_limit(estimate);
        let offer = fee::suggest(&node, &self.client.fees).await?;
        let cost = fee::worst_cost(&offer.fee, limit, call.value);
        if ether < cost {
            return Err(insufficient_ether(ether, Some(cost)));
        }
        Ok((limit, offer))
    }

    async fn sign_transaction(&self, key: &PrivateKey, call: &Call) -> Result<Prepared, Failure> {
        let (gas_limit, offer) = self.gas(call).await?;
        check_fee(&offer, gas_limit, &self.client.fees)?;
        let node = self.node();
        let chain_id = self.client.contract.chain_id;
        let name = format!("nonce:{chain_id}:{}", key.address().to_lower());
        let _nonce = lock::take(&name, &self.watch).await?;
        let nonce = node.next_nonce(key.address()).await?;
        let transaction = Transaction {
            chain_id,
            nonce,
            to: Some(call.to),
            value: call.value,
            gas_limit,
            data: call.data.clone(),
            fee: offer.fee,
        };
        let signed = transaction.sign(key);
        let sent = Sent {
            sender: key.address(),
            hash: Some(signed.hash),
            nonce: Some(nonce),
            raw: Some(signed.raw.clone()),
        };
        let how = How::Signed {
            raw: signed.raw,
            _nonce,
        };
        Ok(Prepared { sent, how })
    }
}

fn is_answer(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Answer { .. },
            ..
        }
    )
}

/// Nodes say so of a transaction that they have already.
fn is_known_already(error: &ChainError) -> bool {
    match error {
        ChainError::Transport {
            source: TransportError::Answer { message, .. },
            ..
        } => {
            let message = message.to_ascii_lowercase();
            message.contains("already known") || message.contains("already imported")
        }
        _ => false,
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

/// Fails where the node wants more than the limits allow: what is offered within them would not be
/// mined, and hold up whatever comes after it.
fn check_fee(offer: &Offer, gas_limit: u64, limits: &fee::Limits) -> Result<(), Failure> {
    let cost = fee::worst_cost(&offer.fee, gas_limit, Uint256::ZERO);
    let (asked, limit) = if !offer.enough {
        (offer.asked, offer.limit)
    } else if cost > limits.per_transaction() {
        (cost, limits.per_transaction())
    } else {
        return Ok(());
    };
    let message = "the node asks for a higher fee than `maxFeePerGas` allows";
    let failure = Failure::new("fee-above-limit", message).with_amount("asked", asked);
    Err(failure.with_amount("limit", limit))
}

pub(crate) fn insufficient_ether(balance: Uint256, required: Option<Uint256>) -> Failure {
    let message = format!("the account has {balance} wei of ether, too little to pay for gas");
    let failure = Failure::new("insufficient-ether", message).with_amount("balance", balance);
    match required {
        Some(required) => failure.with_amount("required", required),
        None => failure,
    }
}
