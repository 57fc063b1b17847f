//! What a case asks, through the crate's own calls, and the result in words.

use microraiden::chain::arrival;
use microraiden::chain::fee;
use microraiden::chain::submit::{self, Draft, HandedIn};
use microraiden::chain::track::{self, Ended};
use microraiden::chain::{
    ChainError, ContractError, LogFilter, ManagerContract, Meaning, Node, Sent, Status,
    SubmitError, status,
};
use microraiden::protocol::{Address, ChannelId, Generation, Hash, Manager, Uint256};

use super::script::Script;

/// The question; its name is in the document.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// `getChannelInfo` of a channel.
    Channel,
    /// What a node means by an error to `eth_call`.
    Meaning,
    /// What a node means by an error to `eth_getLogs`.
    Logs,
    /// Handing in a signed transaction.
    HandIn,
    /// One look at a transaction that a wallet sent.
    Status,
    /// Following a transaction of a wallet to its end.
    Follow,
    /// The gas of a transaction.
    Estimate,
    /// The number of the chain.
    ChainId,
    /// Trying out a deposit of 100 units.
    TryDeposit,
    /// The receipt of such a deposit.
    Deposited,
}

/// The account that pays in all cases.
const SENDER: Address = Address([0x11; 20]);
/// The transaction that all cases are about.
const HASH: Hash = Hash([0x22; 32]);
const MANAGER: Address = Address([0x33; 20]);
const DEPOSIT: Uint256 = Uint256::new(100);

pub async fn ask(what: Ask, node: &Node<Script>) -> String {
    match what {
        Ask::Channel => match contract().info(node, &channel()).await {
            Ok(Some(_)) => "there".to_owned(),
            Ok(None) => "no such channel".to_owned(),
            Err(ContractError::Chain(error)) => failed(&error),
            Err(error) => error.to_string(),
        },
        Ask::Meaning => match node.call(MANAGER, &[]).await {
            Ok(_) => "an answer".to_owned(),
            Err(error) => failed(&error),
        },
        Ask::Logs => match node.logs(&filter()).await {
            Ok(logs) => format!("{} logs", logs.len()),
            Err(error) => failed(&error),
        },
        Ask::HandIn => match submit::hand_in(node, &[1]).await {
            HandedIn::Taken => "taken".to_owned(),
            HandedIn::Refused(_) => "refused, and followed by its hash".to_owned(),
            HandedIn::Unknown(_) => "unknown, and followed by its hash".to_owned(),
        },
        Ask::Status => match status(node, &sent()).await {
            Ok(Status::Mined { receipt, .. }) if receipt.success => "mined".to_owned(),
            Ok(Status::Mined { .. }) => "reverted".to_owned(),
            Ok(Status::Waiting) => "waits".to_owned(),
            Ok(Status::Replaced) => "replaced".to_owned(),
            Ok(Status::Unknown | Status::Refused(_)) => "unknown".to_owned(),
            Err(error) => failed(&error),
        },
        Ask::Follow => {
            let poll = core::time::Duration::from_millis(400);
            let ended = track::follow(node, &sent(), 1, poll, |_| {}).await;
            let paused = node.transport().paused.borrow();
            let seconds = paused.iter().sum::<core::time::Duration>().as_secs();
            match ended {
                Ok(Some(Ended::Mined(_))) => format!("mined, after {seconds} seconds"),
                Ok(ended) => format!("{ended:?}"),
                Err(error) => failed(&error),
            }
        }
        Ask::Estimate => match submit::estimate(node, &draft(), Uint256::ONE).await {
            Ok(estimate) => format!("a limit of {}", fee::gas_limit(estimate, None)),
            Err(SubmitError::Reverts) => "the contract would refuse".to_owned(),
            Err(SubmitError::InsufficientEther { .. }) => "too little ether".to_owned(),
            Err(SubmitError::Chain(error)) => failed(&error),
            Err(error) => error.to_string(),
        },
        Ask::TryDeposit => {
            let (contract, account) = (contract(), SENDER);
            let pair = (contract.token, contract.manager.address);
            let calls: [(_, &[u8]); 1] = [(contract.token, &[1, 2, 3, 4])];
            match arrival::would_arrive(node, pair, account, &calls).await {
                Some(all) if all == DEPOSIT => "all arrive".to_owned(),
                Some(few) => format!("{few} of 100 arrive: refused before anything is sent"),
                None => "the receipt will tell".to_owned(),
            }
        }
        Ask::Deposited => {
            let receipt = node.receipt(&HASH).await;
            let receipt = receipt.expect("an answer").expect("a receipt");
            match arrival::arrived(&receipt, contract().token, MANAGER) {
                Some(all) if all == DEPOSIT => "all arrived".to_owned(),
                Some(few) => format!("{few} of 100 arrived: nothing more is deposited"),
                None => "the token does not say".to_owned(),
            }
        }
        Ask::ChainId => match node.chain_id().await {
            Ok(id) => format!("chain {id}"),
            Err(error) => failed(&error),
        },
    }
}

/// In words, what comes of an error.
fn failed(error: &ChainError) -> String {
    let meaning = match error.meaning() {
        Some(Meaning::Reverted) => "reverted".to_owned(),
        Some(Meaning::TooManyBlocks(Some(blocks))) => format!("at most {blocks} blocks at once"),
        Some(Meaning::TooManyBlocks(None)) => "fewer blocks at once".to_owned(),
        Some(Meaning::Behind) => "the node lags".to_owned(),
        Some(Meaning::Busy) => "the node is busy".to_owned(),
        Some(Meaning::Failing) => "the node fails".to_owned(),
        Some(meaning) => format!("{meaning:?}"),
        None => "no answer".to_owned(),
    };
    if error.is_passing() {
        format!("{meaning}; asked again")
    } else {
        meaning
    }
}

fn contract() -> ManagerContract {
    ManagerContract {
        manager: Manager {
            address: MANAGER,
            generation: Generation::V02,
        },
        chain_id: 1,
        token: Address([0x44; 20]),
        challenge_period: 500,
        start_block: 0,
    }
}

fn channel() -> ChannelId {
    ChannelId {
        sender: SENDER,
        receiver: Address([0x55; 20]),
        open_block: 7,
    }
}

fn filter() -> LogFilter {
    LogFilter {
        address: MANAGER,
        topics: Vec::new(),
        from_block: 0,
        to_block: 1_000_000,
    }
}

fn sent() -> Sent {
    Sent {
        sender: SENDER,
        hash: Some(HASH),
        nonce: Some(7),
        raw: None,
    }
}

const fn draft() -> Draft<'static> {
    Draft {
        chain_id: 1,
        from: SENDER,
        to: MANAGER,
        value: Uint256::ZERO,
        data: &[],
    }
}
