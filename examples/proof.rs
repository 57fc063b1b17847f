//! Signs a payment as a sender does, and checks it as a receiver does: no chain, no server.
//!
//! `cargo run --example proof`

use std::error::Error;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, Generation, Manager, PrivateKey};

fn main() -> Result<(), Box<dyn Error>> {
    let sender = PrivateKey::from_bytes(&[1; 32])?;
    let receiver = PrivateKey::from_bytes(&[2; 32])?;
    // The channel manager contract, whose generation decides what is signed.
    let manager = Manager {
        address: "0x1440317CB15499083dEE3dDf49C2bD51D0d92e33".parse()?,
        generation: Generation::V02,
    };
    let channel = ChannelId {
        sender: sender.address(),
        receiver: receiver.address(),
        open_block: 3,
    };

    // The third payment of ten units: the signed balance is the total owed. A real sender stores the proof
    // before it sends it, and signs nothing above its deposit.
    let proof = manager.sign_balance(&sender, &channel, Amount::from_u64(30));
    let payment = Payment {
        sender: channel.sender,
        open_block: channel.open_block,
        proof,
        contract: Some(manager.address),
        receiver: Some(channel.receiver),
    };
    let headers = payment.headers();
    for (name, value) in &headers {
        println!("{name}: {value}");
    }

    // The receiver reads the headers, and recovers who signed.
    let find = |name: &str| headers.iter().find(|(header, _)| *header == name);
    let read = Payment::read(|name| find(name).map(|(_, value)| value))?;
    let payment = read.ok_or("no payment in these headers")?;
    manager.verify_balance(&channel, &payment.proof)?;
    println!("{} owes {} in all", payment.sender, payment.proof.balance);
    Ok(())
}
