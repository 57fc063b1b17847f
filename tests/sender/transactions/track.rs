//! How following a transaction ends.

use microraiden::chain::track::{self, Ended};

use super::*;

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
