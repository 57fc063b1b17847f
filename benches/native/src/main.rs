//! Measures signing, recovery and acceptance beside other libraries, and writes the tables into the
//! file that is named: `microraiden-bench file.json`.

// Figures are what this program is for.
#![allow(clippy::float_arithmetic)]

mod interleave;
mod rivals;
mod subject;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use interleave::{Candidate, interleave};
use rivals::{alloy_recover, c_recover, c_sign};
use subject::{Payments, Subject};

fn main() -> Result<()> {
    let file = std::env::args().nth(1);
    let file = file.context("Name the file that the tables are to be written into.")?;
    let subject = Subject::new()?;
    rivals::check(&subject)?;
    let tables = [signing(&subject), recovery(&subject), acceptance(&subject)?];
    let report = json!({ "tables": tables });
    std::fs::write(&file, serde_json::to_string_pretty(&report)?)
        .with_context(|| format!("{file} cannot be written"))
}

fn signing(subject: &Subject) -> Value {
    let c = rivals::C::new(subject);
    let mut of_ours = subject.hashes();
    let mut of_c = subject.hashes();
    let mut balances = subject.balances();
    interleave(
        "Native: signing",
        "ours",
        vec![
            Candidate::new("ours", || subject.key.sign_hash(&of_ours.next())),
            Candidate::new("ours, whole balance proof", || {
                subject.sign(balances.next())
            }),
            Candidate::new("libsecp256k1", || c_sign(&c, &of_c.next())),
        ],
    )
}

fn recovery(subject: &Subject) -> Value {
    let c = rivals::C::new(subject);
    let [mut of_ours, mut of_c, mut of_alloy] = [(); 3].map(|()| subject.signed());
    interleave(
        "Native: recovery of the account",
        "ours",
        vec![
            Candidate::new("ours", || {
                let (hash, signature) = of_ours.next();
                signature.recover(&hash)
            }),
            Candidate::new("libsecp256k1", || {
                let (hash, signature) = of_c.next();
                c_recover(&c, &hash, &signature)
            }),
            Candidate::new("alloy, k256", || {
                let (hash, signature) = of_alloy.next();
                alloy_recover(&hash, &signature)
            }),
        ],
    )
}

fn acceptance(subject: &Subject) -> Result<Value> {
    let c = rivals::C::new(subject);
    let mut payments = Payments::new(subject)?;
    let [mut of_ours, mut of_c] = [(); 2].map(|()| subject.signed());
    Ok(interleave(
        "Native: accepting a payment in memory",
        "ours, accepted and stored",
        vec![
            Candidate::new("ours, accepted and stored", || payments.accept()),
            Candidate::new("ours, bare recovery", || {
                let (hash, signature) = of_ours.next();
                signature.recover(&hash)
            }),
            Candidate::new("libsecp256k1, bare recovery", || {
                let (hash, signature) = of_c.next();
                c_recover(&c, &hash, &signature)
            }),
        ],
    ))
}
