//! The deployments that the original project published.

use super::address::Address;
use super::generation::Generation;
use super::manager::Manager;

/// A published channel manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// This library's name for it: the network and the generation.
    pub name: &'static str,
    /// The chain id.
    pub chain_id: u64,
    /// The contract and its generation.
    pub manager: Manager,
    /// Its token, if published.
    pub token: Option<Address>,
    /// The block from which to read its events; 0 if not published.
    pub start_block: u32,
}

const V01: Generation = Generation::V01;
const V02: Generation = Generation::V02;

const fn preset(
    name: &'static str,
    chain_id: u64,
    generation: Generation,
    manager: &str,
    token: Option<&str>,
    start_block: u32,
) -> Preset {
    let token = match token {
        Some(token) => Some(constant(token)),
        None => None,
    };
    let manager = Manager {
        address: constant(manager),
        generation,
    };
    Preset {
        name,
        chain_id,
        manager,
        token,
        start_block,
    }
}

/// All published deployments, from the original project's documents and its libraries 0.1.0, 0.1.4
/// and 0.2.x. Ropsten, Rinkeby and Kovan have been shut down since. The two `transitional` contracts
/// return version 0.1.0 but have the 0.2 interface.
pub const PRESETS: [Preset; 12] = [
    preset(
        "mainnet-0.2",
        1,
        V02,
        "1440317cb15499083dee3ddf49c2bd51d0d92e33",
        Some("255aa6df07540cb5d3d297f0d0d4d84cb52bc8e6"),
        4_958_602,
    ),
    preset(
        "mainnet-0.1",
        1,
        V01,
        "4d6e0922e6b703f0fdf92745343a9b83eb656402",
        Some("255aa6df07540cb5d3d297f0d0d4d84cb52bc8e6"),
        4_651_176,
    ),
    preset(
        "ropsten-0.2",
        3,
        V02,
        "74434527b8e6c8296506d61d0faf3d18c9e4649a",
        Some("ff24d15afb9eb080c089053be99881dd18aa1090"),
        2_507_629,
    ),
    preset(
        "ropsten-transitional",
        3,
        V02,
        "161a0d7726eb8b86eb587d8bd483be1ce87b0609",
        None,
        2_400_640,
    ),
    preset(
        "ropsten-0.1",
        3,
        V01,
        "6c4a0f93a21fb711ada78f68083577ab541b9620",
        Some("e3e546238cbadffb8d47b2a9b2a0205f0db6422c"),
        0,
    ),
    preset(
        "rinkeby-0.2",
        4,
        V02,
        "bec8fb898e6da01152576d1a1acdd2c957e56fb1",
        Some("f0f863ca785047075f6a92d28fd7dee4de47895e"),
        1_642_336,
    ),
    preset(
        "rinkeby-0.1",
        4,
        V01,
        "568a0d52a173f584d4a286a22b2a876911079e15",
        Some("101e64900a7f283468ec7484691afca8385dc1d8"),
        1_338_285,
    ),
    preset(
        "kovan-0.2",
        42,
        V02,
        "ed94e711e9de1ff1e7dd34c39f0d4338a6a6ef92",
        Some("b5fdb634904ebe09196c506a4cc4250202f0988f"),
        5_523_491,
    ),
    preset(
        "kovan-transitional",
        42,
        V02,
        "b9721df0e024114e7b25f2cf503d8cbe3d52b400",
        None,
        5_230_017,
    ),
    preset(
        "kovan-0.1",
        42,
        V01,
        "e71269969cfd3c9c13c31c1caaf1ac4f242075ed",
        Some("5a7f24e34adac43955de79c6be3a050e29d1f93e"),
        0,
    ),
    // The documents print Kovan's address for Ropsten too; their link and the contract
    // documentation contradict it, so it is listed last.
    preset(
        "ropsten-0.1-as-printed",
        3,
        V01,
        "e71269969cfd3c9c13c31c1caaf1ac4f242075ed",
        Some("e3e546238cbadffb8d47b2a9b2a0205f0db6422c"),
        0,
    ),
    // The default of library 0.1.0; its network is not stated, so chain id 0 matches no chain.
    preset(
        "library-0.1.0-default",
        0,
        V01,
        "eb8f0c65921c6f2b6025d9dbdd9466419cbe56ec",
        None,
        0,
    ),
];

/// The preset with this name.
pub fn by_name(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The preset of this contract on this chain.
pub fn by_contract(chain_id: u64, contract: Address) -> Option<&'static Preset> {
    PRESETS
        .iter()
        .find(|p| p.chain_id == chain_id && p.manager.address == contract)
}

/// Parses 40 lower-case hex digits at compile time.
const fn constant(digits: &str) -> Address {
    let digits = digits.as_bytes();
    assert!(digits.len() == 40, "an address has 40 digits");
    let mut bytes = [0; 20];
    let mut index = 0;
    while index < 20 {
        bytes[index] = nibble(digits[index * 2]) << 4 | nibble(digits[index * 2 + 1]);
        index += 1;
    }
    Address(bytes)
}

#[allow(clippy::panic)] // Runs when the program is compiled, never later.
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("lower-case hex digits only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_found_by_name_and_contract() {
        for preset in &PRESETS {
            assert_eq!(by_name(preset.name), Some(preset));
            let found = by_contract(preset.chain_id, preset.manager.address).map(|p| p.name);
            assert_eq!(found, Some(preset.name));
        }
        let mainnet = by_name("mainnet-0.2").map(|p| p.manager.address.to_string());
        assert_eq!(
            mainnet.as_deref(),
            Some("0x1440317CB15499083dEE3dDf49C2bD51D0d92e33")
        );
        assert_eq!(by_contract(5, PRESETS[0].manager.address), None);
    }
}
