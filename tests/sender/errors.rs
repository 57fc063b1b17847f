//! The code and details of every error, as JavaScript gets them.

use microraiden::chain::{ChainError, ContractError, SubmitError, TransportError};
use microraiden::protocol::abi::AbiError;
use microraiden::protocol::credit::PaymentNumberError;
use microraiden::protocol::header::HeaderError;
use microraiden::protocol::{
    Address, AddressError, AmountError, Hash, KeyError, Rule, SignatureError, Uint256,
};
use microraiden::sender::flow::CloseRisk;
use microraiden::sender::policy::Rate;
use microraiden::sender::store::journal::Action;
use microraiden::sender::store::shortfall::Shortfall;
use microraiden::sender::{
    ChannelState, Coded, Detail, FlowError, Forgotten, LimitError, PaymentError, PolicyError,
    RecordError,
};

use crate::basics::units;

const A: Address = Address([0x11; 20]);
const B: Address = Address([0x22; 20]);
const HASH: Hash = Hash([0x33; 32]);

/// Code and details as a line: text as `"…"`, amounts as `…n`, as JavaScript writes them.
fn line(error: &dyn Coded) -> String {
    let mut details = String::new();
    let code = error.coded(&mut |more| {
        for (name, detail) in more {
            let value = match detail {
                Detail::Text(text) => match text.to_string() {
                    text if text == A.to_string() => "A".to_owned(),
                    text if text == B.to_string() => "B".to_owned(),
                    text if text == HASH.to_string() => "HASH".to_owned(),
                    text => format!("{text:?}"),
                },
                Detail::Amount(amount) => format!("{amount}n"),
                Detail::Number(number) => number.to_string(),
                Detail::List(list) => format!("{list:?}"),
            };
            details.push_str(&format!(" {name}={value}"));
        }
    });
    let codes = include_str!("../../pkg/errors.d.ts");
    assert!(
        codes.contains(&format!("| \"{code}\"")),
        "{code} is not typed"
    );
    format!("{code}{details}")
}

fn check(table: &[(&dyn Coded, &str)]) {
    for (error, expected) in table {
        assert_eq!(line(*error), *expected, "{error}");
    }
}

fn origin() -> String {
    "https://a.example".to_owned()
}

fn wei(amount: u64) -> Uint256 {
    Uint256::from(amount)
}

#[test]
fn of_the_chain() {
    use TransportError::*;
    let method = "eth_call";
    let answer = || Answer {
        code: -32000,
        message: "no".to_owned(),
        data: None,
    };
    let failed = || ChainError::Transport {
        method,
        source: answer(),
    };
    let what = String::new();
    let short = |required| SubmitError::InsufficientEther {
        balance: wei(1),
        required,
    };
    check(&[
        (&Unreachable(String::new()), "rpc-unreachable"),
        (&TimedOut { seconds: 30 }, "rpc-unreachable"),
        (
            &Status {
                status: 503,
                retry_after: None,
            },
            "rpc-unreachable status=503",
        ),
        (&answer(), r#"rpc-error rpcCode=-32000 rpcMessage="no""#),
        (&NotJsonRpc, "rpc-malformed"),
        (
            &OtherChain {
                expected: 1,
                actual: 2,
            },
            "wrong-network expected=1 actual=2",
        ),
        (&Aborted, "aborted"),
        (
            &failed(),
            r#"rpc-error rpcCode=-32000 rpcMessage="no" method="eth_call""#,
        ),
        (
            &ChainError::Malformed { method, what },
            r#"rpc-malformed method="eth_call""#,
        ),
        (
            &ContractError::Chain(failed()),
            r#"rpc-error rpcCode=-32000 rpcMessage="no" method="eth_call""#,
        ),
        (
            &ContractError::Answer {
                address: A,
                function: "token()",
                source: AbiError::Short,
            },
            r#"rpc-malformed contract=A function="token()""#,
        ),
        (
            &ContractError::NotAManager {
                address: A,
                chain_id: 5,
            },
            "not-a-manager contract=A chainId=5",
        ),
        (&short(None), "insufficient-ether balance=1n"),
        (
            &short(Some(wei(2))),
            "insufficient-ether balance=1n required=2n",
        ),
        (
            &SubmitError::FeeAboveLimit {
                asked: wei(2),
                limit: wei(1),
            },
            "fee-above-limit asked=2n limit=1n",
        ),
        (&SubmitError::Reverts, r#"rule-violated rule="reverted""#),
        (
            &SubmitError::Chain(failed()),
            r#"rpc-error rpcCode=-32000 rpcMessage="no" method="eth_call""#,
        ),
    ]);
}

#[test]
fn of_the_protocol() {
    let header = "RDN-Price";
    let malformed = r#"malformed-header header="RDN-Price""#;
    check(&[
        (
            &Rule::SettleTooEarly {
                settle_block: 9,
                current_block: 8,
            },
            r#"settle-too-early settleBlock=9 currentBlock=8 rule="settle-too-early""#,
        ),
        (
            &Rule::DepositLimit { would_be: wei(1) },
            r#"rule-violated limit=100000000000000000000n rule="deposit-limit""#,
        ),
        (
            &Rule::Receiver { receiver: A },
            r#"rule-violated rule="receiver""#,
        ),
        (&Rule::ZeroTopUp, r#"rule-violated rule="zero-top-up""#),
        (
            &Rule::TopUpOfEmpty,
            r#"rule-violated rule="top-up-of-empty""#,
        ),
        (&Rule::NoChannel, r#"rule-violated rule="no-channel""#),
        (
            &Rule::Closing { settle_block: 1 },
            r#"rule-violated rule="closing""#,
        ),
        (&Rule::NotClosing, r#"rule-violated rule="not-closing""#),
        (
            &Rule::BalanceAboveDeposit {
                balance: units(2),
                deposit: units(1),
            },
            r#"rule-violated rule="balance-above-deposit""#,
        ),
        (
            &Rule::BalanceBelowWithdrawn {
                balance: units(1),
                withdrawn: units(2),
            },
            r#"rule-violated rule="balance-below-withdrawn""#,
        ),
        (
            &Rule::SettleBlockOverflow,
            r#"rule-violated rule="settle-block-overflow""#,
        ),
        (&HeaderError::Missing(header), malformed),
        (&HeaderError::Forbidden(header), malformed),
        (
            &HeaderError::Address(header, AddressError::Format),
            malformed,
        ),
        (
            &HeaderError::Amount(header, AmountError::TooLarge),
            malformed,
        ),
        (&HeaderError::Block(header), malformed),
        (&HeaderError::Number(header, PaymentNumberError), malformed),
        (
            &HeaderError::Signature(header, SignatureError::Format),
            malformed,
        ),
        (&HeaderError::Path(header), malformed),
        (&AddressError::Format, "invalid-argument"),
        (&AddressError::Checksum, "invalid-argument"),
        (&KeyError::Format, r#"invalid-argument argument="key""#),
        (&KeyError::Range, r#"invalid-argument argument="key""#),
    ]);
}

#[test]
fn of_the_flows() {
    use FlowError::*;
    let (name, reason) = ("name".to_owned(), String::new());
    let not_mined = |hash| NotMined {
        action: Action::Open,
        hash,
    };
    let short = |hash| {
        Short(Shortfall {
            asked: units(10),
            arrived: wei(9),
            hash,
        })
    };
    check(&[
        (&Damaged { name, reason }, r#"corrupt-record key="name""#),
        (&Reverted { hash: HASH }, "transaction-reverted hash=HASH"),
        (
            &OpenedNothing { hash: HASH },
            "transaction-reverted hash=HASH",
        ),
        (
            &Replaced(Action::Open),
            r#"transaction-replaced action="open""#,
        ),
        (
            &Dropped(Action::Open),
            r#"transaction-dropped action="open""#,
        ),
        (&not_mined(None), r#"transaction-pending action="open""#),
        (
            &not_mined(Some(HASH)),
            r#"transaction-pending action="open" hash=HASH"#,
        ),
        (
            &Unseen {
                hash: HASH,
                receiver: A,
            },
            "channel-unseen hash=HASH receiver=A",
        ),
        (
            &InsufficientTokens {
                balance: wei(1),
                required: wei(2),
            },
            "insufficient-tokens balance=1n required=2n",
        ),
        (&short(None), "fee-on-transfer asked=10n arrived=9n"),
        (
            &short(Some(HASH)),
            "fee-on-transfer asked=10n arrived=9n hash=HASH",
        ),
        (&NoKey, "wallet-unsupported"),
        (
            &CannotSign(A),
            r#"wallet-cannot-sign account=A alternative="local-key""#,
        ),
        (&NotSettled, "channel-not-settled"),
        (&NotAgreed, "close-not-agreed"),
        (
            &CloseRefused(CloseRisk::PendingProof),
            r#"close-refused reason="pending-proof""#,
        ),
        (&Forgotten { open_block: 7 }, "no-channel openBlock=7"),
    ]);
}

#[test]
fn of_the_policy() {
    use PolicyError::*;
    let (two, one) = (units(2), units(1));
    check(&[
        (&Unreadable, "policy-unreadable"),
        (&Stopped, "payments-stopped"),
        (&Hidden, "page-hidden"),
        (&Receiver(A), "wrong-receiver asked=A"),
        (&Contract(A), "wrong-contract asked=A"),
        (
            &Origin {
                receiver: A,
                origin: origin(),
                allowed: vec!["b".to_owned()],
            },
            r#"wrong-origin receiver=A asked="https://a.example" expected=["b"]"#,
        ),
        (
            &Price {
                price: two,
                limit: one,
            },
            "price-above-limit price=2n limit=1n",
        ),
        (
            &PriceRise {
                before: one,
                price: two,
            },
            "price-rise before=1n price=2n",
        ),
        (
            &Deposit {
                deposit: two,
                limit: one,
            },
            "deposit-above-limit deposit=2n limit=1n",
        ),
        (
            &Openings {
                origin: origin(),
                limit: 3,
            },
            r#"openings-exceeded origin="https://a.example" limit=3"#,
        ),
        (
            &Escrow {
                origin: origin(),
                limit: two,
                left: one,
            },
            r#"escrow-exceeded origin="https://a.example" limit=2n left=1n"#,
        ),
        (
            &Budget {
                origin: origin(),
                budget: two,
                left: one,
            },
            r#"budget-exceeded origin="https://a.example" budget=2n left=1n"#,
        ),
        (
            &Rate(self::Rate {
                payments: 1,
                seconds: 2,
            }),
            "rate-exceeded payments=1 seconds=2",
        ),
    ]);
}

#[test]
fn of_the_limits() {
    use LimitError::*;
    let (asked, expected) = (A, B);
    check(&[
        (
            &Price {
                price: units(2),
                limit: units(1),
            },
            "price-above-limit price=2n limit=1n",
        ),
        (&ZeroPrice, r#"payment-refused reason="zero-price""#),
        (
            &Contract { asked, expected },
            "wrong-contract asked=A expected=B",
        ),
        (
            &Receiver { asked, expected },
            "wrong-receiver asked=A expected=B",
        ),
        (
            &SecondReceiver {
                origin: origin(),
                asked,
                expected,
            },
            r#"wrong-receiver asked=A expected=B origin="https://a.example""#,
        ),
        (
            &Origin {
                receiver: A,
                origin: origin(),
                bound: vec!["b".to_owned()],
            },
            r#"wrong-origin receiver=A asked="https://a.example" expected=["b"]"#,
        ),
    ]);
}

#[test]
fn of_a_record() {
    use RecordError::*;
    let (acknowledged, shown) = (units(2), units(1));
    check(&[
        (
            &NotOpen(ChannelState::Settled),
            r#"channel-not-open state="settled""#,
        ),
        (
            &InsufficientDeposit {
                deposit: units(1),
                required: units(2),
            },
            "insufficient-deposit deposit=1n required=2n",
        ),
        (&Overflow, r#"invalid-argument argument="amount""#),
        (&Pending(units(1)), "proof-pending balance=1n"),
        (&Resent(units(1)), "payment-unknown balance=1n"),
        (&NotPending, "proof-mismatch"),
        (
            &BelowAcknowledged {
                acknowledged,
                shown,
            },
            r#"payment-refused reason="below-acknowledged" acknowledged=2n shown=1n"#,
        ),
    ]);
}

#[test]
fn of_a_payment() {
    use PaymentError::*;
    let (acknowledged, shown, balance) = (units(2), units(1), units(1));
    check(&[
        (
            &InvalidProof,
            r#"payment-refused reason="invalid-balance-proof""#,
        ),
        (&NoChannel { open_block: 7 }, "no-channel openBlock=7"),
        (&Declined { price: units(3) }, "payment-declined price=3n"),
        (&NotAllowedToOpen { receiver: A }, "no-channel receiver=A"),
        (&NoUsableChannel { receiver: A }, "no-channel receiver=A"),
        (&Unconfirmed, r#"payment-refused reason="unconfirmed""#),
        (
            &UnprovedBalance,
            r#"payment-refused reason="unproved-balance""#,
        ),
        (
            &BelowAcknowledged {
                acknowledged,
                shown,
            },
            r#"payment-refused reason="below-acknowledged" acknowledged=2n shown=1n"#,
        ),
        (&Taken { balance }, "payment-taken balance=1n"),
        (&Unknown { balance }, "payment-unknown balance=1n"),
        (&Silent { milliseconds: 5 }, "server-unreachable timeout=5"),
        (&Ignored, r#"payment-refused reason="ignored""#),
        (&Changing, r#"payment-refused reason="changing""#),
        (
            &ReceiverChanged {
                asked: A,
                expected: B,
            },
            "wrong-receiver asked=A expected=B",
        ),
        (&OtherPayment, r#"payment-refused reason="cookies""#),
        (&NotTold, r#"payment-refused reason="not-told""#),
        (
            &ChargedMore {
                claimed: units(4),
                counted: units(3),
            },
            r#"payment-refused reason="charged-more" claimed=4n counted=3n"#,
        ),
        (&NumberRefused, r#"payment-refused reason="number""#),
    ]);
}
