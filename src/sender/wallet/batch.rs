//! Several calls in one confirmation (EIP-5792), where the wallet makes them atomic.
//!
//! A wallet that does not say that it can is not asked. Whoever was given an id may have moved money: from then on
//! nothing is sent another way.

use crate::json::{Value, json};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash, hex_text};

use super::refusal::{WalletError, WalletRefusal};
use super::typed_data::WalletProvider;

/// The longest id that a wallet may give, in bytes: 4096 by the standard.
const MAX_ID: usize = 4096;
/// Codes by which a wallet says that it sends no such batch: EIP-5792 and the number of an unknown method.
const UNABLE: [i64; 4] = [5700, 5710, 5750, 5760];
/// The code by which it says that it knows no such batch.
const UNKNOWN: i64 = 5730;

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCall<'a> {
    /// The account or contract.
    pub to: Address,
    /// In wei.
    pub value: Uint256,
    /// The call's data.
    pub data: &'a [u8],
}

/// What a wallet calls a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchId(String);

impl BatchId {
    /// `None`: no id that a wallet may give.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=MAX_ID).contains(&text.len());
        fits.then(|| Self(text.to_owned()))
    }

    /// As the wallet wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a batch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchStatus {
    /// Not mined yet, or the wallet does not say.
    Pending,
    /// Mined: the transactions, of which there is one if it is atomic. What they did, the chain tells.
    Mined(Vec<Hash>),
    /// It will not be mined, or was without effect and the wallet names no transaction.
    Failed,
    /// The wallet does not know it, or not any more.
    Unknown,
}

/// Whether a wallet says that it makes calls of an account atomic on a chain. Asks its user nothing.
pub async fn is_able(wallet: &impl WalletProvider, from: Address, chain_id: u64) -> bool {
    let chain = format!("{chain_id:#x}");
    let asked = json!([from.to_string(), json!([chain.as_str()])]);
    // What wallets without the method answer differs.
    let Ok(able) = wallet.request("wallet_getCapabilities", &asked).await else {
        return false;
    };
    // `ready`: its user is asked to make the account able, in the same window.
    let status = able[&*chain]["atomic"]["status"].as_str();
    matches!(status, Some("supported" | "ready"))
}

/// Lets a wallet send calls together. `None`: it says that it can't, so nothing was sent.
pub async fn send(
    wallet: &impl WalletProvider,
    from: Address,
    chain_id: u64,
    calls: &[BatchCall<'_>],
) -> Result<Option<BatchId>, WalletError> {
    let calls = calls.iter().map(|call| {
        json!({
            "to": call.to.to_string(),
            "value": format!("{:#x}", call.value),
            "data": hex_text::encode(call.data),
        })
    });
    let batch = json!([json!({
        "version": "2.0.0",
        "from": from.to_string(),
        "chainId": format!("{chain_id:#x}"),
        "atomicRequired": true,
        "calls": calls.collect::<Value>(),
    })]);
    match wallet.request("wallet_sendCalls", &batch).await {
        Ok(sent) => {
            let id = sent["id"].as_str().or(sent.as_str());
            match id.and_then(BatchId::new) {
                Some(id) => Ok(Some(id)),
                None => Err(WalletError {
                    refusal: WalletRefusal::Other,
                    code: None,
                    message: Some("it gave no id for what it sends".to_owned()),
                }),
            }
        }
        Err(error) if is_unable(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_unable(error: &WalletError) -> bool {
    error.refusal == WalletRefusal::UnknownMethod
        || error.code.is_some_and(|code| UNABLE.contains(&code))
}

/// Asks where a batch stands. A failed answer is no answer: the wallet may be locked for a while.
pub async fn status(wallet: &impl WalletProvider, BatchId(id): &BatchId) -> BatchStatus {
    let asked = json!([id.as_str()]);
    let answer = match wallet.request("wallet_getCallsStatus", &asked).await {
        Ok(answer) => answer,
        Err(error) if error.code == Some(UNKNOWN) => return BatchStatus::Unknown,
        Err(_) => return BatchStatus::Pending,
    };
    let receipts = answer["receipts"].as_array().unwrap_or_default().iter();
    let hashes = receipts.filter_map(|receipt| receipt["transactionHash"].as_str()?.parse().ok());
    let hashes: Vec<Hash> = hashes.collect();
    match answer["status"].as_u64() {
        Some(200..300) => BatchStatus::Mined(hashes),
        // Reverted, in whole or in part.
        Some(500..700) if !hashes.is_empty() => BatchStatus::Mined(hashes),
        Some(400..700) => BatchStatus::Failed,
        _ => BatchStatus::Pending,
    }
}
