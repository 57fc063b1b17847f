//! A node's answers, one JSON text in each line: whatever they are, what is read from them keeps the
//! promises of the reading functions.
use super::{Script, at_once};
use microraiden::chain::{
    LogFilter, ManagerContract, Node, Seen, Sent, Status, TokenContract, fee, status,
};
use microraiden::protocol::amount::Uint256;
use microraiden::protocol::{Address, ChannelId, Generation, Hash, Manager};

const ADDRESS: Address = Address([7; 20]);
const BLOCKS: std::ops::RangeInclusive<u64> = 1..=1000;

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let answers = Script::read(text);
    let node = || Node::new(Script::new(&answers));
    numbers(&node);
    logs(&node);
    transactions(&node);
    contracts(&node);
}

fn numbers(node: &impl Fn() -> Node<Script>) {
    let chain_id = at_once(node().chain_id());
    // One form of a quantity, for all that have 64 bits.
    assert_eq!(at_once(node().block_number()).ok(), chain_id.ok());
    if let Ok(narrow) = at_once(node().chain_id()) {
        let wide = at_once(node().ether_balance(ADDRESS));
        assert_eq!(wide, Ok(Uint256::from(narrow)));
    }
    let _ = at_once(node().block_hash(1));
    let _ = at_once(node().transaction(&Hash([1; 32])));
    let limits = fee::FeeLimits::default();
    if let Ok(offer) = at_once(fee::suggest(&node(), &limits)) {
        let suggested = offer.fee;
        let raised = fee::raise(&suggested, &suggested, &limits);
        let cost = |fee| fee::worst_cost(fee, 21_000, Uint256::ONE);
        assert!(cost(&raised) >= cost(&suggested));
        let most = limits
            .per_gas
            .saturating_mul(Uint256::new(21_000))
            .saturating_add(Uint256::ONE);
        assert!(cost(&raised) <= most);
    }
}

fn logs(node: &impl Fn() -> Node<Script>) {
    let filter = LogFilter {
        address: ADDRESS,
        topics: Vec::new(),
        from_block: *BLOCKS.start(),
        to_block: *BLOCKS.end(),
    };
    let Ok(logs) = at_once(node().logs(&filter)) else {
        return;
    };
    assert!(logs.is_sorted_by_key(|log| (log.block, log.index)));
    for placed in &logs {
        assert_eq!(placed.log.address, ADDRESS);
        assert!(BLOCKS.contains(&placed.block));
        let manager = manager(Generation::V02);
        if let Some((channel, _)) = manager.created_by(placed) {
            assert_eq!(u64::from(channel.open_block), placed.block);
        }
    }
}

fn transactions(node: &impl Fn() -> Node<Script>) {
    let _ = at_once(node().receipt(&Hash([1; 32])));
    for (hash, raw) in [
        (None, None),
        (Some(Hash([1; 32])), None),
        (Some(Hash([1; 32])), Some(vec![1])),
    ] {
        let sent = Sent {
            sender: ADDRESS,
            hash,
            nonce: Some(5),
            raw,
        };
        if let Ok(Status::Mined { confirmations, .. }) = at_once(status(&node(), &sent)) {
            assert!(hash.is_some() && confirmations >= 1);
        }
    }
}

fn contracts(node: &impl Fn() -> Node<Script>) {
    if let Ok(found) = at_once(ManagerContract::discover(&node(), ADDRESS)) {
        assert_eq!(found.manager.address, ADDRESS);
    }
    let channel = ChannelId {
        sender: Address([1; 20]),
        receiver: Address([2; 20]),
        open_block: 3,
    };
    for generation in [Generation::V01, Generation::V02] {
        let contract = manager(generation);
        for confirmations in [0, 1, 5] {
            let seen = at_once(contract.see(&node(), &channel, confirmations));
            if let Ok(Seen::Live { info, confirmed }) = seen {
                assert!(confirmed <= info.deposit);
            }
        }
        let created = at_once(node().logs(&contract.created_filter(None, None, BLOCKS)));
        let created = created.unwrap_or_default();
        let channels = created.iter().filter_map(|log| contract.created_by(log));
        let blocks = channels.map(|(id, _)| u64::from(id.open_block));
        assert!(blocks.is_sorted());
    }
    let token = TokenContract(ADDRESS);
    let _ = at_once(token.name(&node()));
    let _ = at_once(token.decimals(&node()));
    let _ = at_once(token.balance(&node(), ADDRESS));
}

fn manager(generation: Generation) -> ManagerContract {
    ManagerContract {
        manager: Manager {
            address: ADDRESS,
            generation,
        },
        chain_id: 1,
        token: Address([6; 20]),
        challenge_period: 500,
        start_block: 0,
    }
}
