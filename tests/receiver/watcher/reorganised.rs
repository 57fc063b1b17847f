//! What a reorganisation takes back that was confirmed: settlements, top ups, close requests.

use crate::basics::{MANAGER, key, units};
use microraiden::protocol::transaction::Fee;
use microraiden::protocol::{Amount, BalanceProof, ChannelId, Uint256, event};
use microraiden::receiver::{
    AcceptError, Channel, ChannelKey, ChannelStatus, Payout, PayoutTransaction, Select, StoreExt,
    Totals,
};

use super::chain::{receiver_key, sender};
use super::{Setup, setup};

fn id() -> ChannelId {
    ChannelId {
        sender: sender(),
        receiver: receiver_key().address(),
        open_block: 5,
    }
}

/// A receiver that needs one confirmation, and a channel of deposit 100 in block 5.
async fn with_channel() -> Setup {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(6).await;
    setup
}

fn settle(setup: &Setup, block: u64, balance: u64) {
    let words = [balance, balance];
    let signature = event::signature::SETTLED_V02;
    setup.chain.log(block, signature, Some(5), &words);
}

fn top_up(setup: &Setup, block: u64, added: u64) {
    let signature = event::signature::TOPPED_UP;
    setup.chain.log(block, signature, Some(5), &[added]);
}

fn request_close(setup: &Setup, block: u64, balance: u64) {
    let signature = event::signature::CLOSE_REQUESTED;
    setup.chain.log(block, signature, Some(5), &[balance]);
}

/// All blocks from this one on are replaced by others without events.
async fn take_back(setup: &mut Setup, from: u64) {
    let mut newest = 0;
    setup.chain.change(|s| {
        let forks = u8::try_from(s.fork.len()).expect("few");
        s.fork.push((from, forks + 1));
        s.logs.retain(|log| log.block < from);
        newest = s.newest;
    });
    // Whoever wants to see it more than once may.
    for more in 1..=5 {
        setup.at(newest + more).await;
    }
}

/// Pays 1 for each balance up to this one.
async fn pay_up_to(setup: &Setup, balance: u64) {
    let before = setup.channel().await.expect("the channel").balance();
    let before = u64::try_from(Uint256::from(before)).expect("a small number");
    for balance in before + 1..=balance {
        setup.pay(balance).await.expect("paid");
    }
}

async fn shown(setup: &Setup) -> usize {
    let store = setup.receiver.store();
    let mut shown = 0;
    for select in [
        Select::All,
        Select::Of(sender()),
        Select::Waiting,
        Select::Payouts,
    ] {
        shown += store.all(select).await.expect("memory").len();
    }
    if store.totals().await != Ok(Totals::default()) {
        shown += 1;
    }
    shown
}

async fn kept(setup: &Setup) -> Vec<Channel> {
    let kept = setup.receiver.store().all(Select::Reversible).await;
    kept.expect("memory")
}

/// An agreement that was given closes the channel for ever with its balance: nothing above it is
/// served, whatever comes and goes.
#[tokio::test]
async fn an_agreement_outlives_the_settlement_that_vanishes() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let agree = async |setup: &Setup| {
        let key = ChannelKey::from(&id());
        setup.receiver.sign_close(key, units(10)).await
    };
    let agreed = agree(&setup).await.expect("agreed");
    let before = setup.channel().await;
    settle(&setup, 8, 10);
    setup.at(8).await;
    assert_eq!((setup.channel().await, shown(&setup).await), (None, 0));
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
    take_back(&mut setup, 8).await;
    let modified = |channel: Option<Channel>| channel.map(|c| (c.status, c.proof(), c.deposit));
    assert_eq!(modified(setup.channel().await), modified(before));
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
    assert_eq!(agree(&setup).await, Ok(agreed));
    // The opening is taken back, too, and comes again.
    take_back(&mut setup, 4).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Unconfirmed));
    assert_eq!(setup.pay(11).await, Err(AcceptError::Unconfirmed));
    setup.chain.log(5, event::signature::CREATED, None, &[70]);
    take_back(&mut setup, 6).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(
        (channel.status, channel.deposit),
        (ChannelStatus::Agreed, units(70))
    );
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
}

/// Also where nothing was agreed to: the proof is the receiver's money.
#[tokio::test]
async fn a_settled_channel_comes_back_with_its_proof() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let proof = setup.channel().await.and_then(|channel| channel.proof());
    request_close(&setup, 7, 10);
    settle(&setup, 600, 10);
    setup.at(600).await;
    assert_eq!((setup.channel().await, shown(&setup).await), (None, 0));
    take_back(&mut setup, 600).await;
    let channel = setup.channel().await.expect("the channel");
    let settle_block = 507;
    assert_eq!(channel.status, ChannelStatus::Closing { settle_block });
    assert_eq!((channel.proof(), channel.payout), (proof, None));
    // Without the request it would be open, but for the settlement that somebody could repeat.
    take_back(&mut setup, 7).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
    // A cheat that the reorganisation makes possible is answered.
    setup.chain.change(|s| s.deposit = Some(100));
    request_close(&setup, 620, 0);
    setup.at(620).await;
    assert_eq!(setup.receiver.disputes().transactions, 1);
}

/// The receiver's own dispute, mined and taken back, is sent again as it was.
#[tokio::test]
async fn a_dispute_that_vanishes_is_sent_again() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    setup.chain.change(|s| s.deposit = Some(100));
    request_close(&setup, 7, 1);
    setup.at(7).await;
    let sent = |setup: &Setup| {
        let mut sent = Vec::new();
        setup.chain.change(|s| sent = std::mem::take(&mut s.sent));
        sent
    };
    let first = sent(&setup);
    assert_eq!(first.len(), 1);
    settle(&setup, 8, 10);
    setup.chain.change(|s| s.deposit = None);
    setup.at(8).await;
    assert_eq!((setup.channel().await, shown(&setup).await), (None, 0));
    assert!(sent(&setup).is_empty());
    setup.chain.change(|s| s.deposit = Some(100));
    take_back(&mut setup, 8).await;
    assert!(sent(&setup).contains(&first[0]));
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
}

/// A dispute shows everybody the receiver's agreement: it binds, though the request has vanished that
/// it answered.
#[tokio::test]
async fn a_dispute_that_was_sent_is_an_agreement() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    setup.chain.change(|s| s.deposit = Some(100));
    request_close(&setup, 7, 1);
    setup.at(7).await;
    let begun = setup.channel().await.and_then(|channel| channel.payout);
    assert!(begun.is_some_and(|payout| payout.attempt.is_some()));
    take_back(&mut setup, 7).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.status, ChannelStatus::Agreed);
    assert!(channel.payout.is_some());
    assert_eq!(setup.pay(11).await, Err(AcceptError::NonexistingChannel));
}

/// What is buried deeper than any reorganisation is forgotten, and only that.
#[tokio::test]
async fn settled_channels_are_kept_for_long_but_not_for_ever() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let depth = setup.receiver.terms().reorg_depth;
    assert!(depth >= 10_000);
    settle(&setup, 8, 10);
    for newest in [8, 100, 8 + depth - 1] {
        setup.at(newest).await;
        assert_eq!((kept(&setup).await.len(), shown(&setup).await), (1, 0));
    }
    setup.at(8 + depth + 100).await;
    assert_eq!(kept(&setup).await, []);
}

/// One that never comes back after a reorganisation, because its opening is in another block now,
/// is kept as long.
#[tokio::test]
async fn a_channel_that_vanished_is_forgotten_in_the_end() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let depth = setup.receiver.terms().reorg_depth;
    take_back(&mut setup, 4).await;
    setup.at(depth).await;
    assert!(setup.channel().await.is_some());
    setup.at(depth + 200).await;
    assert_eq!(setup.channel().await, None);
}

/// Read again, what stays settled stays unseen.
#[tokio::test]
async fn a_settlement_that_is_read_again_is_none_of_a_new_channel() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    settle(&setup, 8, 10);
    setup.at(10).await;
    take_back(&mut setup, 9).await;
    assert_eq!((setup.channel().await, shown(&setup).await), (None, 0));
    assert_eq!(kept(&setup).await.len(), 1);
}

/// A reorganisation may bring a block that opens, closes by an agreement, and opens again: the
/// agreement closes the new channel as well, so nothing is sold in it.
#[tokio::test]
async fn an_agreement_binds_a_channel_opened_again_in_its_block() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let key = ChannelKey::from(&id());
    let agreed = setup.receiver.sign_close(key, units(10)).await;
    agreed.expect("agreed");
    take_back(&mut setup, 5).await;
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    settle(&setup, 5, 10);
    setup.chain.log(5, event::signature::CREATED, None, &[70]);
    take_back(&mut setup, 6).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(
        (channel.deposit, channel.payout, channel.settled),
        (units(70), None, None)
    );
    for balance in [1, 10, 11] {
        assert_eq!(
            setup.pay(balance).await,
            Err(AcceptError::NonexistingChannel)
        );
    }
}

/// Somebody closed the channel by an agreement that this store knows nothing of.
#[tokio::test]
async fn a_settlement_binds_a_channel_opened_again_in_its_block() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    settle(&setup, 5, 4);
    setup.chain.log(5, event::signature::CREATED, None, &[70]);
    setup.at(6).await;
    pay_up_to(&setup, 4).await;
    assert_eq!(setup.pay(5).await, Err(AcceptError::NonexistingChannel));
}

/// The usual channel with proofs below and above its first deposit of 100, up to 120 of 150.
async fn topped_up() -> Setup {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 40).await;
    top_up(&setup, 7, 50);
    setup.at(7).await;
    pay_up_to(&setup, 120).await;
    setup
}

/// The balance that the receiver closes with on the chain; the contract holds this deposit.
async fn closes_with(setup: &mut Setup, deposit: u64) -> Option<Amount> {
    let mut newest = 0;
    setup.chain.change(|s| {
        (s.deposit, newest) = (Some(deposit), s.newest);
        s.sent.clear();
    });
    request_close(setup, newest + 1, 1);
    setup.at(newest + 1).await;
    let mut sent = Vec::new();
    setup.chain.change(|s| sent.clone_from(&s.sent));
    let raw = sent.pop()?;
    let key = key(1);
    let signed = |balance: u64| MANAGER.sign_balance(&key, &id(), units(balance));
    let holds = |proof: &BalanceProof| {
        let signature: String = proof.signature.to_string();
        raw.contains(signature.trim_start_matches("0x"))
    };
    let used = (1..=200).map(signed).find(holds).expect("a proof");
    Some(used.balance)
}

#[tokio::test]
async fn a_top_up_that_vanishes_takes_only_what_was_above_it() {
    let mut setup = topped_up().await;
    take_back(&mut setup, 7).await;
    assert_eq!(setup.deposit().await, units(100));
    // What was accepted stays counted: nothing is sold for it twice.
    assert!(matches!(
        setup.pay(100).await,
        Err(AcceptError::InvalidAmount(_))
    ));
    assert_eq!(closes_with(&mut setup, 100).await, Some(units(100)));
}

/// The contract's word counts, before the watcher knows.
#[tokio::test]
async fn a_top_up_may_vanish_before_the_reorganisation_is_noticed() {
    let mut setup = topped_up().await;
    assert_eq!(closes_with(&mut setup, 100).await, Some(units(100)));
    let mut setup = topped_up().await;
    assert_eq!(closes_with(&mut setup, 150).await, Some(units(120)));
}

/// Of several top ups the later ones vanish, or an earlier one alone.
#[tokio::test]
async fn each_deposit_keeps_its_highest_proof() {
    let cases = [
        (100, 100),
        (120, 100),
        (150, 150),
        (179, 150),
        (180, 180),
        (230, 190),
    ];
    for (deposit, expected) in cases {
        let mut setup = topped_up().await;
        top_up(&setup, 8, 30);
        // Two in one block.
        top_up(&setup, 9, 20);
        top_up(&setup, 9, 30);
        setup.at(9).await;
        pay_up_to(&setup, 190).await;
        let closed = closes_with(&mut setup, deposit).await;
        assert_eq!(closed, Some(units(expected)), "of {deposit}");
    }
}

/// The top up comes back in a later block, and vanishes again.
#[tokio::test]
async fn a_top_up_may_come_and_go() {
    let mut setup = topped_up().await;
    for round in 0..3 {
        take_back(&mut setup, 7).await;
        let block = 20 + round * 10;
        top_up(&setup, block, 50);
        setup.at(block).await;
        assert_eq!(setup.deposit().await, units(150));
        pay_up_to(&setup, 125 + round).await;
    }
    take_back(&mut setup, 7).await;
    assert_eq!(closes_with(&mut setup, 100).await, Some(units(100)));
}

/// A request with all that is left to be had is no cheat: a dispute would only cost.
#[tokio::test]
async fn a_request_is_held_against_what_the_deposit_covers() {
    let mut setup = topped_up().await;
    take_back(&mut setup, 7).await;
    setup.chain.change(|s| s.deposit = Some(100));
    request_close(&setup, 30, 100);
    setup.at(30).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.payout, None);
}

/// Not for ever, and not more of them than a few.
#[tokio::test]
async fn few_proofs_are_kept_and_none_below_a_final_deposit() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 50).await;
    for block in 7..107 {
        top_up(&setup, block, 1);
        setup.at(block).await;
        assert!(setup.pay(44 + block).await.is_ok());
        assert!(setup.channel().await.expect("it").levels.len() <= 16);
    }
    // The large step is the last to be given up.
    let channel = setup.channel().await.expect("the channel");
    let within = channel.within(units(100)).expect("a proof");
    assert!(within.balance >= units(50), "{within:?}");
    let depth = setup.receiver.terms().reorg_depth;
    setup.at(107 + depth + 100).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.levels, []);
    assert_eq!(channel.balance(), units(150));
}

/// Whatever a record holds of a payout, it comes back with it.
#[tokio::test]
async fn a_close_that_was_begun_goes_on() {
    let mut setup = with_channel().await;
    pay_up_to(&setup, 10).await;
    let attempt = PayoutTransaction {
        nonce: 7,
        gas_limit: 80_000,
        fee: Fee::Legacy {
            gas_price: Uint256::new(9),
        },
        block: 6,
    };
    let payout = Payout {
        attempt: Some(attempt),
    };
    let begin = move |channel: &mut Channel| {
        channel.status = ChannelStatus::Agreed;
        channel.payout = Some(payout);
        Ok::<_, ()>(())
    };
    let key = ChannelKey::from(&id());
    let begun = setup.receiver.store().update(key, begin).await;
    assert_eq!(begun, Ok(Some(Ok(()))));
    for (settled, from) in [(20, 20), (40, 40), (60, 5)] {
        settle(&setup, settled, 10);
        setup.at(settled).await;
        assert_eq!(setup.channel().await, None);
        take_back(&mut setup, from).await;
        if from == 5 {
            setup.chain.log(5, event::signature::CREATED, None, &[100]);
            take_back(&mut setup, 6).await;
        }
        let channel = setup.channel().await.expect("the channel");
        assert_eq!(
            (channel.status, channel.payout),
            (ChannelStatus::Agreed, Some(payout))
        );
    }
}
