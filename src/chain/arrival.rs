//! How many tokens of a deposit arrive in the contract. A token that charges a fee on transfers delivers fewer
//! than the contract counts, which then can't pay all of them out.
//!
//! Before the deposit, the node tries it out: `eth_call` with a state override runs a small program as the
//! account's code, which reads the contract's tokens, makes the calls, and reads them again. Many nodes know
//! state overrides; the others answer an error, or nothing. After it, the events of its receipt tell.

use crate::protocol::abi::Words;
use crate::protocol::amount::Uint256;
use crate::protocol::event::{address_topic, signature, topic};
use crate::protocol::{Address, token};

use super::node::Node;
use super::receipt::Receipt;
use super::rpc::Transport;

/// Calls of an account, the last of which moves tokens into the contract.
pub type Calls<'a> = [(Address, &'a [u8])];

/// How many tokens these calls of `account` would bring into the contract. Only the last one must succeed.
/// `None`: the node can't tell.
pub async fn would_arrive<T: Transport>(
    node: &Node<T>,
    (token, contract): (Address, Address),
    account: Address,
    calls: &Calls<'_>,
) -> Option<Uint256> {
    let (program, data) = program(token, contract, calls);
    let answer = node.call_as(account, &program, &data).await.ok()?;
    let mut words = Words::new(&answer);
    let mut read = || words.uint256().ok();
    let (before, after, succeeded) = (read()?, read()?, read()?);
    (succeeded == Uint256::new(MUST_SUCCEED)).then(|| after.saturating_sub(before))
}

/// How many tokens a transaction brought into the contract, as the token announced; `None`: it announced
/// nothing.
pub fn arrived(receipt: &Receipt, token: Address, contract: Address) -> Option<Uint256> {
    let (transfer, contract) = (topic(signature::TRANSFER), address_topic(contract));
    let arrived = receipt.logs.iter().filter_map(|log| match log.topics[..] {
        [event, _, to] if (log.address, event, to) == (token, transfer, contract) => {
            token::uint256(&log.data).ok()
        }
        _ => None,
    });
    arrived.reduce(Uint256::saturating_add)
}

/// Both readings and the last call.
const MUST_SUCCEED: u128 = 3;

/// One call of the program, in digits of its byte code.
struct Step<'a> {
    to: Address,
    data: &'a [u8],
    /// Where the answer goes: PUSH1 size, PUSH1 place.
    answer: &'static str,
    /// PUSH1 0, for a call that could send ether along.
    ether: &'static str,
    /// STATICCALL or CALL. Its success stays on the stack, is counted there (ADD), or does not matter (POP).
    call: &'static str,
}

/// The program, and the data that its calls take from its own. It goes straight on, without a jump. In memory are
/// the tokens before, the tokens after, how many calls succeeded, and then the data of the call under way.
fn program(token: Address, contract: Address, calls: &Calls<'_>) -> (String, Vec<u8>) {
    let balance = token::balance_of(contract);
    let read = |answer, call| Step {
        to: token,
        data: &balance,
        answer,
        ether: "",
        call,
    };
    let made = calls.iter().enumerate().map(|(at, (to, data))| Step {
        to: *to,
        data,
        answer: "60006000",
        ether: "6000",
        // An approval may fail where there is one already.
        call: if at + 1 == calls.len() {
            "f101"
        } else {
            "f150"
        },
    });
    let before = [read("60206000", "fa")].into_iter();
    let steps = before.chain(made).chain([read("60206020", "fa01")]);
    let (mut code, mut data) = (String::from("0x"), Vec::new());
    for step in steps {
        let (size, from, to) = (step.data.len(), data.len(), step.to.to_lower());
        let (answer, ether, call) = (step.answer, step.ether, step.call);
        // CALLDATACOPY to 0x60, then the call with so much data from there: PUSH20 to, GAS.
        code += &format!(
            "63{size:08x}63{from:08x}606037{answer}63{size:08x}6060{ether}73{}5a{call}",
            to.trim_start_matches("0x")
        );
        data.extend_from_slice(step.data);
    }
    // MSTORE of the count, RETURN of three words.
    code += "60405260606000f3";
    (code, data)
}
