//! How following a transaction ends.

use microraiden::chain::track::{self, Ended};

use super::*;

/// How following a transaction ends that needs three confirmations, with the numbers that were told and
/// how often it paused.
fn follow(answers: Vec<(&'static str, Vec<Value>)>) -> (Option<Ended>, Vec<u64>, usize) {
    follow_one(&sent(), answers)
}

/// The same of a transaction that was signed here.
fn follow_signed(answers: Vec<(&'static str, Vec<Value>)>) -> (Option<Ended>, Vec<u64>, usize) {
    let signed = Sent {
        raw: Some(vec![1]),
        ..sent()
    };
    follow_one(&signed, answers)
}

fn follow_one(
    sent: &Sent,
    answers: Vec<(&'static str, Vec<Value>)>,
) -> (Option<Ended>, Vec<u64>, usize) {
    let node = script(answers);
    let mut told = Vec::new();
    let ended = ask(track::follow(&node, sent, 3, SECOND, |n| told.push(n)));
    let pauses = node.transport().paused.borrow().len();
    (ended.expect("answered"), told, pauses)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_transaction_is_followed_until_it_is_confirmed() {
    for success in [true, false] {
        let (ended, told, pauses) = follow(vec![
            (RECEIPT, vec![Value::Null, receipt(5, success)]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, vec![pending()]),
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
    let refused = |known: Vec<Value>| {
        follow_signed(vec![
            (RECEIPT, vec![Value::Null]),
            (COUNT, vec![json!("0x4")]),
            (KNOWN, known),
            (SEND, vec![json!({ "refused": "FeeTooLow" })]),
        ])
    };
    let (ended, told, pauses) = refused(vec![Value::Null]);
    assert!(
        matches!(&ended, Some(Ended::Refused(error)) if error.to_string().contains("FeeTooLow")),
        "{ended:?}"
    );
    assert_eq!((told, pauses), (vec![0], 7));
    let mut known = vec![Value::Null; 7];
    known.push(pending());
    known.push(Value::Null);
    let (ended, _, pauses) = refused(known);
    assert!(matches!(ended, Some(Ended::Refused(_))), "{ended:?}");
    assert_eq!(pauses, 15);
    let (ended, _, pauses) = follow_signed(vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x5")]),
    ]);
    assert_eq!((ended, pauses), (Some(Ended::Replaced), 7));
}

/// A wallet may hand a transaction to nodes that keep it to themselves.
#[test]
fn what_a_wallet_sent_is_waited_for_five_minutes_without_a_trace() {
    let unknown = |sent: &Sent, known: Vec<Value>| {
        let (ended, _, pauses) = follow_one(
            sent,
            vec![
                (RECEIPT, vec![Value::Null]),
                (COUNT, vec![json!("0x4")]),
                ("pending", vec![json!("0x4")]),
                (KNOWN, known),
            ],
        );
        (ended, pauses)
    };
    let dropped = Some(Ended::Dropped);
    assert_eq!(unknown(&sent(), vec![Value::Null]), (dropped.clone(), 299));
    // Of one whose hash nobody knows, the nonce tells.
    let silent = Sent {
        hash: None,
        ..sent()
    };
    assert_eq!(unknown(&silent, vec![Value::Null]), (dropped, 7));
}

/// What a node said of a transaction holds when it has forgotten it.
#[test]
fn a_nonce_that_was_learned_once_speaks_later() {
    let unsure = Sent {
        nonce: None,
        ..sent()
    };
    let (ended, _, pauses) = follow_one(
        &unsure,
        vec![
            (RECEIPT, vec![Value::Null]),
            (KNOWN, vec![Value::Null, pending(), Value::Null]),
            (COUNT, vec![json!("0x4"), json!("0x5")]),
        ],
    );
    assert_eq!((ended, pauses), (Some(Ended::Replaced), 9));
}

#[test]
fn a_poll_that_fails_is_repeated_later_and_later() {
    let answers = |receipts: Vec<Value>| vec![(RECEIPT, receipts), (BLOCK, vec![json!("0x7")])];
    let follow = |receipts: Vec<Value>| {
        let node = script(answers(receipts));
        let ended = ask(track::follow(&node, &sent(), 3, SECOND, |_| {}));
        let paused = node.transport().paused.borrow();
        (ended, paused.iter().map(Duration::as_secs).collect())
    };
    let faults = [
        json!({ "lost": true }),
        json!({ "http": 503 }),
        json!({ "http": 429, "after": 7 }),
        json!({ "http": 429, "after": 3600 }),
        json!({ "refused": "header not found" }),
        // Not of the shape that was promised.
        json!(7),
    ];
    let paused: Vec<u64>;
    let mut receipts = faults.to_vec();
    receipts.push(receipt(5, true));
    let ended;
    (ended, paused) = follow(receipts);
    assert!(matches!(ended, Ok(Some(Ended::Mined(_)))), "{ended:?}");
    assert_eq!(paused, [1, 2, 7, 10, 10, 10]);
    // A dozen of them in a row are an error.
    let (ended, paused): (_, Vec<u64>) = follow(vec![json!({ "lost": true })]);
    assert!(ended.is_err_and(|error| error.is_passing()));
    assert_eq!(paused, [1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10]);
    // Who gives up does not wait.
    let (ended, paused): (_, Vec<u64>) = follow(vec![json!({ "aborted": true })]);
    assert!(ended.is_err());
    assert!(paused.is_empty());
}

#[test]
fn a_transaction_that_is_not_mined_is_followed_for_ten_minutes() {
    let (ended, told, pauses) = follow(vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x4")]),
        (KNOWN, vec![pending()]),
    ]);
    assert_eq!((ended, told, pauses), (None, vec![0], 600));
}
