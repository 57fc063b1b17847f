//! The published deployments, digit by digit as they were published.

use microraiden::protocol::network::{PRESETS, Preset, by_contract, by_name};
use microraiden::protocol::{Address, Generation};

const RDN: &str = "0x255aa6df07540cb5d3d297f0d0d4d84cb52bc8e6";
const KOVAN_OLD: &str = "0xe71269969cfd3c9c13c31c1caaf1ac4f242075ed";

/// Name, chain, generation, manager, token, start block.
type Published = (
    &'static str,
    u64,
    &'static str,
    &'static str,
    Option<&'static str>,
    u32,
);

/// Mixed case is checked against its digits.
const PUBLISHED: [Published; 12] = [
    (
        "mainnet-0.1",
        1,
        "0.1",
        "0x4d6e0922e6b703f0fdf92745343a9b83eb656402",
        Some(RDN),
        4_651_176,
    ),
    (
        "kovan-0.1",
        42,
        "0.1",
        KOVAN_OLD,
        Some("0x5a7f24e34adac43955de79c6be3a050e29d1f93e"),
        0,
    ),
    (
        "ropsten-0.1",
        3,
        "0.1",
        "0x6c4A0f93a21fb711adA78F68083577ab541b9620",
        Some("0xe3e546238cbadffb8d47b2a9b2a0205f0db6422c"),
        0,
    ),
    (
        "ropsten-0.1-as-printed",
        3,
        "0.1",
        KOVAN_OLD,
        Some("0xe3e546238cbadffb8d47b2a9b2a0205f0db6422c"),
        0,
    ),
    (
        "rinkeby-0.1",
        4,
        "0.1",
        "0x568a0d52a173f584d4a286a22b2a876911079e15",
        Some("0x101e64900a7f283468ec7484691afca8385dc1d8"),
        1_338_285,
    ),
    (
        "library-0.1.0-default",
        0,
        "0.1",
        "0xeb8f0c65921c6f2b6025d9dbdd9466419cbe56ec",
        None,
        0,
    ),
    (
        "ropsten-transitional",
        3,
        "0.2",
        "0x161a0d7726EB8B86EB587d8BD483be1CE87b0609",
        None,
        2_400_640,
    ),
    (
        "kovan-transitional",
        42,
        "0.2",
        "0xB9721dF0e024114e7B25F2cF503d8CBE3D52b400",
        None,
        5_230_017,
    ),
    (
        "mainnet-0.2",
        1,
        "0.2",
        "0x1440317CB15499083dEE3dDf49C2bD51D0d92e33",
        Some(RDN),
        4_958_602,
    ),
    (
        "ropsten-0.2",
        3,
        "0.2",
        "0x74434527b8E6C8296506D61d0faF3D18c9e4649A",
        Some("0xff24d15afb9eb080c089053be99881dd18aa1090"),
        2_507_629,
    ),
    (
        "rinkeby-0.2",
        4,
        "0.2",
        "0xbEc8fb898E6Da01152576d1A1ACdd2c957E56fb1",
        Some("0xf0f863ca785047075f6a92d28fd7dee4de47895e"),
        1_642_336,
    ),
    (
        "kovan-0.2",
        42,
        "0.2",
        "0xeD94E711e9DE1FF1E7dd34C39F0d4338A6A6ef92",
        Some("0xb5fdb634904ebe09196c506a4cc4250202f0988f"),
        5_523_491,
    ),
];

#[test]
fn presets_are_those_that_were_published() {
    assert_eq!(PRESETS.len(), PUBLISHED.len());
    for (name, chain_id, generation, manager, token, start_block) in PUBLISHED {
        let manager: Address = manager.parse().expect("an address");
        let generation: Generation = generation.parse().expect("a generation");
        let token = token.map(|token| token.parse().expect("an address"));
        let Preset {
            chain_id: chain,
            manager: known,
            token: known_token,
            start_block: start,
            ..
        } = *by_name(name).expect(name);
        assert_eq!(
            (chain, known.address, known.generation, known_token, start),
            (chain_id, manager, generation, token, start_block),
            "{name}"
        );
        // A contract is known on its own chain alone.
        let found = by_contract(chain_id, manager).map(|preset| preset.name);
        assert_eq!(found, Some(name));
        assert_eq!(by_contract(chain_id + 1000, manager), None, "{name}");
    }
}
