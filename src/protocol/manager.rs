//! The channel manager contract: its messages, its calls and their return data, for each generation.
//!
//! All differences between the generations in messages and calls are here.

use super::abi::{AbiError, CallData, Words};
use super::address::Address;
use super::amount::Amount;
use super::channel::{BalanceProof, ChannelId, ProofError};
use super::generation::Generation;
use super::hash::{Hash, keccak256};
use super::hex_text::constant;
use super::key::PrivateKey;
use super::message::TypedData;
use super::signature::Signature;
use super::token;

/// A channel manager contract: its address and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Manager {
    /// The contract's address, which every signed message covers.
    pub address: Address,
    /// The generation of its messages and calls.
    pub generation: Generation,
}

/// What `getChannelInfo` returns for a channel that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// The channel's key.
    pub key: Hash,
    /// Tokens in escrow, in base units.
    pub deposit: Amount,
    /// The block after which the sender may settle; 0 while no close is requested.
    pub settle_block: u32,
    /// The balance of the close request; 0 while there is none.
    pub closing_balance: Amount,
    /// What the receiver has withdrawn so far; always 0 in generation 0.1.
    pub withdrawn: Amount,
}

impl ChannelInfo {
    /// Whether a close was requested and the challenge period runs or is over.
    pub fn is_closing(&self) -> bool {
        self.settle_block != 0
    }
}

/// Keccak-256 of the 0.1 balance message's schema,
/// `address receiveruint32 block_createduint192 balanceaddress contract`.
const BALANCE_SCHEMA_V01: [u8; 32] =
    constant("d2e1376f2df8fb1aee3be25c7015716653b7620337105008ef71037e144d50b0");
/// Keccak-256 of the 0.2 balance message's schema, the same with `string message_id` in front.
const BALANCE_SCHEMA_V02: [u8; 32] =
    constant("58609bfe78970060668532972d17b7dead82d88aa62966110094cd806a421d9c");

/// Keccak-256 of the 0.2 closing message's schema,
/// `string message_idaddress senderuint32 block_createduint192 balanceaddress contract`.
const CLOSING_SCHEMA: [u8; 32] =
    constant("9d3122a6193f337abb0b13a1e6d57b164a6acb15d825b38a5bd2e66af512f09f");

/// Messages.
impl Manager {
    /// The balance message that the sender signs: in both generations receiver, open block,
    /// balance and contract; generation 0.2 puts a `message_id` in front.
    pub fn balance_message(&self, channel: &ChannelId, balance: Amount) -> TypedData {
        let id = match self.generation {
            Generation::V01 => None,
            Generation::V02 => Some(TypedData::BALANCE_PROOF_ID),
        };
        let party = ("receiver", channel.receiver);
        TypedData::new(id, party, channel.open_block, balance, self.address)
    }

    /// The hash that the receiver signs to agree to closing: in 0.2 the closing message over
    /// sender, open block, balance and contract; in 0.1 Keccak-256 of the 65 bytes of the sender's
    /// balance-proof signature exactly as it will be submitted.
    pub fn closing_hash(&self, channel: &ChannelId, proof: &BalanceProof) -> Hash {
        match self.generation {
            Generation::V01 => keccak256(&[proof.signature.as_bytes()]),
            Generation::V02 => {
                let id = TypedData::CLOSING_ID;
                self.hash(&CLOSING_SCHEMA, id, channel.sender, channel, proof.balance)
            }
        }
    }

    /// The closing message of generation 0.2.
    pub fn closing_message(&self, channel: &ChannelId, balance: Amount) -> TypedData {
        let party = ("sender", channel.sender);
        let id = Some(TypedData::CLOSING_ID);
        TypedData::new(id, party, channel.open_block, balance, self.address)
    }

    /// The hash of the balance message, which the sender signs: equal to `balance_message(…).hash()`,
    /// computed without building the message's text.
    pub fn balance_hash(&self, channel: &ChannelId, balance: Amount) -> Hash {
        let (schema, id) = match self.generation {
            Generation::V01 => (&BALANCE_SCHEMA_V01, ""),
            Generation::V02 => (&BALANCE_SCHEMA_V02, TypedData::BALANCE_PROOF_ID),
        };
        self.hash(schema, id, channel.receiver, channel, balance)
    }

    /// The hash of a message with these fields.
    fn hash(
        &self,
        schema: &[u8; 32],
        id: &str,
        party: Address,
        channel: &ChannelId,
        balance: Amount,
    ) -> Hash {
        let values = keccak256(&[
            id.as_bytes(),
            &party.0,
            &channel.open_block.to_be_bytes(),
            &balance.to_be_bytes(),
            &self.address.0,
        ]);
        keccak256(&[schema, &values.0])
    }

    /// Signs the balance message with a local key.
    pub fn sign_balance(
        &self,
        key: &PrivateKey,
        channel: &ChannelId,
        balance: Amount,
    ) -> BalanceProof {
        let hash = self.balance_hash(channel, balance);
        BalanceProof {
            balance,
            signature: key.sign_hash(&hash),
        }
    }

    /// Checks that the channel's sender signed the balance.
    pub fn verify_balance(
        &self,
        channel: &ChannelId,
        proof: &BalanceProof,
    ) -> Result<(), ProofError> {
        let hash = self.balance_hash(channel, proof.balance);
        verify_signer(&proof.signature, &hash, channel.sender)
    }

    /// Checks that the channel's receiver agreed by signature to close with this proof.
    pub fn verify_closing(
        &self,
        channel: &ChannelId,
        proof: &BalanceProof,
        closing: &Signature,
    ) -> Result<(), ProofError> {
        verify_signer(
            closing,
            &self.closing_hash(channel, proof),
            channel.receiver,
        )
    }
}

fn verify_signer(signature: &Signature, hash: &Hash, expected: Address) -> Result<(), ProofError> {
    let found = signature.recover(hash)?;
    if found == expected {
        Ok(())
    } else {
        Err(ProofError::Signer { expected, found })
    }
}

/// Call data of transactions. Unless noted otherwise, the sender sends them to the manager.
impl Manager {
    /// Opens a channel by ERC20, after an approval of at least `deposit`.
    pub fn create_call(&self, receiver: Address, deposit: Amount) -> Vec<u8> {
        let signature = match self.generation {
            Generation::V01 => "createChannelERC20(address,uint192)",
            Generation::V02 => "createChannel(address,uint192)",
        };
        CallData::new(signature)
            .address(receiver)
            .amount(deposit)
            .encode()
    }

    /// Adds to the deposit by ERC20, after an approval of at least `added`.
    pub fn top_up_call(&self, receiver: Address, open_block: u32, added: Amount) -> Vec<u8> {
        let signature = match self.generation {
            Generation::V01 => "topUpERC20(address,uint32,uint192)",
            Generation::V02 => "topUp(address,uint32,uint192)",
        };
        CallData::new(signature)
            .address(receiver)
            .uint32(open_block)
            .amount(added)
            .encode()
    }

    /// Opens a channel by ERC223: call data for the **token**, which hands the tokens and
    /// [`Self::create_data`] to the manager.
    pub fn create_by_transfer(
        &self,
        sender: Address,
        receiver: Address,
        deposit: Amount,
    ) -> Vec<u8> {
        let data = self.create_data(sender, receiver);
        token::transfer_with_data(self.address, deposit.into(), &data)
    }

    /// Adds to the deposit by ERC223: call data for the **token**.
    pub fn top_up_by_transfer(&self, channel: &ChannelId, added: Amount) -> Vec<u8> {
        token::transfer_with_data(self.address, added.into(), &self.top_up_data(channel))
    }

    /// The data of an opening ERC223 transfer: 0.1 receiver (20 bytes), 0.2 sender and receiver
    /// (40 bytes).
    pub fn create_data(&self, sender: Address, receiver: Address) -> Vec<u8> {
        match self.generation {
            Generation::V01 => receiver.0.to_vec(),
            Generation::V02 => [sender.0, receiver.0].concat(),
        }
    }

    /// The data of an ERC223 top-up: [`Self::create_data`] and the open block (4 bytes).
    pub fn top_up_data(&self, channel: &ChannelId) -> Vec<u8> {
        let mut data = self.create_data(channel.sender, channel.receiver);
        data.extend_from_slice(&channel.open_block.to_be_bytes());
        data
    }

    /// The sender's close request, which starts the challenge period. Generation 0.1 requires the
    /// sender's own balance proof; 0.2 takes the balance alone.
    pub fn close_request_call(&self, channel: &ChannelId, proof: &BalanceProof) -> Vec<u8> {
        self.close_request_by_balance(channel, proof.balance)
            .unwrap_or_else(|| self.close_with_proof_call(channel, proof))
    }

    /// The sender's close request where the contract takes the balance alone; `None`: it requires a
    /// proof of it.
    pub fn close_request_by_balance(
        &self,
        channel: &ChannelId,
        balance: Amount,
    ) -> Option<Vec<u8>> {
        match self.generation {
            Generation::V01 => None,
            Generation::V02 => Some(
                CallData::new("uncooperativeClose(address,uint32,uint192)")
                    .address(channel.receiver)
                    .uint32(channel.open_block)
                    .amount(balance)
                    .encode(),
            ),
        }
    }

    /// The receiver's close, also its reply to a close request; the receiver sends it. Generation 0.1
    /// settles on the sender's proof; 0.2 needs the receiver's closing signature as well.
    pub fn receiver_close_call(
        &self,
        channel: &ChannelId,
        proof: &BalanceProof,
        closing: &Signature,
    ) -> Vec<u8> {
        match self.generation {
            Generation::V01 => self.close_with_proof_call(channel, proof),
            Generation::V02 => self.cooperative_close_call(channel, proof, closing),
        }
    }

    fn close_with_proof_call(&self, channel: &ChannelId, proof: &BalanceProof) -> Vec<u8> {
        CallData::new("uncooperativeClose(address,uint32,uint192,bytes)")
            .address(channel.receiver)
            .uint32(channel.open_block)
            .amount(proof.balance)
            .bytes(proof.signature.as_bytes())
            .encode()
    }

    /// Closes at once with both signatures. In 0.1 only the sender may send it, in 0.2 anybody.
    pub fn cooperative_close_call(
        &self,
        channel: &ChannelId,
        proof: &BalanceProof,
        closing: &Signature,
    ) -> Vec<u8> {
        CallData::new("cooperativeClose(address,uint32,uint192,bytes,bytes)")
            .address(channel.receiver)
            .uint32(channel.open_block)
            .amount(proof.balance)
            .bytes(proof.signature.as_bytes())
            .bytes(closing.as_bytes())
            .encode()
    }

    /// Pays out after the challenge period.
    pub fn settle_call(&self, receiver: Address, open_block: u32) -> Vec<u8> {
        CallData::new("settle(address,uint32)")
            .address(receiver)
            .uint32(open_block)
            .encode()
    }
}

/// Calls that only read.
impl Manager {
    /// `getChannelInfo(address,address,uint32)`, which reverts for a channel that does not exist.
    pub fn info_call(&self, channel: &ChannelId) -> Vec<u8> {
        CallData::new("getChannelInfo(address,address,uint32)")
            .address(channel.sender)
            .address(channel.receiver)
            .uint32(channel.open_block)
            .encode()
    }

    /// Reads the return data of [`Self::info_call`]: four words in 0.1, five in 0.2.
    pub fn info_returned(&self, data: &[u8]) -> Result<ChannelInfo, AbiError> {
        let mut words = Words::new(data);
        Ok(ChannelInfo {
            key: words.hash()?,
            deposit: words.amount()?,
            settle_block: words.uint32()?,
            closing_balance: words.amount()?,
            withdrawn: match self.generation {
                Generation::V01 => Amount::ZERO,
                Generation::V02 => words.amount()?,
            },
        })
    }
}

/// `challenge_period()`, returning a `uint32` number of blocks.
pub fn challenge_period_call() -> Vec<u8> {
    CallData::new("challenge_period()").encode()
}

/// `token()`, returning an `address`.
pub fn token_call() -> Vec<u8> {
    CallData::new("token()").encode()
}

/// `version()`, returning a `string` such as `0.2.0`.
pub fn version_call() -> Vec<u8> {
    CallData::new("version()").encode()
}

/// `withdrawn_balances(bytes32)`, which exists only in the 0.2 interface: the probe for the
/// generation of an unknown contract.
pub fn generation_probe_call() -> Vec<u8> {
    CallData::new("withdrawn_balances(bytes32)")
        .hash(&Hash([0; 32]))
        .encode()
}

/// The smallest challenge period that the constructors accept, in blocks.
pub const MIN_CHALLENGE_PERIOD: u32 = 500;

/// `channel_deposit_bugbounty_limit` of both generations: 100 tokens of 18 decimals.
pub const DEPOSIT_LIMIT: Amount = Amount::from_u128(100_000_000_000_000_000_000);

/// `withdraw(uint32,uint192,bytes)` of generation 0.2, sent by the receiver: pays out the proof's
/// balance less earlier withdrawals and leaves the channel open.
pub fn withdraw_call(open_block: u32, proof: &BalanceProof) -> Vec<u8> {
    CallData::new("withdraw(uint32,uint192,bytes)")
        .uint32(open_block)
        .amount(proof.balance)
        .bytes(proof.signature.as_bytes())
        .encode()
}

/// Constructor arguments to append to a manager's byte code: the token, the challenge period in
/// blocks, and for 0.2 an empty list of trusted contracts.
pub fn constructor_arguments(generation: Generation, token: Address, challenge: u32) -> Vec<u8> {
    let call = CallData::constructor().address(token).uint32(challenge);
    match generation {
        Generation::V01 => call.encode(),
        Generation::V02 => call.addresses(&[]).encode(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_a_hash_is_the_long_one() {
        for generation in [Generation::V01, Generation::V02] {
            let manager = Manager {
                address: Address([0x11; 20]),
                generation,
            };
            let channel = ChannelId {
                sender: Address([0x22; 20]),
                receiver: Address([0x33; 20]),
                open_block: 0x0102_0304,
            };
            for balance in [Amount::ZERO, Amount::from_u64(7), Amount::MAX] {
                let long = manager.balance_message(&channel, balance).hash();
                assert_eq!(manager.balance_hash(&channel, balance), long);
                let signature = Signature::from_bytes(&[1; 65]).expect("a signature");
                let proof = BalanceProof { balance, signature };
                let long = match generation {
                    Generation::V01 => keccak256(&[proof.signature.as_bytes()]),
                    Generation::V02 => manager.closing_message(&channel, balance).hash(),
                };
                assert_eq!(manager.closing_hash(&channel, &proof), long);
            }
        }
    }
}
