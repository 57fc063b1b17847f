//! Closing a channel in which numbers were used.

use microraiden::protocol::Generation;
use microraiden::receiver::{AcceptError, ChannelStatus, CloseError};

use super::{ask, channel_key, id, proof, receiver, receiver_of, stored};
use crate::basics::{key, units};

#[tokio::test]
async fn closing_is_for_what_was_charged() {
    for generation in Generation::ALL {
        let receiver = receiver_of(generation).await;
        let manager = receiver.contract().manager;
        let with = async |proof| receiver.sign_close_with(channel_key(), proof).await;
        let nothing = with(proof(&receiver, 0)).await;
        assert_eq!(nothing, Err(CloseError::NothingPaid));
        ask(&receiver, 1, 10).await.expect("charged");
        ask(&receiver, 3, 30).await.expect("charged");
        for other in [10, 19, 21, 29, 31] {
            let refused = with(proof(&receiver, other)).await;
            assert_eq!(refused, Err(CloseError::OtherBalance), "{other}");
        }
        let forged = manager.sign_balance(&key(9), &id(), units(20));
        assert_eq!(with(forged).await, Err(CloseError::InvalidProof));
        let unsigned = receiver.sign_close(channel_key(), units(20)).await;
        assert_eq!(unsigned, Err(CloseError::OtherBalance), "without a proof");
        assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);

        let charged = proof(&receiver, 20);
        let agreed = with(charged).await.expect("agreed");
        assert_eq!(agreed.proof, charged);
        let verified = manager.verify_closing(&id(), &charged, &agreed.signature);
        verified.expect("the receiver's");
        let channel = stored(&receiver).await;
        assert_eq!(
            (channel.status, channel.ceiling),
            (ChannelStatus::Agreed, Some(units(20)))
        );
        assert_eq!(channel.claim(units(1000)), Some(charged));
        // Asked again, with and without the proof, and for nothing else.
        assert_eq!(with(charged).await, Ok(agreed));
        let again = receiver.sign_close(channel_key(), units(20)).await;
        assert_eq!(again, Ok(agreed.signature));
        for other in [10, 30] {
            let refused = with(proof(&receiver, other)).await;
            assert_eq!(refused, Err(CloseError::OtherBalance), "{other}");
        }
        let late = ask(&receiver, 4, 40).await;
        assert_eq!(late, Err(AcceptError::NonexistingChannel));
    }
}

/// An older client knows only what is accepted, and gives its credit away.
#[tokio::test]
async fn closing_for_what_is_accepted_is_agreed_to_as_ever() {
    let receiver = receiver().await;
    ask(&receiver, 1, 10).await.expect("charged");
    ask(&receiver, 3, 30).await.expect("charged");
    let agreed = receiver.sign_close(channel_key(), units(30)).await;
    let agreed = agreed.expect("agreed");
    assert_eq!(
        receiver.sign_close(channel_key(), units(30)).await,
        Ok(agreed)
    );
    let lower = receiver
        .sign_close_with(channel_key(), proof(&receiver, 20))
        .await;
    assert_eq!(lower, Err(CloseError::OtherBalance));
    let channel = stored(&receiver).await;
    assert_eq!(channel.ceiling, Some(units(30)));
}

#[tokio::test]
async fn without_the_sender_the_least_is_taken_that_covers_what_was_charged() {
    let receiver = receiver().await;
    for (number, balance) in [(1, 10), (9, 90), (3, 30), (5, 50)] {
        ask(&receiver, number, balance).await.expect("charged");
    }
    // 40 of 90 are charged.
    let channel = stored(&receiver).await;
    assert_eq!(channel.claim(units(1000)), Some(proof(&receiver, 50)));
    assert_eq!(channel.owed(units(1000)), units(40));
    assert_eq!(
        channel.withdrawable(units(1000)),
        Some(proof(&receiver, 30))
    );
    // What a lower deposit covers.
    assert_eq!(channel.claim(units(49)), Some(proof(&receiver, 30)));
    assert_eq!(channel.owed(units(49)), units(30));
    assert_eq!(channel.claim(units(9)), None);
    receiver.force_close(channel_key()).await.expect("begun");
    let refused = receiver
        .sign_close_with(channel_key(), proof(&receiver, 40))
        .await;
    assert_eq!(
        refused,
        Err(CloseError::OtherBalance),
        "a transaction may be under way"
    );
}
