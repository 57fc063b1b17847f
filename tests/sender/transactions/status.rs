//! What is known of a transaction.

use super::*;

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
            (KNOWN, vec![pending()]),
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
        (KNOWN, vec![pending()]),
    ];
    assert_eq!(look(answers, &sent()).0, Status::Waiting);
}

#[test]
fn a_used_nonce_means_replaced_unless_it_was_just_mined() {
    for known in [pending(), Value::Null] {
        let replaced = vec![
            (RECEIPT, vec![Value::Null]),
            (KNOWN, vec![known.clone()]),
            (COUNT, vec![json!("0x5")]),
        ];
        assert_eq!(look(replaced, &sent()).0, Status::Replaced);
        let just_mined = vec![
            (RECEIPT, vec![Value::Null, receipt(5, true)]),
            (KNOWN, vec![known]),
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
}

/// Of a transaction that somebody else sends for the user, the account's own count says nothing; nor does
/// anything that a node says of one that was signed here.
#[test]
fn only_a_nonce_of_the_senders_own_account_speaks() {
    let relayer = Address([5; 20]).to_string();
    let own = sent().sender.to_string();
    let answers = |known: &Value| {
        vec![
            (RECEIPT, vec![Value::Null]),
            (KNOWN, vec![known.clone()]),
            (COUNT, vec![json!("0x7")]),
        ]
    };
    for known in [
        json!({ "from": relayer, "nonce": "0x0" }),
        json!({ "from": relayer, "nonce": "undefined" }),
        json!({ "from": own, "nonce": "undefined" }),
        json!({ "from": own }),
        json!({ "from": null, "nonce": "0x0" }),
        json!({ "from": "0x", "nonce": 0 }),
        json!({}),
    ] {
        assert_eq!(look(answers(&known), &sent()).0, Status::Waiting, "{known}");
        let signed = Sent {
            raw: Some(vec![1]),
            ..sent()
        };
        assert_eq!(
            look(answers(&known), &signed).0,
            Status::Replaced,
            "{known}"
        );
    }
    for nonce in [json!("0x4"), json!(4)] {
        let known = json!({ "from": own, "nonce": nonce });
        assert_eq!(
            look(answers(&known), &sent()).0,
            Status::Replaced,
            "{known}"
        );
    }
}

fn forgotten(answer: Value) -> Vec<(&'static str, Vec<Value>)> {
    vec![
        (RECEIPT, vec![Value::Null]),
        (COUNT, vec![json!("0x4")]),
        (KNOWN, vec![Value::Null]),
        (SEND, vec![answer]),
    ]
}

#[test]
fn a_forgotten_one_is_handed_in_again_if_its_bytes_are_known() {
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
}

/// Whether it is in some pool is another question than what a node says when it gets it.
#[test]
fn a_refusal_is_told_and_a_fault_is_none() {
    let with_bytes = Sent {
        raw: Some(vec![1]),
        ..sent()
    };
    for refusal in ["insufficient funds", "replacement transaction underpriced"] {
        let (status, _) = look(forgotten(json!({ "refused": refusal })), &with_bytes);
        assert!(matches!(status, Status::Refused(_)), "{status:?}");
    }
    for known in ["already known", "Known transaction", "AlreadyKnown"] {
        let (status, _) = look(forgotten(json!({ "refused": known })), &with_bytes);
        assert_eq!(status, Status::Waiting, "{known}");
    }
    for fault in [
        json!({ "lost": true }),
        json!({ "http": 502 }),
        json!({ "refused": "request timed out" }),
    ] {
        let node = script(forgotten(fault.clone()));
        let status = ask(status(&node, &with_bytes));
        assert!(status.is_err_and(|error| error.is_passing()), "{fault}");
    }
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
