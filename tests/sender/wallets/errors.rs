//! What errors of wallets mean.

mod failures;
mod rejections;

use microraiden::sender::wallet::WalletRefusal;

use super::read;

/// Source, error, meaning.
type Case = (&'static str, &'static str, WalletRefusal);

fn cases() -> impl Iterator<Item = Case> {
    let rejected = rejections::CASES.iter();
    rejected
        .map(|(source, error)| (*source, *error, WalletRefusal::Rejected))
        .chain(failures::CASES.iter().copied())
}

#[test]
fn errors_of_wallets_mean_what_their_users_did() {
    for (source, error, meaning) in cases() {
        assert_eq!(read(error).refusal, meaning, "{source}: {error}");
    }
}

#[test]
fn only_an_error_that_is_clear_says_that_nothing_was_sent() {
    let unclear = [
        WalletRefusal::Other,
        WalletRefusal::Incapable,
        WalletRefusal::Reconnecting,
    ];
    for (source, error, meaning) in cases() {
        let certain = read(error).refusal.is_certain();
        assert_eq!(certain, !unclear.contains(&meaning), "{source}");
    }
}

#[test]
fn the_code_that_decides_is_told_and_the_first_text() {
    let inner = r#"{"code": -32603, "message": "outer", "data": {"originalError": {"code": 4001, "message": "inner"}}}"#;
    let error = read(inner);
    assert_eq!(error.code, Some(4001));
    assert_eq!(error.message.as_deref(), Some("outer"));
    assert_eq!(read(r#""text""#).message.as_deref(), Some("text"));
    assert_eq!(read("{}").message, None);
}

#[test]
fn errors_that_hold_themselves_end() {
    let deep = format!("{}{}", "{\"error\":".repeat(60), "4001");
    let deep = format!("{deep}{}", "}".repeat(60));
    assert_eq!(read(&deep).refusal, WalletRefusal::Other);
}
