//! Keystores that other programs wrote, and the key as the receiver's programs read it. The files are
//! by ethers 6.16 and by eth-keyfile 0.10 (the Python library of Ethereum's wallets).

use crate::basics::key;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use microraiden::keystore::{Keystore, KeystoreError, MAX_LENGTH};
use serde_json::{Value, json};
use tempfile::TempDir;

const ETHERS: &str = include_str!("../keystores/ethers-scrypt.json");
const SCRYPT: &str = include_str!("../keystores/eth-keyfile-scrypt.json");
const PBKDF2: &str = include_str!("../keystores/eth-keyfile-pbkdf2.json");
const PASSWORD: &str = "correct horse, πß";

fn open(text: &str, password: &str) -> Result<String, KeystoreError> {
    let key = Keystore::read(text)?.open(password)?;
    Ok(key.to_hex().to_string())
}

fn edited(text: &str, pointer: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(text).expect("JSON");
    let (object, name) = pointer.rsplit_once('/').expect("a pointer");
    file.pointer_mut(object).expect("an object")[name] = value;
    file.to_string()
}

#[test]
fn keystores_of_other_programs_open() {
    for text in [ETHERS, SCRYPT, PBKDF2] {
        let keystore = Keystore::read(text).expect("a keystore");
        assert_eq!(keystore.address, Some(key(0x42).address()));
        assert_eq!(open(text, PASSWORD), Ok(key(0x42).to_hex().to_string()));
        for wrong in ["", "correct horse", "correct horse, πß\n"] {
            assert_eq!(open(text, wrong), Err(KeystoreError::WrongPassword));
        }
    }
}

/// What this project's package exports is a keystore with a member more.
#[test]
fn other_members_are_passed_over_and_an_address_may_be_missing() {
    let more = edited(
        PBKDF2,
        "/microraiden",
        json!({ "version": 1, "salt": "00" }),
    );
    assert_eq!(open(&more, PASSWORD), Ok(key(0x42).to_hex().to_string()));
    let nameless = edited(SCRYPT, "/address", Value::Null);
    assert_eq!(
        open(&nameless, PASSWORD),
        Ok(key(0x42).to_hex().to_string())
    );
    let prefixed = edited(SCRYPT, "/address", key(0x42).address().to_string().into());
    assert_eq!(
        open(&prefixed, PASSWORD),
        Ok(key(0x42).to_hex().to_string())
    );
}

#[test]
fn changed_files_do_not_open() {
    let zeros = |bytes: usize| Value::from("00".repeat(bytes));
    let cases = [
        (
            "/crypto/ciphertext",
            zeros(32),
            KeystoreError::WrongPassword,
        ),
        ("/crypto/mac", zeros(32), KeystoreError::WrongPassword),
        (
            "/crypto/kdfparams/salt",
            zeros(16),
            KeystoreError::WrongPassword,
        ),
        (
            "/crypto/cipherparams/iv",
            zeros(16),
            KeystoreError::OtherAddress,
        ),
        ("/address", zeros(20), KeystoreError::OtherAddress),
    ];
    for (member, value, error) in cases {
        assert_eq!(
            open(&edited(SCRYPT, member, value), PASSWORD),
            Err(error),
            "{member}"
        );
    }
}

#[test]
fn what_is_no_keystore_of_version_3_is_refused() {
    let cases = [
        ("/version", json!(1), "another version"),
        ("/version", json!("3"), "another version"),
        ("/version", json!(null), "`version`"),
        ("/address", json!("0x12"), "`address`"),
        ("/address", json!(7), "`address`"),
        ("/crypto", json!(null), "`crypto`"),
        ("/crypto/cipher", json!("aes-256-gcm"), "aes-128-ctr"),
        ("/crypto/cipherparams/iv", json!("00"), "`iv`"),
        ("/crypto/ciphertext", json!("0x"), "`ciphertext`"),
        ("/crypto/mac", json!("zz"), "`mac`"),
        ("/crypto/kdf", json!("argon2id"), "scrypt or pbkdf2"),
        ("/crypto/kdfparams", json!({}), "`kdfparams`"),
        ("/crypto/kdfparams/salt", json!("x"), "`salt`"),
        ("/crypto/kdfparams/dklen", json!(64), "`dklen`"),
    ];
    for (member, value, sentence) in cases {
        let error = open(&edited(SCRYPT, member, value), PASSWORD).expect_err(member);
        assert!(error.to_string().contains(sentence), "{member}: {error}");
    }
    let prf = edited(PBKDF2, "/crypto/kdfparams/prf", json!("hmac-sha512"));
    let error = open(&prf, PASSWORD).expect_err("another prf");
    assert!(error.to_string().contains("hmac-sha256"), "{error}");
    for text in ["", "{", "[]", "3", "null"] {
        assert_eq!(open(text, PASSWORD), Err(KeystoreError::NotJson), "{text}");
    }
    let long = format!("{ETHERS}{}", " ".repeat(MAX_LENGTH));
    assert_eq!(open(&long, PASSWORD), Err(KeystoreError::TooLong));
}

/// Refused when it is read: nothing was derived yet.
#[test]
fn absurd_parameters_are_refused() {
    let read = |text: &str, name: &str, value: u64| {
        let text = edited(text, &format!("/crypto/kdfparams/{name}"), value.into());
        Keystore::read(&text).map(|_| ())
    };
    let huge = [u64::from(u32::MAX), u64::MAX >> 1, 1 << 63];
    for n in [1 << 21, 1 << 32].into_iter().chain(huge) {
        let error = read(SCRYPT, "n", n).expect_err("too much");
        let expected = if n.is_power_of_two() {
            matches!(error, KeystoreError::TooCostly(_))
        } else {
            error == KeystoreError::Malformed("n")
        };
        assert!(expected, "{n}: {error}");
    }
    for (name, value) in [
        ("r", 1 << 15),
        ("r", u32::MAX.into()),
        ("p", 17),
        ("p", u32::MAX.into()),
    ] {
        let error = read(SCRYPT, name, value).expect_err(name);
        assert!(
            matches!(error, KeystoreError::TooCostly(_)),
            "{name}: {error}"
        );
    }
    for (name, value) in [
        ("n", 0),
        ("n", 1),
        ("n", 3),
        ("r", 0),
        ("p", 0),
        ("r", 1 << 32),
    ] {
        let error = read(SCRYPT, name, value).expect_err(name);
        assert!(
            matches!(error, KeystoreError::Malformed(_)),
            "{name}: {error}"
        );
    }
    let rounds = read(PBKDF2, "c", 10_000_001).expect_err("too many");
    assert!(matches!(rounds, KeystoreError::TooCostly(_)), "{rounds}");
    assert!(read(PBKDF2, "c", 1 << 40).is_err());
    assert_eq!(read(PBKDF2, "c", 0), Err(KeystoreError::Malformed("c")));
    // What wallets use for the keys that they guard best.
    for (name, value) in [("n", 1 << 18), ("n", 1 << 19), ("p", 6), ("p", 8)] {
        assert_eq!(read(SCRYPT, name, value), Ok(()), "{name} {value}");
    }
    assert_eq!(read(PBKDF2, "c", 10_000_000), Ok(()));
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).expect("a file");
    fs::set_permissions(&file, Permissions::from_mode(mode)).expect("a mode");
    file
}

/// A program that gets as far as asking the node has a key.
fn run(program: &str, options: &[(&str, &Path)], environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(program);
    command
        .args(["--rpc-url", "http://127.0.0.1:1"])
        .args(["--contract", "0x0700000000000000000000000000000000000007"])
        .env("RUST_BACKTRACE", "0")
        .env_remove("MICRORAIDEN_RECEIVER_KEY")
        .env_remove("MICRORAIDEN_KEY_PASSWORD");
    for (option, file) in options {
        command.arg(option).arg(file);
    }
    if program.ends_with("collect") {
        command.arg("withdraw");
    } else {
        let content = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/content");
        command.args(["--price", "1", "--files", content]);
        command.args(["--page", concat!(env!("CARGO_MANIFEST_DIR"), "/www")]);
    }
    let output: Output = command
        .envs(environment.iter().copied())
        .output()
        .expect("it ends");
    let said = String::from_utf8(output.stderr).expect("text");
    (said.contains("the node can't be reached"), said)
}

#[test]
fn both_programs_take_a_keystore_and_say_what_is_wrong() {
    let folder = TempDir::new().expect("a folder");
    let write = |name, text: &str, mode| write(folder.path(), name, text, mode);
    let keystore = write("key.json", ETHERS, 0o600);
    let hex = write("key.hex", &format!("{}\n", *key(0x42).to_hex()), 0o600);
    let password = write("password", &format!("{PASSWORD}\n"), 0o400);
    let wrong = write("wrong", "another\n", 0o600);
    let open_key = write("open.json", ETHERS, 0o644);
    let open_password = write("open", PASSWORD, 0o604);
    let junk = write("junk", "0x1234", 0o600);
    let mounted = write("mounted.hex", &key(0x42).to_hex(), 0o440);
    let credentials = folder.path().to_str().expect("text");
    let missing = folder.path().join("missing");
    for program in [
        env!("CARGO_BIN_EXE_microraiden-paywall"),
        env!("CARGO_BIN_EXE_microraiden-collect"),
    ] {
        let taken = [
            run(
                program,
                &[("--key-file", &keystore), ("--password-file", &password)],
                &[],
            ),
            run(
                program,
                &[("--key-file", &keystore)],
                &[("MICRORAIDEN_KEY_PASSWORD", PASSWORD)],
            ),
            run(program, &[("--key-file", &hex)], &[]),
            // A secret of a container, by its group; and one of systemd's, by its name.
            run(program, &[("--key-file", &mounted)], &[]),
            run(
                program,
                &[("--key-file", Path::new("mounted.hex"))],
                &[("CREDENTIALS_DIRECTORY", credentials)],
            ),
            run(
                program,
                &[],
                &[("MICRORAIDEN_RECEIVER_KEY", &key(0x42).to_hex())],
            ),
        ];
        for (asked_node, said) in taken {
            assert!(asked_node, "{program}: {said}");
        }
        let refused: [(&[(&str, &Path)], &str); 8] = [
            (
                &[("--key-file", &keystore), ("--password-file", &wrong)],
                "the password is wrong",
            ),
            (
                &[("--key-file", &keystore)],
                "--password-file or MICRORAIDEN_KEY_PASSWORD",
            ),
            (&[("--key-file", &open_key)], "chmod o-rwx"),
            (
                &[
                    ("--key-file", &keystore),
                    ("--password-file", &open_password),
                ],
                "chmod o-rwx",
            ),
            (&[("--key-file", &missing)], "can't be read"),
            (&[("--key-file", &junk)], "holds no private key"),
            (&[], "--key-file"),
            (
                &[("--key-file", &keystore), ("--password-file", &missing)],
                "can't be read",
            ),
        ];
        for (options, sentence) in refused {
            let (asked_node, said) = run(program, options, &[]);
            assert!(!asked_node && said.contains(sentence), "{program}: {said}");
            let secret = &key(0x42).to_hex()[2..20];
            assert!(
                !said.contains("another") && !said.contains(secret),
                "{said}"
            );
        }
    }
}
