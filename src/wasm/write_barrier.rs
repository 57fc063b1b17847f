//! A write barrier between pages that take a lock in turn: each sees everything that the one before wrote.
//!
//! A browser propagates changes in `localStorage` to other processes with a delay, and does not wait for
//! that before it passes a Web Lock on, so the next page could read an old record. IndexedDB has no such
//! delay. Therefore a page that has taken a lock takes the next number in IndexedDB, and before it
//! releases the lock writes that number to `localStorage`, as its last write, and notes in IndexedDB that it did.
//! The next page waits until its own `localStorage` shows the last number in IndexedDB: a page that died with the
//! lock never wrote its number, so without that note it waits for a second at most. It is woken by the `storage`
//! event; timers are slow in hidden tabs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::sender::store::keys::LockName;

use super::call_options::Watch;
use super::database::{self, Database};
use super::names;
use super::release::Release;
use super::storage;
use super::timer::{self, Timer};

const DATABASE: &str = "microraiden-turns";
const STORE: &str = "turns";
/// The timeout of the barrier after a page that did not note its number, in milliseconds. By then the writes of a
/// page that died are visible to all pages.
const PATIENCE: u64 = 1000;
/// The same after one that did, whose writes only take their time.
const LONGEST: u64 = 10_000;
/// The timeout of the database, in milliseconds. A busy machine may need seconds; one that never answers costs as
/// long as this once, and then [`PATIENCE`].
const DATABASE_PATIENCE: u64 = 5000;

thread_local! {
    /// The last number that this page took, by lock.
    static TAKEN: RefCell<Vec<(String, u64)>> = const { RefCell::new(Vec::new()) };
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
    /// Whether the database did not answer in time before.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// The barrier of a page that holds the lock.
pub(crate) struct WriteBarrier {
    turn: String,
    name: String,
    number: u64,
}

impl WriteBarrier {
    /// Writes its number and then releases the lock: at once in a page; in a worker when its page has written.
    pub(crate) fn leave(self, release: Release) {
        let Self { turn, name, number } = self;
        storage::write_soon(&name, &number.to_string(), move || {
            let _release = release;
            // Nobody waits: the next page's transaction comes after this one.
            if let Some(database) = OPEN.with_borrow(Clone::clone)
                && let Ok((_, store)) = database.store("readwrite", "relaxed")
            {
                let _ = store.put(&(number as f64).into(), &written(&turn));
            }
        });
    }

    /// Waits until everything that the previous holder of the lock wrote is visible here. `None`: the lock guards no
    /// texts, or IndexedDB is not available, so that there is only the lock.
    pub(crate) async fn enter(lock: &LockName) -> Option<Self> {
        let (turn, name) = (lock.as_str(), lock.barrier()?);
        let patience = match SILENT.get() {
            true => PATIENCE,
            false => DATABASE_PATIENCE,
        };
        let (before, is_written) = match timer::within(patience as i32, take_number(turn)).await {
            Ok(taken) => taken,
            Err(_) => {
                SILENT.set(true);
                // The browser may have closed the connection: open a new one next time.
                OPEN.with_borrow_mut(Option::take);
                names::forget();
                return None;
            }
        };
        SILENT.set(false);
        // Where there is no number at all, somebody has cleared it.
        let is_slow = is_written && seen(&name).await > 0;
        let end = now().saturating_add(if is_slow { LONGEST } else { PATIENCE });
        let mut change = Change::of(&name);
        while seen(&name).await < before && now() < end {
            change.or_after((end - now().min(end)) as i32).await;
        }
        let number = before + 1;
        if note(turn, number) != Some(before) {
            // Another page had the lock since, and its `storage` events may be under way.
            names::forget();
        }
        let turn = turn.to_owned();
        Some(Self { turn, name, number })
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

/// Where it is noted which number a page wrote last.
fn written(turn: &str) -> String {
    format!("{turn} written")
}

/// Takes the next number. Returns the previous one, and whether the page that took it has written it.
async fn take_number(turn: &str) -> Result<(u64, bool), JsValue> {
    let database = match OPEN.with_borrow(Clone::clone) {
        Some(database) => database,
        None => {
            let database = Rc::new(Database::open(DATABASE, STORE).await?);
            OPEN.with_borrow_mut(|open| *open = Some(Rc::clone(&database)));
            database
        }
    };
    let (_, store) = database.store("readwrite", "relaxed")?;
    let number = |value: JsValue| value.as_f64().map_or(0, |number| number as u64);
    let last = number(database::result(&store.get(&written(turn))?).await?);
    let before = number(database::result(&store.get(turn)?).await?);
    database::result(&store.put(&((before + 1) as f64).into(), turn)?).await?;
    Ok((before, last == before))
}
