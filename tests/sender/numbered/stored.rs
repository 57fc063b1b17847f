//! Numbered payments in stored records.

use microraiden::sender::ChannelRecord;
use microraiden::sender::numbered::MAX_IN_FLIGHT;

use super::{charge, id, record, send, send_for};
use crate::basics::{MANAGER, units};

#[test]
fn a_stored_record_has_all_that_is_in_flight() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send(&mut record, 4));
    charge(&mut record, &second, 3);
    let read = ChannelRecord::from_json(&record.to_json()).expect("a record");
    assert_eq!(read, record);
    assert_eq!(read.in_flight(), std::slice::from_ref(&first));
    let entries = read.unknown_entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].amount, entries[0].balance),
        (units(3), units(3))
    );
    // A record without numbers has nothing of them.
    let plain = ChannelRecord::new(1, MANAGER, id(), units(5));
    assert!(plain.to_json().contains(r#""numbers":null"#));
    // Records of before there was a list of what nobody saw served.
    let older = record.to_json().replace(r#""unserved":[],"#, "");
    assert!(!older.contains("unserved"));
    let older = older.replace(r#""served":[],"#, "");
    assert!(!older.contains("served"));
    assert_eq!(ChannelRecord::from_json(&older), Ok(read));
    for (from, to) in [
        (r#""newest":2"#, r#""newest":-2"#),
        (r#""charged":"3""#, r#""charged":"8""#),
        (r#""number":1"#, r#""number":0"#),
        (r#""slot":0"#, r#""slot":32"#),
        (r#""price":"3""#, r#""price":3"#),
    ] {
        let text = record.to_json();
        assert!(text.contains(from), "{from}");
        assert!(
            ChannelRecord::from_json(&text.replace(from, to)).is_err(),
            "{to}"
        );
    }
}

/// With all that there is room for, and URLs whose characters JSON escapes.
#[test]
fn the_longest_record_is_read() {
    let mut record = record(1_000_000);
    record.gateway = Some("\u{1}".repeat(2048));
    let url = |of: char, number: usize| format!("{of}{}", "\u{1}".repeat(1023 - number % 2));
    for place in 0..32 {
        // No two of one list are for the same resource.
        let of = char::from(b'A' + place);
        let payment = send_for(&mut record, 1_000, &url(of, 1));
        record.keep_served(&payment, units(1_000));
        record.keep_incomplete(&payment, units(1_000), usize::from(place));
        charge(&mut record, &payment, 1_000);
    }
    for place in 0..MAX_IN_FLIGHT {
        let payment = send_for(&mut record, 1_000, &url('u', place));
        let kept = record.charge_unserved(payment.number, units(1_000));
        kept.expect("in flight");
    }
    for place in 0..MAX_IN_FLIGHT {
        send_for(&mut record, 1_000, &url('f', place));
    }
    assert_eq!((record.served().len(), record.incomplete().len()), (32, 32));
    assert_eq!(
        (record.unserved().len(), record.in_flight().len()),
        (32, 32)
    );
    let read = ChannelRecord::from_json(&record.to_json());
    assert_eq!(read, Ok(record));
}
