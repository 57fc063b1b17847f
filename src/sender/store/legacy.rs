//! Records of the original JavaScript library, of both contract generations.
//!
//! They are in `localStorage` under `<account>|<receiver>`, in whatever case the addresses were
//! given, and name neither contract nor chain: only a signature shows which contract one belongs to.

use crate::json::Value;

use crate::protocol::{Address, Amount, BalanceProof, ChannelId, Manager, Signature};

use super::super::record::{ChannelRecord, Pending};

/// A stored channel of the original library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyRecord {
    /// The channel.
    pub id: ChannelId,
    /// The balance, with its signature if it was ever signed.
    pub balance: Amount,
    signature: Option<Signature>,
    next: Option<BalanceProof>,
    closing: Option<Signature>,
}

impl LegacyRecord {
    /// The receiver, if this is the name of such a record of this sender.
    pub fn receiver_of(name: &str, sender: Address) -> Option<Address> {
        let (account, receiver) = name.split_once('|')?;
        // Lower-cased first to skip the checksum: names have whatever case the addresses were given in.
        let account: Address = account.to_ascii_lowercase().parse().ok()?;
        let receiver = receiver.to_ascii_lowercase().parse().ok()?;
        (account == sender).then_some(receiver)
    }

    /// Reads the record stored under `name`. Generation 0.1 calls the fields `sig` and `closing_sig`
    /// `sign` and `close_sign`.
    pub fn read(name: &str, text: &str, sender: Address) -> Option<Self> {
        let receiver = Self::receiver_of(name, sender)?;
        let value = Value::parse(text).ok()?;
        let open_block = u32::try_from(value["block"].as_u64()?).ok()?;
        let signature = |value: &Value, names: [&str; 2]| {
            let text = names.into_iter().find_map(|name| value[name].as_str());
            text.and_then(|text| text.parse().ok())
        };
        let balance = |value: &Value| match &value["balance"] {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64().map(Amount::from_u64),
        };
        let proof = &value["proof"];
        let next = &value["next_proof"];
        let next = balance(next).zip(signature(next, ["sig", "sign"]));
        Some(Self {
            id: ChannelId {
                sender,
                receiver,
                open_block,
            },
            balance: balance(proof)?,
            signature: signature(proof, ["sig", "sign"]),
            next: next.map(|(balance, signature)| BalanceProof { balance, signature }),
            closing: signature(&value, ["closing_sig", "close_sign"]),
        })
    }

    /// The record of this contract's channel, with the proofs that recover to the sender. `None`: the
    /// current proof is signed for another contract.
    pub fn record(&self, chain_id: u64, manager: Manager) -> Option<ChannelRecord> {
        let holds = |proof: &BalanceProof| manager.verify_balance(&self.id, proof).is_ok();
        let mut record = ChannelRecord::found(chain_id, manager, self.id, Amount::ZERO);
        if let Some(signature) = self.signature {
            let proof = BalanceProof {
                balance: self.balance,
                signature,
            };
            if !holds(&proof) {
                return None;
            }
            record.balance = self.balance;
            record.charged = self.balance;
            record.exposure = self.balance;
            record.proof = Some(proof);
            record.balance_known = true;
            let agreed =
                |closing: &Signature| manager.verify_closing(&self.id, &proof, closing).is_ok();
            record.closing = self.closing.filter(agreed).map(|closing| (proof, closing));
        }
        if let Some(proof) = self
            .next
            .filter(|next| next.balance > record.balance && holds(next))
        {
            record.exposure = proof.balance;
            record.pending = Some(Pending {
                proof,
                at: 0,
                url: String::new(),
                resent: true,
            });
        }
        Some(record)
    }
}
