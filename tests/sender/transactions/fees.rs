//! What is offered for gas.

use microraiden::chain::fee;
use microraiden::protocol::Uint256;
use microraiden::protocol::transaction::Fee;

use super::*;

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
            paused: RefCell::default(),
        })
    };
    let limits = fee::FeeLimits::default();
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
    assert_eq!(fee::gas_limit(100, None), 125);
    assert_eq!(fee::gas_limit(100, Some(110)), 110);
    // An estimate above the limits is kept: the chain must have other ones.
    assert_eq!(fee::gas_limit(100, Some(90)), 100);
    assert_eq!(fee::gas_limit(15 << 20, None), 1 << 24);
    assert_eq!(fee::gas_limit(17 << 20, None), 17 << 20);
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
    let limits = fee::FeeLimits {
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
            paused: RefCell::default(),
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
    let limits = fee::FeeLimits {
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
