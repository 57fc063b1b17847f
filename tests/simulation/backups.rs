//! When a backup is needed: money is there that none holds.

use std::cell::Cell;
use std::rc::Rc;

use microraiden::protocol::Amount;
use microraiden::sender::ChannelState;
use microraiden::sender::flow::close::CloseWish;

use super::episode::finish;
use super::lagging::{fetch, quiet};
use super::model::Shared;
use super::page::Page;

/// Whether a backup is needed, if there is no money outside of channels, and if there is.
fn lacks(shared: &Shared) -> [bool; 2] {
    let page = Page::new(shared);
    let outcome = Rc::new(Cell::new(None));
    let told = Rc::clone(&outcome);
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            let without = sender.lacks_backup(false).await.expect("no faults");
            let with = sender.lacks_backup(true).await.expect("no faults");
            told.set(Some([without, with]));
        }),
    );
    outcome.take().expect("it has ended")
}

/// A backup of all that is stored now, or of the key alone.
fn export(shared: &Shared, channels: bool) {
    let page = Page::new(shared);
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            let mut records = sender.records().await.expect("no faults");
            records.retain(|_| channels);
            sender.note_backup(&records).await.expect("no faults");
        }),
    );
}

fn close_all(shared: &Shared) {
    let page = Page::new(shared);
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            let mut open = sender.records().await.expect("no faults");
            open.retain(|record| record.state == ChannelState::Open);
            for record in open {
                let closed = sender.close(record.id, CloseWish::default()).await;
                assert!(closed.expect("no faults").balance > Amount::ZERO);
            }
        }),
    );
}

#[test]
fn a_backup_is_needed_once_money_is_there_and_until_one_holds_the_newest_channel() {
    let shared = quiet();
    assert_eq!(lacks(&shared), [false, true]);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(lacks(&shared), [true, true]);
    export(&shared, false);
    assert_eq!(lacks(&shared), [true, true]);
    export(&shared, true);
    assert_eq!(lacks(&shared), [false, false]);
    // One with less takes nothing away.
    export(&shared, false);
    assert_eq!(lacks(&shared), [false, false]);
    close_all(&shared);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(lacks(&shared), [true, true]);
    close_all(&shared);
    assert_eq!(lacks(&shared), [false, false]);
}
