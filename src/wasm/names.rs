//! The names in `localStorage`, remembered: listing them anew for every payment would cost more with
//! every payment that was ever made.
//!
//! What is remembered holds as long as the number of stored texts is what it was, apart from what this
//! page itself added or removed. A list that another tab changed without changing the number is told
//! of by the `storage` event.

use std::cell::RefCell;

use web_sys::Storage;

/// Lists remembered at a time.
const REMEMBERED: usize = 4;

struct List {
    prefix: String,
    names: Vec<String>,
    /// The number of all texts for which the list holds.
    count: u32,
}

thread_local! {
    static LISTS: RefCell<Vec<List>> = const { RefCell::new(Vec::new()) };
}

/// The names that begin so, if they are known.
pub(super) fn known(storage: &Storage, prefix: &str) -> Option<Vec<String>> {
    let count = storage.length().ok()?;
    LISTS.with_borrow(|lists| {
        let known = lists.iter().find(|list| list.prefix == prefix)?;
        (known.count == count).then(|| known.names.clone())
    })
}

/// Remembers a list that was just made.
pub(super) fn remember(storage: &Storage, prefix: &str, names: &[String]) {
    let Ok(count) = storage.length() else { return };
    LISTS.with_borrow_mut(|lists| {
        lists.retain(|list| list.prefix != prefix);
        if lists.len() >= REMEMBERED {
            lists.remove(0);
        }
        lists.push(List {
            prefix: prefix.to_owned(),
            names: names.to_vec(),
            count,
        });
    });
}

/// Does what changes the text of a name, and keeps the lists true.
pub(super) fn changing<T>(storage: &Storage, name: &str, change: impl FnOnce() -> T) -> T {
    let before = storage.length().unwrap_or(0);
    let done = change();
    let after = storage.length().unwrap_or(0);
    if before != after {
        LISTS.with_borrow_mut(|lists| {
            lists.retain(|list| !name.starts_with(&*list.prefix) && list.count == before);
            for list in lists {
                list.count = after;
            }
        });
    }
    done
}

/// Another tab changed something.
pub(super) fn forget() {
    LISTS.with_borrow_mut(Vec::clear);
}
