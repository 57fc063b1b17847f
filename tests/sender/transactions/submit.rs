//! What is made and handed in.

use microraiden::chain::submit::{self, Draft, Gas, HandedIn};
use microraiden::chain::{SubmitError, fee};
use microraiden::protocol::Uint256;
use microraiden::protocol::transaction::Fee;

use super::*;

const ESTIMATE: &str = "eth_estimateGas";
const ETHER: &str = "eth_getBalance";
const CALL: &str = "eth_call";

/// What a transaction that sends 7 wei along is priced at, by an account of so much ether.
fn price(ether: u64, estimate: Value) -> (Result<Gas, SubmitError>, Vec<String>) {
    price_on(
        json!({ "baseFeePerGas": "0x2" }),
        json!("0x"),
        ether,
        estimate,
    )
}

/// The same where the newest block says this, and the oracle of the OP stack answers that.
fn price_on(
    block: Value,
    data_fee: Value,
    ether: u64,
    estimate: Value,
) -> (Result<Gas, SubmitError>, Vec<String>) {
    let node = script(vec![
        (ETHER, vec![json!(format!("{ether:#x}"))]),
        (ESTIMATE, vec![estimate]),
        ("eth_getBlockByNumber", vec![block]),
        ("eth_maxPriorityFeePerGas", vec![json!("0x1")]),
        (CALL, vec![data_fee]),
    ]);
    let draft = Draft {
        chain_id: 1,
        from: Address([9; 20]),
        to: Address([8; 20]),
        value: Uint256::new(7),
        data: &[1, 2, 3],
    };
    let priced = ask(submit::price(&node, &draft, &fee::FeeLimits::default()));
    let asked = node.transport().asked.borrow().clone();
    (priced.map(|(gas, _)| gas), asked)
}

#[test]
fn a_transaction_that_its_account_can_not_pay_for_is_not_made() {
    let short = |balance, required: Option<u128>| SubmitError::InsufficientEther {
        balance: Uint256::new(balance),
        required: required.map(Uint256::new),
    };
    // A hundred gas and a quarter, at five wei: twice the base fee and the tip.
    let gas = || json!("0x64");
    let cost = 125 * 5 + 7;
    let (priced, _) = price(cost, gas());
    assert_eq!(priced.expect("enough").limit, 125);
    assert_eq!(price(cost - 1, gas()).0, Err(short(631, Some(632))));
    // Without any for gas the node is not asked how much it takes.
    let (priced, asked) = price(7, gas());
    assert_eq!(priced, Err(short(7, None)));
    assert_eq!(asked, [ETHER]);
    let refused = json!({ "refused": "Insufficient funds for transfer" });
    assert_eq!(price(cost, refused).0, Err(short(632, None)));
    let reverts = json!({ "refused": "execution reverted" });
    assert_eq!(price(cost, reverts).0, Err(SubmitError::Reverts));
    let fails = price(cost, json!({ "refused": "no state" })).0;
    assert!(matches!(fails, Err(SubmitError::Chain(_))), "{fails:?}");
}

#[test]
fn a_fee_that_is_too_low_or_a_transaction_too_dear_is_not_offered() {
    let limits = fee::FeeLimits {
        per_gas: Uint256::new(10),
        times_median: 10,
    };
    let offer = |enough| fee::Offer {
        fee: Fee::Legacy {
            gas_price: Uint256::new(10),
        },
        asked: Uint256::new(12),
        limit: Uint256::new(10),
        enough,
        block_gas: None,
    };
    let gas = |limit| Gas {
        limit,
        fee: offer(true).fee,
    };
    let above = |asked: u128, limit: u128| {
        Err(SubmitError::FeeAboveLimit {
            asked: Uint256::new(asked),
            limit: Uint256::new(limit),
        })
    };
    let check = |limit, enough| submit::check_offer(&gas(limit), &offer(enough), &limits);
    assert_eq!(check(260_000, true), Ok(()));
    assert_eq!(check(260_000, false), above(12, 10));
    assert_eq!(check(260_001, true), above(2_600_010, 2_600_000));
    assert_eq!(submit::check_cost(&gas(260_000), &limits), Ok(()));
}

#[test]
fn what_a_node_says_to_a_transaction() {
    let hand_in = |answer: Value| {
        let node = script(vec![(SEND, vec![answer])]);
        ask(submit::hand_in(&node, &[1]))
    };
    let refuses = |message: &str| hand_in(json!({ "refused": message }));
    let taken = hand_in(json!(hash().to_string()));
    assert_eq!(taken, HandedIn::Taken);
    for known in [
        "already known",
        "Known transaction",
        "Transaction with the same hash was Already Imported.",
    ] {
        assert_eq!(refuses(known), HandedIn::Taken, "{known}");
    }
    let refused = refuses("nonce too low");
    assert!(matches!(refused, HandedIn::Refused(_)), "{refused:?}");
    // Neither says whether the node has it.
    for answer in [json!({ "lost": true }), json!({ "http": 502 }), json!(7)] {
        let unknown = hand_in(answer);
        assert!(matches!(unknown, HandedIn::Unknown(_)), "{unknown:?}");
    }
}

/// A wei amount as the oracle of the OP stack answers it.
fn word(wei: u64) -> Value {
    json!(format!("0x{wei:064x}"))
}

#[test]
fn the_margin_on_gas_ends_where_blocks_and_transactions_do() {
    let limit = |block_gas: Value, estimate: u64| {
        let block = json!({ "baseFeePerGas": "0x0", "gasLimit": block_gas });
        let estimate = json!(format!("{estimate:#x}"));
        let (priced, _) = price_on(block, json!("0x"), u64::MAX, estimate);
        priced.expect("enough").limit
    };
    assert_eq!(limit(json!("0x1c9c380"), 100_000), 125_000);
    assert_eq!(limit(Value::Null, 100_000), 125_000);
    assert_eq!(limit(json!("0x186a0"), 100_000), 100_000);
    assert_eq!(limit(json!("0x1adb0"), 100_000), 110_000);
    assert_eq!(limit(json!(110_000), 100_000), 110_000);
    // A transaction has at most 2^24 gas (EIP-7825), unless the chain estimates more.
    assert_eq!(limit(Value::Null, 16_000_000), 1 << 24);
    assert_eq!(limit(Value::Null, 20_000_000), 20_000_000);
}

#[test]
fn what_its_data_costs_on_the_chain_below_must_be_paid_for_as_well() {
    let block = || json!({ "baseFeePerGas": "0x2" });
    let cost = 125 * 5 + 7;
    let gas = || json!("0x64");
    // A thousand and a quarter.
    let (short, _) = price_on(block(), word(1000), cost + 1249, gas());
    assert_eq!(
        short,
        Err(SubmitError::InsufficientEther {
            balance: Uint256::from(cost + 1249),
            required: Some(Uint256::from(cost + 1250)),
        })
    );
    assert!(price_on(block(), word(1000), cost + 1250, gas()).0.is_ok());
    // Other chains have no oracle, or something else in its place.
    for none in [
        json!({ "refused": "execution reverted" }),
        json!("0x"),
        json!(format!("0x{}", "ff".repeat(32))),
    ] {
        assert!(price_on(block(), none, cost, gas()).0.is_ok());
    }
}

#[test]
fn all_ether_but_that_for_its_own_transfer_can_be_sent_away() {
    let fee = Fee::Legacy {
        gas_price: Uint256::new(8),
    };
    let left_on = |gas: Value, data_fee: Value, ether: u64, fee: &Fee| {
        let node = script(vec![(ESTIMATE, vec![gas]), (CALL, vec![data_fee])]);
        let parties = (Address([9; 20]), Address([8; 20]));
        let left = submit::left_after_transfer(&node, parties, Uint256::from(ether), fee);
        ask(left).expect("answered")
    };
    let left = |ether| left_on(json!("0x5208"), json!("0x"), ether, &fee);
    // 21,000 gas and a quarter, at 8 wei and an eighth.
    let cost = 26_250 * 9;
    assert_eq!(left(cost + 5), Uint256::new(5));
    assert_eq!(left(cost), Uint256::ZERO);
    assert_eq!(left(1), Uint256::ZERO);
    assert_eq!(left(0), Uint256::ZERO);
    let too_little = json!({ "refused": "insufficient funds for transfer" });
    assert_eq!(left_on(too_little, json!("0x"), 1, &fee), Uint256::ZERO);
    let beyond = Fee::Legacy {
        gas_price: Uint256::MAX,
    };
    assert_eq!(
        left_on(json!("0x5208"), json!("0x"), u64::MAX, &beyond),
        Uint256::ZERO
    );
    // Arbitrum counts the data as gas, chains of the OP stack beside it.
    let more_gas = json!(format!("{:#x}", 84_000));
    assert_eq!(
        left_on(more_gas, json!("0x"), 4 * cost + 5, &fee),
        Uint256::new(5)
    );
    let data_fee = 1250 * 9 / 8;
    assert_eq!(
        left_on(json!("0x5208"), word(1000), cost + data_fee + 5, &fee),
        Uint256::new(5)
    );
}
