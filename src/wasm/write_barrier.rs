//! A write barrier between pages that take a lock in turn: each sees everything that the one before wrote.
//!
//! A browser propagates changes in `localStorage` to other processes with a delay, and does not wait for
//! that before it passes a Web Lock on, so the next page could read an old record. IndexedDB has no such
//! delay. Therefore a page that has taken a lock takes the next number in IndexedDB, and before it
//! releases the lock writes that number to `localStorage`, as its last write. The next page waits until its
//! own `localStorage` shows the last number in IndexedDB, for a second at most: a page that died with the
//! lock never wrote its number. It is woken by the `storage` event; timers are slow in hidden tabs.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::sender::store::keys;

use super::call_options::Watch;
use super::database::{self, Database};
use super::names;
use super::storage;
use super::timer::{self, Timer};

const DATABASE: &str = "microraiden-turns";
const STORE: &str = "turns";
/// The timeout of the barrier, in milliseconds. By then the writes of a page that died are visible to all
/// pages.
const PATIENCE: u64 = 1000;

thread_local! {
    /// The last number that this page took, by lock.
    static TAKEN: RefCell<Vec<(String, u64)>> = const { RefCell::new(Vec::new()) };
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// The barrier of a page that holds the lock. Dropping it writes its number.
pub(crate) struct WriteBarrier {
    name: String,
    number: u64,
}

impl Drop for WriteBarrier {
    fn drop(&mut self) {
        storage::write_soon(&self.name, &self.number.to_string());
    }
}

impl WriteBarrier {
    /// Waits until everything that the previous holder of the lock wrote is visible here. `None`: IndexedDB
    /// is not available, so that there is only the lock.
    pub(crate) async fn enter(turn: &str) -> Option<Self> {
        let name = keys::barrier(turn);
        let end = now().saturating_add(PATIENCE);
        // A database that never answers costs as long as the slowest write takes, and no barrier.
        let before = match timer::within(PATIENCE as i32, take_number(turn)).await {
            Ok(before) => before,
            Err(_) => {
                // The browser may have closed the connection: open a new one next time.
                OPEN.with_borrow_mut(Option::take);
                names::forget();
                return None;
            }
        };
        let mut change = Change::of(&name);
        while seen(&name).await < before && now() < end {
            change.or_after((end - now().min(end)) as i32).await;
        }
        let number = before + 1;
        if note(turn, number) != Some(before) {
            // Another page had the lock since, and its `storage` events may be under way.
            names::forget();
        }
        Some(Self { name, number })
    }
}

/// The next change of a stored text by another page.
struct Change {
    changed: Rc<RefCell<(Promise, Option<Function>)>>,
    stop: JsValue,
    _hear: Closure<dyn Fn()>,
}

impl Change {
    fn of(name: &str) -> Self {
        let changed = Rc::new(RefCell::new(signal()));
        let heard = Rc::clone(&changed);
        let hear = Closure::<dyn Fn()>::new(move || {
            let (_, resolve) = heard.replace(signal());
            if let Some(resolve) = resolve {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        let stop = storage::listen(name, hear.as_ref().unchecked_ref::<Function>().clone());
        Self {
            changed,
            stop,
            _hear: hear,
        }
    }

    /// Waits for it, for so many milliseconds at most.
    async fn or_after(&mut self, milliseconds: i32) {
        let (late, resolve) = signal();
        let _timer = resolve.map(|resolve| Timer::start(&resolve, milliseconds));
        let changed = self.changed.borrow().0.clone();
        let first = Promise::race(&js_sys::Array::of2(&changed, &late));
        let _ = JsFuture::from(first).await;
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.dyn_ref::<Function>() {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
    }
}

fn signal() -> (Promise, Option<Function>) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver)
}

fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// Notes the number taken; returns the one taken before.
fn note(turn: &str, number: u64) -> Option<u64> {
    TAKEN.with_borrow_mut(|taken| {
        if let Some((_, last)) = taken.iter_mut().find(|(known, _)| known == turn) {
            return Some(core::mem::replace(last, number));
        }
        taken.push((turn.to_owned(), number));
        None
    })
}

async fn seen(name: &str) -> u64 {
    let text = storage::read(name, &Watch::default()).await.ok().flatten();
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
