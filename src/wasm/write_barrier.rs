//! A fence between pages that take turns: who comes next sees all that was written before.
//!
//! A browser tells other processes of a change in `localStorage` a moment later, and hands a Web
//! Lock on without waiting for that, so the next page in turn could read an old record. IndexedDB
//! has no such delay. A page that got the lock of a turn therefore takes the next number there, and
//! writes that number to `localStorage` after everything else before it gives the lock back. The next
//! page waits until its own `localStorage` shows the number that IndexedDB has; a page that died with
//! the lock never wrote it, so the wait is bounded.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::database::{self, Database};
use super::storage;
use super::timer::sleep;

const DATABASE: &str = "microraiden-turns";
const STORE: &str = "turns";
/// How long what a page wrote before it died takes at most to be seen everywhere, in milliseconds.
const PATIENCE: u64 = 1000;
const POLL_MILLISECONDS: i32 = 3;

thread_local! {
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// Stands between the page that has the lock and the one before. Written when dropped.
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
    /// Waits until everything that the turn before wrote is seen here. `None`: this browser has no
    /// IndexedDB for this page, and the lock alone must do.
    pub(crate) async fn enter(turn: &str) -> Option<Self> {
        let name = format!("microraiden:turn:{turn}");
        let before = match take_number(turn).await {
            Ok(before) => before,
            Err(_) => {
                // The connection may have been closed by the browser: opened anew next time.
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

/// Takes the next number; returns the one before.
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
