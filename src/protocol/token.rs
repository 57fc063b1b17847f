//! Calls and return data of the token: ERC20, the three-argument transfer of ERC223, and `mint()` of
//! the demonstration token.

use super::abi::{AbiError, CallData, Words};
use super::address::Address;
use super::amount::Uint256;

/// What `mint()` of the demonstration token costs: 0.1 ether, in wei.
pub const MINT_PRICE: u64 = 100_000_000_000_000_000;

/// `transfer(address,uint256)`. Never transfer to a channel manager by this one: the tokens are lost.
pub fn transfer(to: Address, value: Uint256) -> Vec<u8> {
    CallData::new("transfer(address,uint256)")
        .address(to)
        .uint256(value)
        .encode()
}

/// `transfer(address,uint256,bytes)` of ERC223: moves the tokens and calls the recipient's
/// `tokenFallback` with the data in one transaction.
pub fn transfer_with_data(to: Address, value: Uint256, data: &[u8]) -> Vec<u8> {
    CallData::new("transfer(address,uint256,bytes)")
        .address(to)
        .uint256(value)
        .bytes(data)
        .encode()
}

/// `transferFrom(address,address,uint256)`.
pub fn transfer_from(from: Address, to: Address, value: Uint256) -> Vec<u8> {
    CallData::new("transferFrom(address,address,uint256)")
        .address(from)
        .address(to)
        .uint256(value)
        .encode()
}

/// `approve(address,uint256)`. Some tokens refuse to change an allowance that is not zero.
pub fn approve(spender: Address, value: Uint256) -> Vec<u8> {
    CallData::new("approve(address,uint256)")
        .address(spender)
        .uint256(value)
        .encode()
}

/// `allowance(address,address)`; read the return data by [`uint256`].
pub fn allowance(owner: Address, spender: Address) -> Vec<u8> {
    CallData::new("allowance(address,address)")
        .address(owner)
        .address(spender)
        .encode()
}

/// `balanceOf(address)`; read the return data by [`uint256`].
pub fn balance_of(owner: Address) -> Vec<u8> {
    CallData::new("balanceOf(address)").address(owner).encode()
}

/// `mint()` of the demonstration token; send [`MINT_PRICE`] with it.
pub fn mint() -> Vec<u8> {
    CallData::new("mint()").encode()
}

/// `name()`; read the return data by [`text`].
pub fn name() -> Vec<u8> {
    CallData::new("name()").encode()
}

/// `symbol()`; read the return data by [`text`].
pub fn symbol() -> Vec<u8> {
    CallData::new("symbol()").encode()
}

/// `decimals()`; read the return data by [`decimals_returned`].
pub fn decimals() -> Vec<u8> {
    CallData::new("decimals()").encode()
}

/// Reads a returned `uint256`.
pub fn uint256(data: &[u8]) -> Result<Uint256, AbiError> {
    Words::new(data).uint256()
}

/// Reads a returned `string`.
pub fn text(data: &[u8]) -> Result<String, AbiError> {
    Words::new(data).text().map(str::to_owned)
}

/// Reads the return data of `decimals()`.
pub fn decimals_returned(data: &[u8]) -> Result<u8, AbiError> {
    Words::new(data).uint8()
}
