//! What an account is filled with before its first opening.

use microraiden::protocol::{Amount, Uint256};
use microraiden::sender::flow::begin::Lacks;

/// Of a deposit of 100 where opening costs 20 and all that follows makes it 50.
fn lacks(tokens: u128, ether: u128) -> (Uint256, Uint256) {
    let held = (Uint256::new(tokens), Uint256::new(ether));
    let costs = (Uint256::new(20), Uint256::new(50));
    let Lacks { tokens, ether } = Lacks::of(held, Amount::from_u64(100), costs);
    (tokens, ether)
}

#[test]
fn what_is_there_is_not_sent_again() {
    let both = |tokens, ether| (Uint256::new(tokens), Uint256::new(ether));
    assert_eq!(lacks(0, 0), both(100, 50));
    assert_eq!(lacks(60, 0), both(40, 50));
    assert_eq!(lacks(99, 19), both(1, 31));
    assert_eq!(lacks(100, 20), both(0, 0));
    // Fees rose after it was filled, or an allowance has cost some: no further confirmation for that.
    assert_eq!(lacks(100, 49), both(0, 0));
    assert_eq!(lacks(u128::MAX, u128::MAX), both(0, 0));
    // A wallet's account pays for gas by itself.
    let of_wallet = Lacks::of(
        (Uint256::new(7), Uint256::ZERO),
        Amount::from_u64(9),
        (Uint256::ZERO, Uint256::ZERO),
    );
    assert_eq!((of_wallet.tokens, of_wallet.ether), both(2, 0));
}
