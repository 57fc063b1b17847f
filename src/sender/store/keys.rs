//! The names of all that is in storage, and of all locks. Addresses in them are lower case.
//!
//! | name | what is stored |
//! |---|---|
//! | `microraiden:channel:CHAIN:CONTRACT:SENDER:RECEIVER:BLOCK` | a [record](super::records) |
//! | `microraiden:room:CHAIN:CONTRACT:SENDER:RECEIVER:BLOCK`, and `:leave` | quota reserved for it |
//! | `microraiden:journal:CHAIN:CONTRACT:SENDER:RECEIVER:BLOCK`, or `:open` | a [transaction](super::journal) |
//! | `microraiden:ledger:CHAIN:CONTRACT:SENDER:TIME:BLOCK:BALANCE`, or `:shown` | a [payment](super::ledger) |
//! | `microraiden:backup:CHAIN:CONTRACT:SENDER` | what the last [backup](super::backup) holds |
//! | `microraiden:payer:CHAIN:CONTRACT:SENDER` | the account that `begin` fills it from |
//! | `microraiden:binding:CHAIN:CONTRACT:SENDER:RECEIVER` | who speaks for a [receiver](super::bindings) |
//! | `microraiden:scanned:CHAIN:CONTRACT:SENDER` | the [checkpoint](super::checkpoint) of the search for channels |
//! | `microraiden:policy:CHAIN:SENDER`, `:spending:`, `:escrow:` | the user's policy; what it counts |
//! | `microraiden:price:CHAIN:CONTRACT:METHOD URL` | a [price](super::prices) that was paid |
//! | `microraiden:contract:CONTRACT:node:HASH`, `:chain:CHAIN` | a [contract](super::contract_cache) |
//! | `microraiden:shortfall:CHAIN:CONTRACT` | a deposit of which too few tokens [arrived](super::shortfall) |
//! | `microraiden:signer:ACCOUNT:WALLET` | whether a wallet can [sign](crate::sender::wallet::ability) |
//! | `microraiden:signing-form:WALLET` | how a wallet is [asked](crate::sender::wallet::typed_data) to sign |
//! | `microraiden:key:NAME` | a local key, encrypted |
//! | `microraiden:aside:TIME:NAME` | a text that could not be read |
//! | `microraiden:page` | the page that pays where there are no Web Locks |
//! | `microraiden:turn:LOCK` | the number of the last holder of a lock that guards stored texts |

use crate::chain::ManagerContract;
use crate::protocol::hash::keccak256;
use crate::protocol::{Address, Amount, ChannelId, hex_text};

/// The prefix of all names.
pub const OURS: &str = "microraiden:";
/// The prefix of the names of unreadable texts.
pub const ASIDE: &str = "microraiden:aside:";
/// The claim of the page that pays, where there are no Web Locks.
pub const PAGE: &str = "microraiden:page";
/// The prefix of the names of the original library's records: an address.
pub const LEGACY: &str = "0x";

/// The prefix of the names of records.
pub const RECORD: &str = "microraiden:channel:";
const LEDGER: &str = "microraiden:ledger:";
/// The prefix of the names of local keys.
pub const LOCAL_KEY: &str = "microraiden:key:";

/// The name to which an unreadable text is moved.
pub fn aside(now: u64, name: &str) -> String {
    format!("{ASIDE}{now}:{name}")
}

/// A local key of the user.
pub fn local_key(name: &str) -> String {
    format!("{LOCAL_KEY}{name}")
}

/// What the key is called that [`begin`](super::super::flow::begin) derives from an account of a wallet.
pub fn derived_key(account: Address, scope: &str) -> String {
    format!("wallet:{}:{scope}", account.to_lower())
}

/// The name of a lock, and what the lock is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockName {
    text: String,
    guards_texts: bool,
}

impl LockName {
    /// Whoever holds it reads and writes stored texts.
    const fn guarding(text: String) -> Self {
        let guards_texts = true;
        Self { text, guards_texts }
    }

    /// It tells others that somebody is there, and no more: whoever holds it reads the channel's record under the
    /// channel's lock.
    const fn telling(text: String) -> Self {
        let guards_texts = false;
        Self { text, guards_texts }
    }

    /// The name without the prefix.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name among all locks of the origin.
    pub fn web_lock(&self) -> String {
        format!("{OURS}{}", self.text)
    }

    /// Where the last holder is numbered, if it guards stored texts.
    pub fn barrier(&self) -> Option<String> {
        let barrier = || format!("microraiden:turn:{}", self.text);
        self.guards_texts.then(barrier)
    }
}

/// The lock of a local key.
pub fn local_key_lock(name: &str) -> LockName {
    LockName::guarding(format!("key:{name}"))
}

/// The lock of an account's policy and of all that it counts.
pub fn policy_lock(chain_id: u64, account: Address) -> LockName {
    LockName::guarding(policy(chain_id, account))
}

/// The lock of finding out whether a wallet can sign with an account.
pub fn signer_lock(account: Address, wallet: &str) -> LockName {
    LockName::guarding(signer(account, wallet))
}

/// The user's policy for an account.
pub fn policy(chain_id: u64, account: Address) -> String {
    format!("microraiden:policy:{chain_id}:{}", account.to_lower())
}

/// What an account spent.
pub fn spending(chain_id: u64, account: Address) -> String {
    format!("microraiden:spending:{chain_id}:{}", account.to_lower())
}

/// What an account escrowed.
pub fn escrow(chain_id: u64, account: Address) -> String {
    format!("microraiden:escrow:{chain_id}:{}", account.to_lower())
}

/// The lock of an account's next nonce.
pub fn nonce_lock(chain_id: u64, account: Address) -> LockName {
    LockName::guarding(format!("nonce:{chain_id}:{}", account.to_lower()))
}

/// The prefix of the names of one contract's prices.
pub fn prices(chain_id: u64, contract: Address) -> String {
    format!("microraiden:price:{chain_id}:{}:", contract.to_lower())
}

/// A contract that a node told of. The name holds only the first 8 bytes of the Keccak-256 of the node's
/// URL, because such URLs often contain an API key.
pub fn contract_of_node(contract: Address, url: &str) -> String {
    let hash = keccak256(&[url.as_bytes()]);
    let hash = hex_text::encode(&hash.0[..8]);
    format!("microraiden:contract:{}:node:{hash}", contract.to_lower())
}

/// A contract that a wallet on this chain told of.
pub fn contract_of_chain(contract: Address, chain_id: u64) -> String {
    let contract = contract.to_lower();
    format!("microraiden:contract:{contract}:chain:{chain_id}")
}

/// A deposit of which too few tokens arrived in the contract.
pub fn shortfall(chain_id: u64, contract: Address) -> String {
    format!("microraiden:shortfall:{chain_id}:{}", contract.to_lower())
}

/// Whether a wallet can sign with an account.
pub fn signer(account: Address, wallet: &str) -> String {
    format!("microraiden:signer:{}:{wallet}", account.to_lower())
}

/// How a wallet is asked to sign.
pub fn signing_form(wallet: &str) -> String {
    format!("microraiden:signing-form:{wallet}")
}

/// One sender at one contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderKey {
    /// The chain.
    pub chain_id: u64,
    /// The channel manager.
    pub contract: Address,
    /// The account that pays.
    pub sender: Address,
}

impl SenderKey {
    /// An account at a contract.
    pub const fn new(contract: &ManagerContract, sender: Address) -> Self {
        Self {
            chain_id: contract.chain_id,
            contract: contract.manager.address,
            sender,
        }
    }

    /// `CHAIN:CONTRACT:SENDER`
    fn text(&self) -> String {
        let (contract, sender) = (self.contract.to_lower(), self.sender.to_lower());
        format!("{}:{contract}:{sender}", self.chain_id)
    }

    /// The prefix of the names of its records.
    pub fn records(&self) -> String {
        format!("{RECORD}{}:", self.text())
    }

    /// The prefix of the names of its unfinished transactions.
    pub fn journal(&self) -> String {
        format!("microraiden:journal:{}:", self.text())
    }

    /// What its last backup holds.
    pub fn backup(&self) -> String {
        format!("microraiden:backup:{}", self.text())
    }

    /// The account that its money comes from, and goes back to.
    pub fn payer(&self) -> String {
        format!("microraiden:payer:{}", self.text())
    }

    /// The prefix of the names of its bindings.
    pub fn bindings(&self) -> String {
        format!("microraiden:binding:{}:", self.text())
    }

    /// Which origins speak for a receiver.
    pub fn binding(&self, receiver: Address) -> String {
        format!("{}{}", self.bindings(), receiver.to_lower())
    }

    /// The [checkpoint](super::checkpoint) of the search for channels.
    pub fn checkpoint(&self) -> String {
        format!("microraiden:scanned:{}", self.text())
    }

    /// The prefix of the names of its payments.
    pub fn ledger(&self) -> String {
        format!("{LEDGER}{}:", self.text())
    }

    /// A channel's lock.
    pub fn channel_lock(&self, id: &ChannelId) -> LockName {
        LockName::guarding(self.channel_lock_text(id))
    }

    /// A lock that the page of a payment with a number holds until its answer: one of a few, so that they are
    /// taken again and again.
    pub fn payment_lock(&self, id: &ChannelId, slot: usize) -> LockName {
        LockName::telling(format!("{}:payment:{slot}", self.channel_lock_text(id)))
    }

    /// A lock that a page holds while the body of a response arrives that was paid for with a number: one of a few.
    pub fn body_lock(&self, id: &ChannelId, slot: usize) -> LockName {
        LockName::telling(format!("{}:body:{slot}", self.channel_lock_text(id)))
    }

    /// The lock of openings to a receiver.
    pub fn opening_lock(&self, receiver: Address) -> LockName {
        LockName::guarding(self.lock_text("open", receiver))
    }

    /// The lock of the allowance of a token, which all channels share.
    pub fn allowance_lock(&self, token: Address) -> LockName {
        LockName::guarding(self.lock_text("allowance", token))
    }

    /// The lock of the bindings.
    pub fn bindings_lock(&self) -> LockName {
        LockName::guarding(format!("binding:{}", self.text()))
    }

    fn channel_lock_text(&self, id: &ChannelId) -> String {
        let channels = self.lock_text("channel", id.receiver);
        format!("{channels}:{}", id.open_block)
    }

    fn lock_text(&self, kind: &str, account: Address) -> String {
        format!("{kind}:{}:{}", self.text(), account.to_lower())
    }
}

/// Reads `CHAIN:CONTRACT:SENDER` from the parts of a name.
fn sender_key<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<SenderKey> {
    Some(SenderKey {
        chain_id: parts.next()?.parse().ok()?,
        contract: parts.next()?.parse().ok()?,
        sender: parts.next()?.parse().ok()?,
    })
}

/// A channel's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordKey {
    /// The chain.
    pub chain_id: u64,
    /// The contract.
    pub contract: Address,
    /// The channel.
    pub id: ChannelId,
}

impl RecordKey {
    /// The prefix of the names of all channels on a chain, of all contracts and senders.
    pub fn chain_prefix(chain_id: u64) -> String {
        format!("{RECORD}{chain_id}:")
    }

    /// Parses a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(RECORD)?.split(':');
        let of = sender_key(&mut parts)?;
        let key = Self {
            chain_id: of.chain_id,
            contract: of.contract,
            id: ChannelId {
                sender: of.sender,
                receiver: parts.next()?.parse().ok()?,
                open_block: parts.next()?.parse().ok()?,
            },
        };
        (parts.next().is_none() && key.name() == name).then_some(key)
    }

    /// The name in storage.
    pub fn name(&self) -> String {
        format!("{RECORD}{}", self.text())
    }

    /// The name of the quota reserved for it.
    pub fn reserve(&self) -> String {
        format!("microraiden:room:{}", self.text())
    }

    /// The name of the quota reserved for closing and topping up.
    pub fn reserve_to_leave(&self) -> String {
        format!("{}:leave", self.reserve())
    }

    fn text(&self) -> String {
        let of = SenderKey {
            chain_id: self.chain_id,
            contract: self.contract,
            sender: self.id.sender,
        };
        let receiver = self.id.receiver.to_lower();
        format!("{}:{receiver}:{}", of.text(), self.id.open_block)
    }
}

/// A journal entry: the channel it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKey {
    /// Who sends it, at which contract.
    pub of: SenderKey,
    /// The account that is paid.
    pub receiver: Address,
    /// The channel's open block; `None` while it is being opened.
    pub open_block: Option<u32>,
}

impl StepKey {
    /// The name in storage.
    pub fn name(&self) -> String {
        let (prefix, receiver) = (self.of.journal(), self.receiver.to_lower());
        match self.open_block {
            Some(block) => format!("{prefix}{receiver}:{block}"),
            None => format!("{prefix}{receiver}:open"),
        }
    }
}

/// Replaces the balance in the name of a correction: what a receiver showed beyond the payments.
const SHOWN: &str = "shown";

/// The prefix of the names of all payments on a chain, of all contracts and senders.
pub fn ledger_of_chain(chain_id: u64) -> String {
    format!("{LEDGER}{chain_id}:")
}

impl SenderKey {
    /// A payment. Names sort by time.
    pub fn payment(&self, at: u64, open_block: u32, balance: Amount) -> String {
        format!("{}{at:015}:{open_block}:{balance}", self.ledger())
    }

    /// A correction: what a receiver showed beyond the payments listed, in answer to a proof signed at this
    /// time.
    pub fn correction(&self, at: u64, open_block: u32) -> String {
        format!("{}{at:015}:{open_block}:{SHOWN}", self.ledger())
    }

    /// Parses the name of a payment: whose it is, and when it was signed. `None` for a correction.
    pub fn of_payment(name: &str) -> Option<(Self, u64)> {
        let mut parts = name.strip_prefix(LEDGER)?.split(':');
        let key = sender_key(&mut parts)?;
        let at = parts.next()?.parse().ok()?;
        let _open_block = parts.next()?;
        parts.next().filter(|balance| *balance != SHOWN)?;
        Some((key, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_of_a_node_is_named_without_its_url() {
        let address = Address([0x12; 20]);
        let prefix = format!("microraiden:contract:0x{}", "12".repeat(20));
        let at = |url| contract_of_node(address, url);
        // The first 8 bytes of the Keccak-256 of the empty text, from other implementations.
        let empty = format!("{prefix}:node:0xc5d2460186f7233c");
        assert_eq!(at(""), empty);
        assert_ne!(at("https://node.example/a"), at("https://node.example/b"));
        assert!(!at("https://node.example/secret").contains("secret"));
        let chain = format!("{prefix}:chain:42");
        assert_eq!(contract_of_chain(address, 42), chain);
    }
}
