//! How many tokens of a deposit arrive in the contract. A token that charges a fee on transfers delivers fewer
//! than the contract counts, which then can't pay all of them out.
//!
//! Before the deposit, the node tries it out: `eth_call` with a state override runs a small program as the
//! account's code, which reads the contract's tokens, makes the calls, and reads them again. Many nodes know
//! state overrides; the others answer an error, or nothing. After it, the events of its receipt tell.

use crate::protocol::amount::Uint256;
use crate::protocol::event::TokenEvent;
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
    let (before, rest) = answer.split_first_chunk::<WORD>()?;
    let (after, done) = rest.split_first_chunk::<WORD>()?;
    let read = |word: &[u8]| token::uint256(word).ok();
    let (before, after) = (read(before)?, read(after)?);
    (read(done)? == Uint256::new(MUST_SUCCEED)).then(|| after.saturating_sub(before))
}

/// How many tokens a transaction brought into the contract, as the token announced; `None`: it announced
/// nothing.
pub fn arrived(receipt: &Receipt, token: Address, contract: Address) -> Option<Uint256> {
    let logs = receipt.logs.iter().filter(|log| log.address == token);
    let arrived = logs.filter_map(|log| match TokenEvent::read(log) {
        Ok(TokenEvent::Transfer { to, value, .. }) if to == contract => Some(value),
        _ => None,
    });
    arrived.reduce(Uint256::saturating_add)
}

const WORD: usize = 32;
/// Both readings and the last call.
const MUST_SUCCEED: u128 = 3;

/// Where in memory the program keeps the tokens before and after, and how many calls succeeded.
const BEFORE: u8 = 0;
const AFTER: u8 = 0x20;
const DONE: u8 = 0x40;
/// The data of the call under way.
const SCRATCH: u8 = 0x60;

mod op {
    pub(super) const ADD: u8 = 0x01;
    pub(super) const CALL_DATA_COPY: u8 = 0x37;
    pub(super) const POP: u8 = 0x50;
    pub(super) const STORE: u8 = 0x52;
    pub(super) const GAS: u8 = 0x5a;
    pub(super) const PUSH_1: u8 = 0x60;
    pub(super) const PUSH_4: u8 = 0x63;
    pub(super) const PUSH_20: u8 = 0x73;
    pub(super) const CALL: u8 = 0xf1;
    pub(super) const RETURN: u8 = 0xf3;
    pub(super) const STATIC_CALL: u8 = 0xfa;
}

/// The program, and the data that its calls take from its own.
fn program(token: Address, contract: Address, calls: &Calls<'_>) -> (Vec<u8>, Vec<u8>) {
    let balance = token::balance_of(contract);
    let mut program = Program::default();
    program.take(&balance);
    program.read(token, BEFORE, balance.len());
    for (at, (to, data)) in calls.iter().enumerate() {
        program.take(data);
        program.call(*to, data.len());
        // An approval may fail where there is one already.
        let last = at + 1 == calls.len();
        program.code.push(if last { op::ADD } else { op::POP });
    }
    program.take(&balance);
    program.read(token, AFTER, balance.len());
    let end = [op::ADD, op::PUSH_1, DONE, op::STORE];
    program.code.extend(end);
    let answer = [op::PUSH_1, SCRATCH, op::PUSH_1, BEFORE, op::RETURN];
    program.code.extend(answer);
    (program.code, program.data)
}

/// Straight on, without a jump. What it leaves on the stack is how many calls succeeded.
#[derive(Default)]
struct Program {
    code: Vec<u8>,
    data: Vec<u8>,
}

impl Program {
    fn push(&mut self, number: usize) {
        self.code.push(op::PUSH_4);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.code.extend(number.to_be_bytes());
    }

    /// Copies the data of a call to memory.
    fn take(&mut self, data: &[u8]) {
        self.push(data.len());
        self.push(self.data.len());
        self.code.extend([op::PUSH_1, SCRATCH, op::CALL_DATA_COPY]);
        self.data.extend(data);
    }

    /// Reads a number into memory.
    fn read(&mut self, from: Address, into: u8, size: usize) {
        self.code.extend([op::PUSH_1, 0x20, op::PUSH_1, into]);
        self.give(size);
        self.run(from, op::STATIC_CALL);
    }

    /// Makes a call whose answer does not matter.
    fn call(&mut self, to: Address, size: usize) {
        self.code.extend([op::PUSH_1, 0, op::PUSH_1, 0]);
        self.give(size);
        // No ether.
        self.code.extend([op::PUSH_1, 0]);
        self.run(to, op::CALL);
    }

    fn give(&mut self, size: usize) {
        self.push(size);
        self.code.extend([op::PUSH_1, SCRATCH]);
    }

    fn run(&mut self, to: Address, how: u8) {
        self.code.push(op::PUSH_20);
        self.code.extend(to.0);
        self.code.extend([op::GAS, how]);
    }
}
