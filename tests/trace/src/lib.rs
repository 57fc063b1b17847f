//! Signing as functions of numbers, so that an interpreter of WebAssembly can call it.

#![allow(unsafe_code)] // For the names of the exports alone.

use core::hint::black_box;

use microraiden::protocol::PrivateKey;
use microraiden::protocol::hash::Hash;

/// Signs a hash. Key and hash come as four numbers each, the most significant first. Returns the first
/// bytes of r, or nothing if the key is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn sign(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64) -> u64 {
    PrivateKey::from_bytes(&bytes([a, b, c, d])).map_or(0, |key| {
        let signature = key.sign_hash(&Hash(bytes([e, f, g, h])));
        start(signature.as_bytes())
    })
}

/// The first bytes of the account of a key.
#[unsafe(no_mangle)]
pub extern "C" fn account(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let key = PrivateKey::from_bytes(&bytes([a, b, c, d]));
    key.map_or(0, |key| start(&key.address().0))
}

/// Does a little more with odd numbers: a test has to tell.
#[unsafe(no_mangle)]
pub extern "C" fn more_if_odd(number: u64) -> u64 {
    if number % 2 == 1 {
        black_box(number)
    } else {
        number
    }
}

fn bytes(numbers: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (part, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        part.copy_from_slice(&number.to_be_bytes());
    }
    bytes
}

fn start(bytes: &[u8]) -> u64 {
    bytes[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
