//! What is known of a transaction, from a node that answers by script.

use crate::json_value;
use std::cell::RefCell;
use std::time::Duration;

use microraiden::chain::submit::{self, Draft, Gas, HandedIn};
use microraiden::chain::track::{self, Ended};
use microraiden::chain::{Node, Sent, Status, SubmitError, Transport, TransportError, fee, status};
use microraiden::json;
use microraiden::protocol::transaction::Fee;
use microraiden::protocol::{Address, Hash, Uint256};
use serde_json::{Value, json};

/// Answers each method by its own list, the last answer for ever.
struct Script {
    answers: RefCell<Vec<(&'static str, Vec<Value>)>>,
    asked: RefCell<Vec<String>>,
}

impl Transport for Script {
    async fn request(
        &self,
        method: &str,
        params: json::Value,
    ) -> Result<json::Value, TransportError> {
        let params = json_value::theirs(&params);
        let kind = match params.get(1).and_then(Value::as_str) {
            Some("pending") => "pending",
            _ => method,
        };
        self.asked.borrow_mut().push(method.to_owned());
        let mut answers = self.answers.borrow_mut();
        let list = answers.iter_mut().find(|(name, _)| *name == kind);
        let (_, list) = list.unwrap_or_else(|| panic!("{kind} is not in the script"));
        let answer = if list.len() > 1 {
            list.remove(0)
        } else {
            list[0].clone()
        };
        if answer.get("lost").is_some() {
            return Err(TransportError::Unreachable("by the script".to_owned()));
        }
        match answer.get("refused").and_then(Value::as_str) {
            Some(message) => Err(TransportError::Answer {
                code: -32000,
                message: message.to_owned(),
                data: None,
            }),
            None => Ok(json_value::ours(&answer)),
        }
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        self.asked.borrow_mut().push(PAUSE.to_owned());
        Ok(())
    }
}

/// What comes of asking the script, which answers at once.
fn ask<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("the script answers at once"),
    }
}

fn script(answers: Vec<(&'static str, Vec<Value>)>) -> Node<Script> {
    Node::new(Script {
        answers: RefCell::new(answers),
        asked: RefCell::default(),
    })
}

fn look(answers: Vec<(&'static str, Vec<Value>)>, sent: &Sent) -> (Status, Vec<String>) {
    let node = script(answers);
    let status = ask(status(&node, sent));
    let asked = node.transport().asked.borrow().clone();
    (status.expect("answered"), asked)
}

fn hash() -> Hash {
    Hash([7; 32])
}

fn sent() -> Sent {
    Sent {
        sender: Address([9; 20]),
        hash: Some(hash()),
        nonce: Some(4),
        raw: None,
    }
}

fn receipt(block: u64, success: bool) -> Value {
    json!({
        "transactionHash": hash().to_string(),
        "blockNumber": format!("{block:#x}"),
        "status": if success { "0x1" } else { "0x0" },
        "logs": [],
    })
}

const PAUSE: &str = "pause";
const RECEIPT: &str = "eth_getTransactionReceipt";
const COUNT: &str = "eth_getTransactionCount";
const KNOWN: &str = "eth_getTransactionByHash";
const BLOCK: &str = "eth_blockNumber";
const SEND: &str = "eth_sendRawTransaction";

#[test]
fn a_fee_is_offered_as_the_chain_takes_it() {
    let node = |block: Value| {
        Node::new(Script {
            answers: RefCell::new(vec![
                ("eth_getBlockByNumber", vec![block]),
                ("eth_maxPriorityFeePerGas", vec![json!("0x5")]),
                ("eth_gasPrice", vec![json!("0x9")]),
            ]),
            asked: RefCell::default(),
        })
    };
    let limits = fee::Limits::default();
    let suggested = |block: Value| ask(fee::suggest(&node(block), &limits)).map(|offer| offer.fee);
    let priced = suggested(json!({ "baseFeePerGas": "0xa" }));
    let (max_fee, max_priority_fee) = (25u8.into(), 5u8.into());
    let expected = Fee::Eip1559 {
        max_fee,
        max_priority_fee,
    };
    assert_eq!(priced, Ok(expected));
    // Before EIP-1559 blocks had no base fee.
    let old = suggested(json!({}));
    let gas_price = 9u8.into();
    assert_eq!(old, Ok(Fee::Legacy { gas_price }));
    assert_eq!(fee::gas_limit(100), 125);
}

const GWEI: u128 = 1_000_000_000;

/// Whatever a node says, neither a unit of gas nor its tip is offered more for than the limit, which
/// is what the caller says, or ten times what was paid in recent blocks.
#[test]
fn no_more_is_offered_than_the_limits_allow() {
    let wei = |gwei: u128| json!(format!("{:#x}", gwei * GWEI));
    let history = |paid: &[u128]| {
        let base_fees: Vec<_> = paid.iter().chain([&7777]).map(|p| wei(p - 1)).collect();
        let tips: Vec<_> = paid.iter().map(|_| json!([wei(1)])).collect();
        json!({ "oldestBlock": "0x1", "baseFeePerGas": base_fees, "reward": tips })
    };
    let unknown = json!({ "refused": "the method eth_feeHistory does not exist" });
    let limits = fee::Limits {
        per_gas: Uint256::new(500 * GWEI),
        times_median: 10,
    };
    let suggest = |block: Value, tip: Value, price: Value, history: Value| {
        let node = Node::new(Script {
            answers: RefCell::new(vec![
                ("eth_getBlockByNumber", vec![block]),
                ("eth_maxPriorityFeePerGas", vec![tip]),
                ("eth_gasPrice", vec![price]),
                ("eth_feeHistory", vec![history]),
            ]),
            asked: RefCell::default(),
        });
        ask(fee::suggest(&node, &limits)).expect("answered")
    };
    let huge = json!(format!("{:#x}", Uint256::MAX));
    let base = |gwei: u128| json!({ "baseFeePerGas": wei(gwei) });
    let high = json!({ "baseFeePerGas": huge });
    // base fee, tip, history; then what is offered in gwei, and whether the node is content.
    let cases = [
        // Cheap: whatever others paid.
        (base(4), wei(1), history(&[1, 1, 1]), (9, 1), true),
        // Usual.
        (base(40), wei(2), history(&[40, 41, 30]), (82, 2), true),
        (base(40), wei(2), unknown.clone(), (82, 2), true),
        // A tip beyond reason.
        (
            base(40),
            huge.clone(),
            history(&[40, 41, 30]),
            (400, 400),
            true,
        ),
        (base(40), huge.clone(), unknown.clone(), (500, 500), true),
        (base(40), huge.clone(), json!({}), (500, 500), true),
        (
            base(40),
            huge.clone(),
            json!({ "baseFeePerGas": [], "reward": [] }),
            (500, 500),
            true,
        ),
        // A rise that no block can follow from.
        (base(90), wei(2), history(&[3, 2, 4]), (30, 2), false),
        // All at once.
        (
            high.clone(),
            huge.clone(),
            unknown.clone(),
            (500, 500),
            false,
        ),
        (
            high.clone(),
            huge.clone(),
            history(&[9_000_000; 5]),
            (500, 500),
            false,
        ),
        // Others paid next to nothing.
        (base(40), wei(2), history(&[1, 1, 1]), (10, 2), false),
    ];
    for (block, tip, history, (max_fee, max_priority_fee), enough) in cases {
        let told = format!("{block} {tip} {history}");
        let offer = suggest(block, tip, json!("0x0"), history);
        let expected = Fee::Eip1559 {
            max_fee: Uint256::new(max_fee * GWEI),
            max_priority_fee: Uint256::new(max_priority_fee * GWEI),
        };
        assert_eq!((offer.fee, offer.enough), (expected, enough), "{told}");
    }
    for (price, expected, enough) in [(wei(60), 60, true), (huge, 500, false)] {
        let offer = suggest(json!({}), json!("0x0"), price, unknown.clone());
        let gas_price = Uint256::new(expected * GWEI);
        assert_eq!(
            (offer.fee, offer.enough),
            (Fee::Legacy { gas_price }, enough)
        );
    }
}

/// However often a fee is raised, it stays within the limits.
#[test]
fn a_fee_is_not_raised_above_the_limits() {
    let limits = fee::Limits {
        per_gas: Uint256::new(500 * GWEI),
        times_median: 10,
    };
    let gwei = |gwei: u128| Uint256::new(gwei * GWEI);
    let suggested = [
        Fee::Eip1559 {
            max_fee: gwei(100),
            max_priority_fee: gwei(100),
        },
        Fee::Legacy {
            gas_price: gwei(100),
        },
    ];
    for suggested in suggested {
        let mut fee = suggested;
        for _ in 0..50 {
            let raised = fee::raise(&fee, &suggested, &limits);
            let cost = |fee: &Fee| fee::worst_cost(fee, 1, Uint256::ZERO);
            assert!(cost(&raised) >= cost(&fee) && cost(&raised) <= limits.per_gas);
            if let Fee::Eip1559 {
                max_fee,
                max_priority_fee,
            } = raised
            {
                assert!(max_priority_fee <= max_fee);
            }
            fee = raised;
        }
        assert_eq!(fee::worst_cost(&fee, 1, Uint256::ZERO), limits.per_gas);
    }
}

#[test]
fn a_mined_one_tells_its_confirmations_and_success() {
    for success in [true, false] {
        let answers = vec![
            (RECEIPT, vec![receipt(5, success)]),
            (BLOCK, vec![json!("0x7")]),
        ];
        let (status, _) = look(answers, &sent());
        let Status::Mined {
            receipt,
            confirmations,
        } = status
        else {
            panic!("{status:?}");
        };
        assert_eq!(
            (receipt.success, receipt.block, confirmations),
            (success, 5, 3)
        );
    }
}

/// The first receipt is of a block that is replaced before the newest one is told.
#[test]
fn confirmations_are_counted_by_a_receipt_that_is_newer_than_the_newest_block() {
    let moved = |receipts: Vec<Value>| {
        let answers = vec![
            (RECEIPT, receipts),
            (BLOCK, vec![json!("0x7")]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, vec![json!({ "nonce": "0x4" })]),
        ];
        look(answers, &sent()).0
    };
    let status = moved(vec![receipt(3, true), receipt(7, true)]);
    assert!(
        matches!(
            status,
            Status::Mined {
                confirmations: 1,
                ..
            }
        ),
        "{status:?}"
    );
    let status = moved(vec![receipt(3, true), Value::Null]);
    assert_eq!(status, Status::Waiting);
}

#[test]
fn a_newest_block_beyond_reason_confirms_without_an_overflow() {
    let answers = vec![
        (RECEIPT, vec![receipt(0, true)]),
        (BLOCK, vec![json!("0xffffffffffffffff")]),
    ];
    let (status, _) = look(answers, &sent());
    let Status::Mined { confirmations, .. } = status else {
        panic!("{status:?}");
    };
    assert_eq!(confirmations, u64::MAX);
}

#[test]
fn a_pending_one_waits() {
    let answers = vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x4")]),
        (KNOWN, vec![json!({ "nonce": "0x4" })]),
    ];
    assert_eq!(look(answers, &sent()).0, Status::Waiting);
}

#[test]
fn a_used_nonce_means_replaced_unless_it_was_just_mined() {
    let replaced = vec![(RECEIPT, vec![Value::Null]), (COUNT, vec![json!("0x5")])];
    assert_eq!(look(replaced, &sent()).0, Status::Replaced);
    let just_mined = vec![
        (RECEIPT, vec![Value::Null, receipt(5, true)]),
        (COUNT, vec![json!("0x5")]),
        (BLOCK, vec![json!("0x5")]),
    ];
    assert!(matches!(
        look(just_mined, &sent()).0,
        Status::Mined {
            confirmations: 1,
            ..
        }
    ));
}

#[test]
fn a_forgotten_one_is_handed_in_again_if_its_bytes_are_known() {
    let forgotten = |answer: Value| {
        vec![
            (RECEIPT, vec![Value::Null]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, vec![Value::Null]),
            (SEND, vec![answer]),
        ]
    };
    let taken = json!(hash().to_string());
    let (status, asked) = look(forgotten(taken.clone()), &sent());
    assert_eq!(status, Status::Unknown);
    assert!(!asked.iter().any(|method| method == SEND));
    let with_bytes = Sent {
        raw: Some(vec![1]),
        ..sent()
    };
    let (status, asked) = look(forgotten(taken), &with_bytes);
    assert_eq!(status, Status::Waiting);
    assert!(asked.iter().any(|method| method == SEND));
    let refused = forgotten(json!({ "refused": "insufficient funds" }));
    assert_eq!(look(refused, &with_bytes).0, Status::Unknown);
}

#[test]
fn of_a_wallet_that_never_answered_the_nonce_tells() {
    let silent = Sent {
        hash: None,
        ..sent()
    };
    let counts = |mined: &str, pending: &str| {
        vec![
            (COUNT, vec![json!(mined)]),
            ("pending", vec![json!(pending)]),
        ]
    };
    assert_eq!(look(counts("0x4", "0x4"), &silent).0, Status::Unknown);
    assert_eq!(look(counts("0x4", "0x5"), &silent).0, Status::Waiting);
    assert_eq!(look(counts("0x5", "0x5"), &silent).0, Status::Replaced);
}

const ESTIMATE: &str = "eth_estimateGas";
const ETHER: &str = "eth_getBalance";

/// What a transaction that sends 7 wei along is priced at, by an account of so much ether.
fn price(ether: u64, estimate: Value) -> (Result<Gas, SubmitError>, Vec<String>) {
    let node = script(vec![
        (ETHER, vec![json!(format!("{ether:#x}"))]),
        (ESTIMATE, vec![estimate]),
        (
            "eth_getBlockByNumber",
            vec![json!({ "baseFeePerGas": "0x2" })],
        ),
        ("eth_maxPriorityFeePerGas", vec![json!("0x1")]),
    ]);
    let draft = Draft {
        chain_id: 1,
        from: Address([9; 20]),
        to: Address([8; 20]),
        value: Uint256::new(7),
        data: &[1, 2, 3],
    };
    let priced = ask(submit::price(&node, &draft, &fee::Limits::default()));
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
    let limits = fee::Limits {
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
        "Transaction with the same hash was Already Imported.",
    ] {
        assert_eq!(refuses(known), HandedIn::Taken, "{known}");
    }
    let refused = refuses("nonce too low");
    assert!(matches!(refused, HandedIn::Refused(_)), "{refused:?}");
    // Neither says whether the node has it.
    for answer in [json!({ "lost": true }), json!(7)] {
        let unknown = hand_in(answer);
        assert!(matches!(unknown, HandedIn::Unknown(_)), "{unknown:?}");
    }
}

#[test]
fn all_ether_but_that_for_its_own_transfer_can_be_sent_away() {
    let fee = Fee::Legacy {
        gas_price: Uint256::new(8),
    };
    // 21,000 gas and a quarter, at 8 wei and an eighth.
    let cost = 26_250 * 9;
    let left = |ether| submit::left_after_transfer(Uint256::new(ether), &fee);
    assert_eq!(left(cost + 5), Uint256::new(5));
    assert_eq!(left(cost), Uint256::ZERO);
    assert_eq!(left(1), Uint256::ZERO);
    let beyond = Fee::Legacy {
        gas_price: Uint256::MAX,
    };
    assert_eq!(
        submit::left_after_transfer(Uint256::MAX, &beyond),
        Uint256::ZERO
    );
}

/// How following a transaction ends that needs three confirmations, with the numbers that were told and
/// how often it paused.
fn follow(answers: Vec<(&'static str, Vec<Value>)>) -> (Option<Ended>, Vec<u64>, usize) {
    let node = script(answers);
    let mut told = Vec::new();
    let second = Duration::from_secs(1);
    let ended = ask(track::follow(&node, &sent(), 3, second, |n| told.push(n)));
    let asked = node.transport().asked.borrow();
    let pauses = asked.iter().filter(|method| *method == PAUSE).count();
    (ended.expect("answered"), told, pauses)
}

#[test]
fn a_transaction_is_followed_until_it_is_confirmed() {
    for success in [true, false] {
        let (ended, told, pauses) = follow(vec![
            (RECEIPT, vec![Value::Null, receipt(5, success)]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, vec![json!({ "nonce": "0x4" })]),
            (
                BLOCK,
                vec![json!("0x5"), json!("0x5"), json!("0x6"), json!("0x7")],
            ),
        ]);
        let done = matches!(&ended, Some(Ended::Mined(receipt)) if success && receipt.block == 5)
            || matches!(&ended, Some(Ended::Reverted(_)) if !success);
        assert!(done, "{ended:?}");
        // Each number once.
        assert_eq!((told, pauses), (vec![0, 1, 2, 3], 4));
    }
}

#[test]
fn only_polls_in_a_row_speak_against_a_transaction() {
    let unknown = |known: Vec<Value>| {
        follow(vec![
            (RECEIPT, vec![Value::Null]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, known),
        ])
    };
    let (ended, told, pauses) = unknown(vec![Value::Null]);
    assert_eq!((ended, told, pauses), (Some(Ended::Dropped), vec![0], 7));
    let mut known = vec![Value::Null; 7];
    known.push(json!({ "nonce": "0x4" }));
    known.push(Value::Null);
    let (ended, _, pauses) = unknown(known);
    assert_eq!((ended, pauses), (Some(Ended::Dropped), 15));
    let (ended, _, pauses) = follow(vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x5")]),
    ]);
    assert_eq!((ended, pauses), (Some(Ended::Replaced), 7));
}

#[test]
fn a_transaction_that_is_not_mined_is_followed_for_ten_minutes() {
    let (ended, told, pauses) = follow(vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x4")]),
        (KNOWN, vec![json!({ "nonce": "0x4" })]),
    ]);
    assert_eq!((ended, told, pauses), (None, vec![0], 600));
}
