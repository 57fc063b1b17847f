//! Cache of name lists in `localStorage`: the time to list all names grows with every payment ever made,
//! too long to do it for each payment.
//!
//! A cached list is valid while the number of stored texts is unchanged, apart from what this page itself
//! added or removed. If another tab changes the names but not their number, the `storage` event clears the
//! cache.

use std::cell::RefCell;

use web_sys::Storage;

/// The most lists cached; a further one evicts the oldest.
const REMEMBERED: usize = 4;

struct List {
    prefix: String,
    names: Vec<String>,
    /// The total number of stored texts with which the list is valid.
    count: u32,
}

thread_local! {
    static LISTS: RefCell<Vec<List>> = const { RefCell::new(Vec::new()) };
}

/// The cached names with this prefix, if valid.
pub(super) fn known(storage: &Storage, prefix: &str) -> Option<Vec<String>> {
    let count = storage.length().ok()?;
    LISTS.with_borrow(|lists| {
        let known = lists.iter().find(|list| list.prefix == prefix)?;
        (known.count == count).then(|| known.names.clone())
    })
}

/// Caches a list that was just read.
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

/// Runs a change of one name's text, and updates or evicts the cached lists.
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

/// Clears the cache after a change by another tab.
pub(super) fn forget() {
    LISTS.with_borrow_mut(Vec::clear);
}
