//! Balance proofs signed and recovered without any state.

use js_sys::{BigInt, Reflect};
use microraiden::wasm::local_key::LocalKey;
use microraiden::wasm::proof::{BalanceMessage, recover_balance_proof};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{code, object};

/// Two of the golden vectors: generation, key, signer, receiver, block, contract, signature. The
/// balance of both is 2^96.
const VECTORS: [[&str; 7]; 2] = [
    [
        "0.1",
        "0xa2be75233fdabef85dbc89d1d297bef14f7992dfd6f132741e45504b81883468",
        "0x6925913C06f93eD8919DFfd8111E91D858cB95Ec",
        "0xb98F58b5828C97726Ea06234dCE99A5E1a2Ac4a7",
        "1736930672",
        "0x235f99215907a090e0F66B9eE81Ae6d384753A41",
        "0x5d295b2eca268f4e8dcf0a3cb9802fef75463ea61f00339f217be7fe1908ecac06246dc1b29dfb19f5bcc8c41a05d5201948481d912d7c40a091d98f2d16e2521c",
    ],
    [
        "0.2",
        "0x64ee111df25f93326e79bf2f03cc2e27e98bdca4ebbfdce4ae56ebd51a0bbdbe",
        "0x6920c60E2706B8FceE6b5822d40b0c9a6856C10B",
        "0x665E4c98703B5b9889E9470E73b397E7a4a04816",
        "3689139202",
        "0x0005AC1CEC565cCB50D0A597A9a1eB5E8420B9f3",
        "0x5cfd09a3d540479eef853cfa226ff994de310f26ef207084e07ca8b6fbd5ad2414d4e6f7f7b2cbf26fc823587198500c5fdfbd3a6056b789ea27689910d7a12b1b",
    ],
];

fn big(text: &str) -> JsValue {
    BigInt::new(&text.into()).expect("a number").into()
}

fn message(vector: &[&str; 7]) -> JsValue {
    object(&[
        ("generation", vector[0].into()),
        ("receiver", vector[3].into()),
        (
            "openBlock",
            vector[4].parse::<f64>().expect("a block").into(),
        ),
        ("contract", vector[5].into()),
        ("balance", big("79228162514264337593543950336")),
    ])
}

fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).expect("readable")
}

#[wasm_bindgen_test]
fn proofs_are_those_of_other_implementations() {
    for vector in &VECTORS {
        let message: BalanceMessage = message(vector).unchecked_into();
        let key = LocalKey::from_hex(&vector[1].into()).expect("a key");
        let proof = key.sign_balance_proof(&message).expect("signed");
        let signature = get(&proof, "signature");
        assert_eq!(signature.as_string().as_deref(), Some(vector[6]));
        assert_eq!(get(&proof, "balance"), get(&message, "balance"));
        let signer = recover_balance_proof(&message, &signature).expect("recovered");
        assert_eq!(signer, vector[2]);
        // Another balance is another message.
        Reflect::set(&message, &"balance".into(), &big("7")).expect("a plain object");
        let other = recover_balance_proof(&message, &signature);
        assert_ne!(other.ok().as_deref(), Some(vector[2]));
    }
}

#[wasm_bindgen_test]
fn what_is_no_message_is_refused() {
    let [_, vector] = &VECTORS;
    let key = LocalKey::from_hex(&vector[1].into()).expect("a key");
    let huge = big("6277101735386680763835789423207666416102355444464034512896");
    let bad: [(&str, JsValue); 14] = [
        ("contract", JsValue::UNDEFINED),
        ("contract", "0x00".into()),
        ("receiver", vector[3].replace('E', "e").into()),
        ("receiver", 7.into()),
        ("openBlock", JsValue::UNDEFINED),
        ("openBlock", (-1).into()),
        ("openBlock", 1.5.into()),
        ("openBlock", 4_294_967_296.0.into()),
        ("openBlock", f64::NAN.into()),
        ("balance", 1.into()),
        ("balance", "1".into()),
        ("balance", big("-1")),
        ("balance", huge),
        ("generation", "0.3".into()),
    ];
    for (name, value) in bad {
        let message = message(vector);
        Reflect::set(&message, &name.into(), &value).expect("a plain object");
        let message: BalanceMessage = message.unchecked_into();
        let error = key.sign_balance_proof(&message).err();
        let error = error.unwrap_or_else(|| panic!("{name} {value:?} was taken"));
        assert_eq!(
            get(&get(&error, "details"), "argument")
                .as_string()
                .as_deref(),
            Some(name)
        );
        assert_eq!(code(error), "invalid-argument");
    }
    for value in [JsValue::UNDEFINED, JsValue::NULL, "text".into()] {
        let error = key.sign_balance_proof(value.unchecked_ref()).err();
        assert_eq!(code(error.expect("refused")), "invalid-argument");
    }
    let message: BalanceMessage = message(vector).unchecked_into();
    for value in ["", "0x", &vector[6][..130], &vector[6].replace("1b", "1d")] {
        let error = recover_balance_proof(&message, &value.into()).err();
        assert_eq!(code(error.expect("refused")), "invalid-argument");
    }
}
