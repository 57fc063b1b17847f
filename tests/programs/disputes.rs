//! The receiver with real contracts on a real chain: channels from opening to settlement, answers to
//! close requests below the accepted balance, and taking what was paid.

mod closing_all;
mod life;
mod setup;

use microraiden::protocol::{Generation, Uint256};
use microraiden::receiver::{AcceptError, ChainStatus, ChannelStatus, CollectError, Receiver};

use crate::basics::{key, units};
use crate::chain::ETHER;
#[cfg(feature = "postgres")]
use setup::Keep;
use setup::Setup;

/// R7: in both generations the proof wins, and nothing is paid any more meanwhile.
#[tokio::test]
async fn a_close_request_below_the_balance_is_answered() {
    for generation in Generation::ALL {
        let mut setup = Setup::new(generation).await;
        setup.request_close(10).await;
        setup.chain.stop_mining().await;
        setup.look().await;
        let closing = setup.stored().await.expect("the channel");
        assert!(matches!(closing.status, ChannelStatus::Closing { .. }));
        assert_eq!(setup.pay(41).await, Err(AcceptError::NonexistingChannel));
        let disputes = setup.receiver.disputes();
        assert_eq!((disputes.waiting, disputes.transactions), (1, 1));
        setup.chain.mine_at(Uint256::new(1)).await;
        setup.assert_paid_out().await;
        let disputes = setup.receiver.disputes();
        assert_eq!((disputes.waiting, disputes.transactions), (0, 1));
        assert_eq!(disputes.failures, 0);
    }
}

/// A request with the accepted balance is the sender's right: the receiver spends no ether on it.
#[tokio::test]
async fn a_true_close_request_is_left_alone() {
    let mut setup = Setup::new(Generation::V02).await;
    setup.request_close(40).await;
    setup.look().await;
    setup.look().await;
    let closing = setup.stored().await.expect("the channel");
    assert!(matches!(closing.status, ChannelStatus::Closing { .. }));
    assert_eq!(closing.payout, None);
    assert!(!setup.chain.is_settled(&setup.channel).await);
    let sent = setup.chain.node.next_nonce(key(2).address()).await;
    assert_eq!(sent, Ok(0));
}

/// The fee rises until the answer is mined, also after a restart and where the node forgot it.
#[tokio::test]
async fn an_answer_that_is_not_mined_is_sent_again_with_a_higher_fee() {
    let mut setup = Setup::new(Generation::V02).await;
    setup.request_close(10).await;
    setup.chain.stop_mining().await;
    setup.chain.mine_at(Uint256::new(1_000_000_000)).await;
    setup.look().await;
    let account = key(2).address();
    let mut fees = setup.chain.waiting_fees(account).await;
    assert_eq!(fees.len(), 1);
    for round in 0..3 {
        let newest = fees[round];
        let base_fee = if round == 0 {
            // The node forgets it, and suggests no more than before.
            setup.chain.forget_transactions_of(account).await;
            Uint256::new(1_000_000_000)
        } else {
            // Blocks that are too dear for it.
            newest.saturating_add(Uint256::ONE)
        };
        for _ in 0..3 {
            setup.chain.mine_at(base_fee).await;
        }
        if round == 1 {
            setup.restart().await;
        }
        setup.look().await;
        let waiting = setup.chain.waiting_fees(account).await;
        assert_eq!(waiting.len(), 1, "one replaces the other");
        // At least a tenth more.
        let times = |fee: Uint256, factor| fee.saturating_mul(Uint256::new(factor));
        assert!(times(waiting[0], 10) > times(newest, 11), "{waiting:?}");
        fees.push(waiting[0]);
        // Before its time it is not raised again.
        setup.look().await;
        assert_eq!(setup.chain.waiting_fees(account).await, waiting);
    }
    assert_eq!(setup.chain.node.mined_nonce(account).await, Ok(0));
    setup.chain.mine_at(Uint256::new(1)).await;
    setup.assert_paid_out().await;
    assert_eq!(setup.chain.node.mined_nonce(account).await, Ok(1));
}

/// Another transaction of the account came first, and vanished: the answer takes its place.
#[tokio::test]
async fn an_answer_does_not_wait_for_a_transaction_that_vanished() {
    let mut setup = Setup::new(Generation::V02).await;
    let account = key(2).address();
    setup.request_close(10).await;
    setup.chain.stop_mining().await;
    setup.chain.hand_in(account, account, Vec::new()).await;
    setup.look().await;
    let nonce = async |setup: &Setup| {
        let payout = setup.stored().await.and_then(|channel| channel.payout);
        payout.and_then(|payout| payout.attempt).map(|a| a.nonce)
    };
    assert_eq!(nonce(&setup).await, Some(1));
    setup.chain.forget_transactions_of(account).await;
    for _ in 0..3 {
        setup.chain.mine_at(Uint256::new(1)).await;
        setup.look().await;
    }
    assert_eq!(nonce(&setup).await, Some(0));
    setup.chain.mine_at(Uint256::new(1)).await;
    setup.assert_paid_out().await;
}

/// Over a database: what was sent is known after a crash of both database and receiver, and goes on.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn an_answer_outlives_the_crash_of_the_database() {
    for generation in Generation::ALL {
        let keep = Keep::Database(crate::cluster::Cluster::start());
        let mut setup = Setup::over(keep, generation).await;
        setup.request_close(10).await;
        setup.chain.stop_mining().await;
        setup.look().await;
        let begun = setup.stored().await.and_then(|channel| channel.payout);
        assert!(begun.is_some_and(|payout| payout.attempt.is_some()));
        if let Keep::Database(cluster) = &setup.keep {
            cluster.crash();
            cluster.start_again();
        }
        // The node has forgotten the transaction, too.
        setup.chain.forget_transactions_of(key(2).address()).await;
        setup.restart().await;
        setup.look().await;
        let kept = setup.stored().await.and_then(|channel| channel.payout);
        assert_eq!(kept, begun);
        assert_eq!(setup.pay(41).await, Err(AcceptError::NonexistingChannel));
        setup.chain.mine_at(Uint256::new(1)).await;
        setup.assert_paid_out().await;
        assert_eq!(setup.receiver.disputes().transactions, 0);
    }
}

/// Without ether nothing can be sent; when some arrives, the answer is.
#[tokio::test]
async fn ether_may_arrive_late() {
    let mut setup = Setup::new(Generation::V01).await;
    setup.chain.set_ether(key(2).address(), 1).await;
    setup.request_close(10).await;
    for _ in 0..3 {
        setup.look().await;
        assert_eq!(setup.receiver.status(), ChainStatus::EtherTooLow);
        assert!(!setup.chain.is_settled(&setup.channel).await);
    }
    setup.restart().await;
    setup.chain.set_ether(key(2).address(), ETHER).await;
    setup.look().await;
    setup.assert_paid_out().await;
}

/// The receiver leaves: what closing would pay is told first, changes nothing, and is what is paid.
#[tokio::test]
async fn all_channels_can_be_closed() {
    for generation in Generation::ALL {
        let mut setup = Setup::new(generation).await;
        // One in which nothing was paid has nothing to be closed for.
        let unpaid = setup.chain.open(&key(3), key(2).address(), units(5)).await;
        setup.look().await;
        let before = setup.stored().await;
        let claims = setup.receiver.closable(&setup.chain.node).await;
        let claims = claims.expect("the chain answers");
        let due: Vec<_> = claims.iter().map(|c| (c.channel, c.due)).collect();
        assert_eq!(due, [(setup.channel, units(40))]);
        assert_eq!(setup.stored().await, before);
        setup.receiver.close_all(&claims).await.expect("begun");
        assert_eq!(setup.pay(41).await, Err(AcceptError::NonexistingChannel));
        // Another process goes on with it.
        setup.restart().await;
        setup.chain.stop_mining().await;
        setup.look().await;
        setup.chain.mine_at(Uint256::new(1)).await;
        setup.assert_paid_out().await;
        assert!(!setup.chain.is_settled(&unpaid).await);
    }
}

/// R16. 0.2: what was earned is taken without closing; 0.1 can't.
#[tokio::test]
async fn what_was_paid_can_be_withdrawn() {
    let mut setup = Setup::new(Generation::V02).await;
    let node = setup.chain.node.clone();
    let due = async |receiver: &Receiver, minimum| {
        let claims = receiver.withdrawable(&node, units(minimum)).await;
        let claims = claims.expect("the chain answers");
        claims.iter().map(|c| c.due).collect::<Vec<_>>()
    };
    assert_eq!(due(&setup.receiver, 41).await, []);
    assert_eq!(due(&setup.receiver, 40).await, [units(40)]);
    let claims = setup.receiver.withdrawable(&node, units(1)).await;
    let claims = claims.expect("the chain answers");
    let begun = setup.receiver.withdraw_all(&claims).await;
    begun.expect("begun");
    // Another process goes on with it, also if the node has forgotten what was sent; once only.
    setup.chain.stop_mining().await;
    setup.look().await;
    let journalled = setup.stored().await.and_then(|c| c.withdrawal);
    assert!(journalled.is_some_and(|withdrawal| withdrawal.attempt.is_some()));
    setup.chain.forget_transactions_of(key(2).address()).await;
    setup.restart().await;
    setup.look().await;
    assert_eq!(setup.stored().await.and_then(|c| c.withdrawal), journalled);
    setup.chain.mine_at(Uint256::new(1)).await;
    setup.look().await;
    assert_eq!(setup.stored().await.and_then(|c| c.withdrawal), None);
    setup.chain.start_mining().await;
    let tokens = setup.chain.tokens(key(2).address()).await;
    assert_eq!(tokens, Uint256::new(40));
    // One transaction, and none for what was below the minimum.
    let sent = node.mined_nonce(key(2).address()).await;
    assert_eq!(sent, Ok(1));
    assert_eq!(due(&setup.receiver, 0).await, []);
    setup.look().await;
    assert_eq!(setup.stored().await.map(|c| c.withdrawn), Some(units(40)));
    // The channel goes on, and the next withdrawal pays the difference.
    assert!(setup.pay(45).await.is_ok());
    assert_eq!(due(&setup.receiver, 0).await, [units(5)]);
    setup.request_close(45).await;
    assert_eq!(due(&setup.receiver, 0).await, []);

    let setup = Setup::new(Generation::V01).await;
    let refused = setup.receiver.withdrawable(&setup.chain.node, units(1));
    assert_eq!(refused.await, Err(CollectError::NoWithdrawal));
}

/// The commands tell the same, do nothing in a dry run, and end when the chain has it.
#[tokio::test]
async fn the_commands_collect() {
    let mut setup = Setup::new(Generation::V02).await;
    let run = async |setup: &Setup, words: &[&str]| {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_microraiden-collect"))
            .args(["--rpc-url", &setup.chain.url])
            .args([
                "--contract",
                &setup.chain.contract.manager.address.to_string(),
            ])
            .arg("--store")
            .arg(setup.keep.place())
            .args(words)
            .env("MICRORAIDEN_RECEIVER_KEY", key(2).to_hex().as_str())
            .output();
        let output = output.await.expect("the program");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let named = format!(
        "{} {} 40\n1 channels\n",
        setup.channel.sender, setup.channel.open_block
    );
    let withdrawn = format!(
        "withdrawn {} {} 40\n",
        setup.channel.sender, setup.channel.open_block
    );
    let before = setup.stored().await;
    let told = run(&setup, &["withdraw", "--dry-run"]).await;
    assert_eq!(told, format!("withdraw {named}"));
    let told = run(&setup, &["close-all", "--dry-run"]).await;
    assert_eq!(told, format!("close {named}"));
    assert_eq!(setup.chain.node.next_nonce(key(2).address()).await, Ok(0));
    assert_eq!(setup.stored().await, before);

    let told = run(&setup, &["withdraw", "--minimum", "41"]).await;
    assert_eq!(told, "0 channels\n");
    let told = run(&setup, &["withdraw"]).await;
    assert!(told == format!("withdraw {named}{withdrawn}"), "{told}");
    let told = run(&setup, &["close-all"]).await;
    assert!(told.ends_with(" 0\n1 channels\nall closed\n"), "{told}");
    setup.assert_paid_out().await;
}
