//! JSON, compared with `serde_json` as the judge.

use microraiden::json::{Value, json};
use proptest::prelude::*;

/// Reads both ways; both refuse the text, or both read the same.
fn compare(text: &str) {
    match (Value::parse(text), serde_json::from_str(text)) {
        (Ok(ours), Ok(theirs)) => same(&ours, &theirs, text),
        (Err(_), Err(_)) => {}
        // Numbers of any size are numbers; the judge may want them to fit.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
        (ours, theirs) => panic!("{text:?}: {ours:?}, but {theirs:?}"),
    }
}

fn same(ours: &Value, theirs: &serde_json::Value, text: &str) {
    assert_eq!(ours.is_null(), theirs.is_null(), "{text}");
    assert_eq!(ours.as_bool(), theirs.as_bool(), "{text}");
    assert_eq!(ours.as_u64(), theirs.as_u64(), "{text}");
    assert_eq!(ours.as_i64(), theirs.as_i64(), "{text}");
    assert_eq!(ours.as_str(), theirs.as_str(), "{text}");
    let lists = (ours.as_array(), theirs.as_array());
    assert_eq!(lists.0.map(<[_]>::len), lists.1.map(Vec::len), "{text}");
    for (ours, theirs) in lists
        .0
        .into_iter()
        .flatten()
        .zip(lists.1.into_iter().flatten())
    {
        same(ours, theirs, text);
    }
    assert_eq!(ours.as_object().is_some(), theirs.is_object(), "{text}");
    for (name, theirs) in theirs.as_object().into_iter().flatten() {
        same(&ours[name.as_str()], theirs, text);
    }
    for (name, _) in ours.as_object().into_iter().flatten() {
        assert!(theirs.get(name).is_some(), "{text}");
    }
}

#[test]
fn texts_that_readers_differ_about() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let texts = [
        "",
        " ",
        "null",
        "nul",
        "nulll",
        "NULL",
        "true",
        "false",
        "tru",
        "truefalse",
        "[]",
        "{}",
        "[",
        "]",
        "{",
        "}",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{1:2}",
        "[1]]",
        "[1],",
        "\u{feff}1",
        " \t\r\n1 \t\r\n",
        "\u{a0}1",
        "\u{b}1",
        "1/**/",
        "0",
        "-0",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+5",
        "1e-5",
        "1e",
        "1e+",
        "1.e1",
        "0e0",
        "0x1",
        "NaN",
        "Infinity",
        "1_000",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "9223372036854775808",
        "340282366920938463463374607431768211456",
        "\"\"",
        "\"",
        "\"a",
        "'a'",
        "\"\\\"",
        "\"\\\\\"",
        "\"\\/\"",
        "\"\\x\"",
        "\"\\b\\f\\n\\r\\t\"",
        "\"\n\"",
        "\"\t\"",
        "\"\u{0}\"",
        "\"\u{7f}\"",
        "\"\u{1f600}\"",
        "\"\\u0041\"",
        "\"\\u00e9\"",
        "\"\\u004\"",
        "\"\\u004g\"",
        "\"\\u+041\"",
        "\"\\U0041\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\uD83D\\uDE00\"",
        "\"\\u0000\"",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "{\"a\":{\"a\":[{}]}}",
        "\"é\"",
        "\"\\é\"",
    ];
    for text in texts {
        compare(text);
    }
    for depth in [1, 126, 127, 128, 129, 100_000] {
        compare(&deep(depth));
        compare(&nested(depth));
    }
}

#[test]
fn what_is_written() {
    let value = json!({
        "text": "\"\\/\u{1}\n\u{7f}é\u{1f600}",
        "number": u64::MAX,
        "nothing": None::<u32>,
        "list": json!([true, json!([]), json!({})]),
    });
    let text = value.to_string();
    assert_eq!(
        text,
        "{\"text\":\"\\\"\\\\/\\u0001\\u000a\u{7f}é\u{1f600}\",\"number\":18446744073709551615,\
         \"nothing\":null,\"list\":[true,[],{}]}"
    );
    assert_eq!(Value::parse(&text), Ok(value));
    compare(&text);
}

#[test]
fn the_last_of_two_members_counts() {
    let mut value = Value::parse("{\"a\":1,\"a\":2}").expect("JSON");
    assert_eq!(value["a"].as_u64(), Some(2));
    assert_eq!(value.take("a"), Some(2_u32.into()));
    assert_eq!(value.take("b"), None);
    assert!(value["b"]["c"].is_null());
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        any::<Vec<char>>().prop_map(|text| String::from_iter(text).into()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(serde_json::Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_others_write_is_read_and_written_alike(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&value)
        } else {
            serde_json::to_string(&value)
        };
        let text = text.expect("written");
        let ours = Value::parse(&text).expect("read");
        same(&ours, &value, &text);
        let again: serde_json::Value = serde_json::from_str(&ours.to_string()).expect("read");
        prop_assert_eq!(again, value);
    }

    /// Characters taken out, put in and exchanged.
    #[test]
    fn damaged_texts_are_refused_alike(
        value in any_json(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, "[\\]\\[{}\",:\\\\u0-9eE.+a-f \u{1f600}-]"), 1..4),
    ) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        for (place, kind, with) in edits {
            let with = with.chars();
            let place = place.index(text.len() + 1);
            match kind {
                0 => {
                    text.splice(place..place, with);
                }
                1 if place < text.len() => {
                    text.remove(place);
                }
                _ if place < text.len() => {
                    text.splice(place..=place, with);
                }
                _ => {}
            }
        }
        compare(&String::from_iter(text));
    }
}
