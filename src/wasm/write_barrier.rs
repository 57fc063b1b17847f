//! A write barrier between pages that take a lock in turn: each sees everything that the one before wrote.
//!
//! A browser propagates changes in `localStorage` to other processes with a delay, and does not wait for
//! that before it passes a Web Lock on, so the next page could read an old record. IndexedDB has no such
//! delay. Therefore a page that has taken a lock takes the next number in IndexedDB, and before it
//! releases the lock writes that number to `localStorage`, as its last write. The next page polls its own
//! `localStorage` until it shows the last number in IndexedDB, for a second at most: a page that died with
//! the lock never wrote its number.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use crate::sender::store::keys;

use super::database::{self, Database};
use super::storage;
use super::timer::sleep;

const DATABASE: &str = "microraiden-turns";
const STORE: &str = "turns";
/// The timeout of the barrier, in milliseconds. By then the writes of a page that died are visible to all
/// pages.
const PATIENCE: u64 = 1000;
const POLL_MILLISECONDS: i32 = 3;

thread_local! {
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// The barrier of a page that holds the lock. Dropping it writes its number.
pub(crate) struct Fence {
    name: String,
    number: u64,
}

impl Drop for Fence {
    fn drop(&mut self) {
        storage::write_soon(&self.name, &self.number.to_string());
    }
}

impl Fence {
    /// Waits until everything that the previous holder of the lock wrote is visible here. `None`: IndexedDB
    /// is not available, so that there is only the lock.
    pub(crate) async fn enter(turn: &str) -> Option<Self> {
        let name = keys::barrier(turn);
        let before = match take_number(turn).await {
            Ok(before) => before,
            Err(_) => {
                // The browser may have closed the connection: open a new one next time.
                OPEN.with_borrow_mut(Option::take);
                return None;
            }
        };
        let end = (js_sys::Date::now() as u64).saturating_add(PATIENCE);
        while seen(&name).await < before && (js_sys::Date::now() as u64) < end {
            sleep(POLL_MILLISECONDS).await;
        }
        let number = before + 1;
        Some(Self { name, number })
    }
}

async fn seen(name: &str) -> u64 {
    let text = storage::read(name).await.ok().flatten();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Takes the next number and returns the previous one.
async fn take_number(turn: &str) -> Result<u64, JsValue> {
    let database = match OPEN.with_borrow(Clone::clone) {
        Some(database) => database,
        None => {
            let database = Rc::new(Database::open(DATABASE, STORE).await?);
            OPEN.with_borrow_mut(|open| *open = Some(Rc::clone(&database)));
            database
        }
    };
    let (_, store) = database.store("readwrite", "relaxed")?;
    let before = database::result(&store.get(turn)?).await?;
    let before = before.as_f64().map_or(0, |number| number as u64);
    database::result(&store.put(&((before + 1) as f64).into(), turn)?).await?;
    Ok(before)
}
