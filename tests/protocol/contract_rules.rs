//! What the contracts would refuse, or let be lost, is refused before anything is sent.

use crate::basics::{TOKEN, units};
use microraiden::protocol::manager::{ChannelInfo, DEPOSIT_LIMIT};
use microraiden::protocol::rules::{self, Rule};
use microraiden::protocol::{Address, Amount, Generation, Hash, Manager, Uint256};

const RECEIVER: Address = Address([5; 20]);
const PERIOD: u32 = 500;

/// An open channel of deposit 100.
fn open() -> ChannelInfo {
    ChannelInfo {
        key: Hash([1; 32]),
        deposit: units(100),
        settle_block: 0,
        closing_balance: Amount::ZERO,
        withdrawn: Amount::ZERO,
    }
}

fn closing(settle_block: u32, closing_balance: u64) -> ChannelInfo {
    ChannelInfo {
        settle_block,
        closing_balance: units(closing_balance),
        ..open()
    }
}

/// Defect 6: to the zero address, the token or the contract itself a deposit would be lost.
#[test]
fn a_deposit_that_could_never_be_paid_out_is_refused() {
    for generation in Generation::ALL {
        let address = Address([7; 20]);
        let manager = Manager {
            address,
            generation,
        };
        let open = |receiver, deposit| rules::open(&manager, TOKEN, receiver, deposit);
        for receiver in [Address::ZERO, TOKEN, address] {
            assert_eq!(open(receiver, units(1)), Err(Rule::Receiver { receiver }));
        }
        assert_eq!(open(RECEIVER, Amount::ZERO), Ok(()));
        assert_eq!(open(RECEIVER, DEPOSIT_LIMIT), Ok(()));
        let above = DEPOSIT_LIMIT.checked_add(units(1));
        let above = above.unwrap_or(Amount::MAX);
        let would_be = Uint256::from(above);
        let refused = Err(Rule::DepositLimit { would_be });
        assert_eq!(open(RECEIVER, above), refused);
    }
}

#[test]
fn a_top_up_that_would_revert_is_refused() {
    for generation in Generation::ALL {
        let top_up = |info: Option<ChannelInfo>, added| {
            let refused = rules::top_up(generation, info.as_ref(), added);
            refused.map_err(|rule| rule.name())
        };
        assert_eq!(top_up(Some(open()), units(1)), Ok(()));
        assert_eq!(top_up(None, units(1)), Err("no-channel"));
        assert_eq!(top_up(Some(closing(9, 0)), units(1)), Err("closing"));
        assert_eq!(top_up(Some(open()), Amount::ZERO), Err("zero-top-up"));
        let room = DEPOSIT_LIMIT.saturating_sub(units(100));
        assert_eq!(top_up(Some(open()), room), Ok(()));
        let above = DEPOSIT_LIMIT.saturating_sub(units(99));
        assert_eq!(top_up(Some(open()), above), Err("deposit-limit"));
        assert_eq!(top_up(Some(open()), Amount::MAX), Err("deposit-limit"));
        let empty = ChannelInfo {
            deposit: Amount::ZERO,
            ..open()
        };
        let expected = match generation {
            Generation::V01 => Err("top-up-of-empty"),
            Generation::V02 => Ok(()),
        };
        assert_eq!(top_up(Some(empty), units(1)), expected);
    }
}

/// Defect 2: a close request below what was withdrawn could never be settled; the deposit would be
/// stuck.
#[test]
fn a_close_below_what_was_withdrawn_is_refused() {
    let withdrawn = ChannelInfo {
        withdrawn: units(30),
        ..open()
    };
    let request = |info: &ChannelInfo, balance| {
        let generation = Generation::V02;
        rules::request_close(generation, Some(info), units(balance), 10, PERIOD)
    };
    let below = |balance| {
        let (balance, withdrawn) = (units(balance), units(30));
        Err(Rule::BalanceBelowWithdrawn { balance, withdrawn })
    };
    for balance in [0, 29] {
        assert_eq!(request(&withdrawn, balance), below(balance));
        assert_eq!(
            rules::close(Some(&withdrawn), units(balance)),
            below(balance)
        );
    }
    for balance in [30, 100] {
        assert_eq!(request(&withdrawn, balance), Ok(()));
        assert_eq!(rules::close(Some(&withdrawn), units(balance)), Ok(()));
    }
    for refused in [
        request(&withdrawn, 101),
        rules::close(Some(&open()), units(101)),
    ] {
        let name = refused.err().map(|rule| rule.name());
        assert_eq!(name, Some("balance-above-deposit"));
    }
}

#[test]
fn a_close_request_has_to_fit() {
    for generation in Generation::ALL {
        let request = |info: Option<ChannelInfo>, block| {
            let asked = rules::request_close(generation, info.as_ref(), units(3), block, PERIOD);
            asked.map_err(|rule| rule.name())
        };
        assert_eq!(request(Some(open()), 10), Ok(()));
        assert_eq!(request(None, 10), Err("no-channel"));
        assert_eq!(request(Some(closing(9, 3)), 10), Err("closing"));
        // Mined in the next block, its challenge period must end below 2^32.
        let last = u64::from(u32::MAX) - u64::from(PERIOD) - 1;
        assert_eq!(request(Some(open()), last), Ok(()));
        let expected = match generation {
            Generation::V01 => Ok(()),
            Generation::V02 => Err("settle-block-overflow"),
        };
        assert_eq!(request(Some(open()), last + 1), expected);
    }
    assert_eq!(rules::settle_block(10, PERIOD), Some(510));
    assert_eq!(rules::settle_block(u64::MAX, PERIOD), None);
}

/// Mined in the block after the newest one, which must lie after the settle block.
#[test]
fn settling_waits_for_the_settle_block() {
    let settle = |info: Option<ChannelInfo>, block| {
        rules::settle(info.as_ref(), block).map_err(|rule| rule.name())
    };
    assert_eq!(settle(Some(closing(500, 3)), 499), Err("settle-too-early"));
    assert_eq!(settle(Some(closing(500, 3)), 500), Ok(()));
    assert_eq!(settle(Some(open()), 500), Err("not-closing"));
    assert_eq!(settle(None, 500), Err("no-channel"));
    let stuck = ChannelInfo {
        withdrawn: units(30),
        ..closing(500, 3)
    };
    assert_eq!(settle(Some(stuck), 500), Err("balance-below-withdrawn"));
}
