//! What is asked again, and when.

use microraiden::chain::Retrying;

use super::*;

/// The answer to a method, how often it was asked, and the pauses in between, in milliseconds.
fn asked(
    method: &'static str,
    answers: Vec<Value>,
) -> (Result<json::Value, TransportError>, usize, Vec<u128>) {
    let script = script(vec![(method, answers)]).into_transport();
    let answer = ask(Retrying::new(&script).request(method, json_value::ours(&json!([]))));
    let asked = script.asked.borrow();
    let paused = script
        .paused
        .borrow()
        .iter()
        .map(Duration::as_millis)
        .collect();
    let times = asked.iter().filter(|asked| *asked == method).count();
    (answer, times, paused)
}

#[test]
fn reads_are_repeated_where_a_fault_may_pass() {
    let passing = [
        json!({ "lost": true }),
        json!({ "http": 503 }),
        json!({ "refused": "header not found" }),
        json!({ "refused": "rate limit exceeded" }),
    ];
    for fault in passing {
        let (answer, times, paused) = asked(BLOCK, vec![fault.clone(), json!("0x7")]);
        assert!(answer.is_ok(), "{fault}");
        assert_eq!((times, paused), (2, vec![500]), "{fault}");
        let (answer, times, paused) = asked(BLOCK, vec![fault.clone()]);
        assert!(answer.is_err(), "{fault}");
        assert_eq!((times, paused), (4, vec![500, 1000, 2000]), "{fault}");
    }
    for (asked_for, paused) in [(3, 3000), (3600, 10_000), (0, 500)] {
        let busy = json!({ "http": 429, "after": asked_for });
        let (answer, _, pauses) = asked(BLOCK, vec![busy, json!("0x7")]);
        assert!(answer.is_ok());
        assert_eq!(pauses, [paused]);
    }
}

#[test]
fn what_will_not_pass_or_changes_something_is_asked_once() {
    for fault in [
        json!({ "refused": "execution reverted" }),
        json!({ "refused": "query returned more than 10000 results" }),
        json!({ "http": 403 }),
        json!({ "aborted": true }),
        json!({ "late": true }),
    ] {
        let (answer, times, _) = asked(BLOCK, vec![fault.clone()]);
        assert!(answer.is_err(), "{fault}");
        assert_eq!(times, 1, "{fault}");
    }
    let once =
        Retrying::once(script(vec![(BLOCK, vec![json!({ "lost": true })])]).into_transport());
    assert!(ask(once.request(BLOCK, json_value::ours(&json!([])))).is_err());
    let (answer, times, _) = asked(SEND, vec![json!({ "lost": true })]);
    assert!(answer.is_err());
    assert_eq!(times, 1);
}
