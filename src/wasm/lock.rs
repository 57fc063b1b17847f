//! Locks, called turns in the code: calls never interleave reading, signing, sending and storing for one
//! channel.
//!
//! Across tabs and workers a turn holds a Web Lock, which the browser releases if the page dies. Taking
//! one costs more than a signature, so a page keeps it over turns in quick succession. It releases the
//! Web Lock when another page requests it ([`super::lock_request`]), when it is idle here for 100 to 200
//! milliseconds, when the user leaves the page, and after a second at the latest. Within the page turns
//! are granted in the order of requests.
//!
//! In a browser without Web Locks (insecure context) turns work within one page only, and a claim in
//! storage keeps a second page from paying.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::sender::store::keys::{self, LockName};

use super::call_options::{AbortListener, Watch};
use super::deadline::Deadline;
use super::error::{Failure, set};
use super::lock_request;
use super::promise::soon;
use super::release::{self, Release, Requested, deferred, resolve};
use super::storage;
use super::timer::sleep;
use super::write_barrier::WriteBarrier;

/// The poll interval for idle locks, in milliseconds: a page releases one after one to two intervals.
const KEPT_IDLE: i32 = 100;
/// The longest time for which a page keeps a lock over several turns, in milliseconds, in case it misses
/// another page's request.
const KEPT_AT_MOST: u64 = 1000;
/// How long to wait for a lock that another page keeps but does not use, in milliseconds.
const GIVEN_BACK: i32 = 20;

/// A held turn. Dropping it passes it to the next waiter.
pub(crate) struct Turn {
    name: Rc<str>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        hand_on(&self.name);
    }
}

/// A held Web Lock, with its write barrier and the time since when it is held.
struct Held {
    barrier: Option<WriteBarrier>,
    release: Option<Release>,
    since: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        // The barrier is the last write under the lock.
        if let (Some(barrier), Some(release)) = (self.barrier.take(), self.release.take()) {
            barrier.leave(release);
        }
    }
}

/// A call in this page that waits for a turn.
struct Waiter {
    grant: Option<Function>,
    granted: Cell<bool>,
    gave_up: Cell<bool>,
}

/// The turns of one name in this page.
struct Place {
    name: Rc<str>,
    busy: bool,
    waiting: VecDeque<Rc<Waiter>>,
    held: Option<Held>,
    /// Whether another page has requested the lock since it was taken.
    wanted: bool,
    turns: u32,
    /// Whether a task that polls for idleness is running.
    watched: bool,
}

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
    /// This page's random id for the claim, used without Web Locks.
    static PAGE: String = random_name();
}

/// A claim expires this long after its last use, in milliseconds.
const CLAIM_TIME: u64 = 30_000;

fn locks() -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &"navigator".into())
        .and_then(|navigator| Reflect::get(&navigator, &"locks".into()))
        .ok()
        .filter(JsValue::is_object)
}

/// Whether turns are exclusive across all tabs and workers.
pub(crate) fn across_tabs() -> bool {
    locks().is_some()
}

fn with_place<T>(name: &str, work: impl FnOnce(&mut Place) -> T) -> Option<T> {
    PLACES.with_borrow_mut(|places| {
        let place = places.iter_mut().find(|place| &*place.name == name);
        place.map(work)
    })
}

/// Waits for a lock.
pub(crate) async fn take(lock: &LockName, watch: &Watch) -> Result<Turn, Failure> {
    let name = lock.as_str();
    watch.check()?;
    let turn = match join(name) {
        Joined::First(turn) => turn,
        Joined::Behind(waiter, granted) => wait(name, &waiter, granted, watch).await?,
    };
    if with_place(name, |place| place.held.is_some()) == Some(true) {
        return Ok(turn);
    }
    // Where storage is blocked Web Locks are, too: name the cause.
    storage::check()?;
    let Some(locks) = locks() else {
        claim().await?;
        return Ok(turn);
    };
    lock_request::tell(name);
    let options = Object::new();
    if let Some(signal) = watch.signal() {
        set(&options, "signal", signal);
    }
    let requested = watch.unless_aborted(request(&locks, lock, &options)).await;
    match requested.ok_or_else(|| watch.aborted())? {
        Ok(held) => {
            let held = held.ok_or_else(|| unavailable(JsValue::UNDEFINED))?;
            with_place(name, |place| place.held = Some(held));
            watch.check()?;
            Ok(turn)
        }
        Err(_) if watch.is_aborted() => Err(watch.aborted()),
        Err(error) => Err(unavailable(error)),
    }
}

/// Takes a lock if it is free.
pub(crate) async fn take_free(lock: &LockName) -> Result<Option<Turn>, Failure> {
    let name = lock.as_str();
    let busy = |place: &mut Place| place.busy;
    if with_place(name, busy) == Some(true) {
        return Ok(None);
    }
    let Joined::First(turn) = join(name) else {
        return Ok(None);
    };
    if with_place(name, |place| place.held.is_some()) == Some(true) {
        return Ok(Some(turn));
    }
    let Some(locks) = locks() else {
        claim().await?;
        return Ok(Some(turn));
    };
    let options = Object::new();
    set(&options, "ifAvailable", &true.into());
    let mut held = request(&locks, lock, &options).await.map_err(unavailable)?;
    if held.is_none() {
        // Another page may keep it idle: request it, and queue for a moment.
        lock_request::tell(name);
        let bound = Deadline::new(&Watch::default(), GIVEN_BACK).map_err(unavailable)?;
        let options = Object::new();
        set(&options, "signal", &bound.signal());
        held = request(&locks, lock, &options).await.unwrap_or(None);
    }
    Ok(held.map(|held| {
        with_place(name, |place| place.held = Some(held));
        turn
    }))
}

enum Joined {
    First(Turn),
    Behind(Rc<Waiter>, Promise),
}

/// Joins this page's queue for a turn.
fn join(name: &str) -> Joined {
    let behind = with_place(name, |place| {
        place.turns = place.turns.wrapping_add(1);
        if !core::mem::replace(&mut place.busy, true) {
            return None;
        }
        let (granted, grant) = deferred();
        let waiter = Rc::new(Waiter {
            grant,
            granted: Cell::new(false),
            gave_up: Cell::new(false),
        });
        place.waiting.push_back(Rc::clone(&waiter));
        Some((waiter, granted))
    });
    if let Some(Some((waiter, granted))) = behind {
        return Joined::Behind(waiter, granted);
    }
    let name: Rc<str> = name.into();
    if behind.is_none() {
        let place = Place {
            name: Rc::clone(&name),
            busy: true,
            waiting: VecDeque::new(),
            held: None,
            wanted: false,
            turns: 0,
            watched: false,
        };
        PLACES.with_borrow_mut(|places| places.push(place));
    }
    Joined::First(Turn { name })
}

/// Waits in this page's queue until the turn is granted or the call is aborted.
async fn wait(
    name: &str,
    waiter: &Waiter,
    granted: Promise,
    watch: &Watch,
) -> Result<Turn, Failure> {
    let turn = || Turn { name: name.into() };
    let Some(signal) = watch.signal() else {
        let _ = JsFuture::from(granted).await;
        return Ok(turn());
    };
    let listener = AbortListener::of(signal);
    let first = Promise::race(&js_sys::Array::of2(&granted, &listener.aborted));
    let _ = JsFuture::from(first).await;
    if waiter.granted.get() {
        let turn = turn();
        watch.check()?;
        return Ok(turn);
    }
    waiter.gave_up.set(true);
    Err(watch.aborted())
}

/// Ends a turn: passes it to the next waiter in this page, or else keeps the lock for a while.
fn hand_on(name: &str) {
    let kept = with_place(name, |place| {
        let since = place.held.as_ref().map(|held| held.since);
        let keep = since.is_some_and(|since| {
            lock_request::heard() && !place.wanted && now().saturating_sub(since) < KEPT_AT_MOST
        });
        if !keep {
            // Write the barrier and release the lock before the next waiter here requests it.
            place.held = None;
            place.wanted = false;
        }
        while let Some(waiter) = place.waiting.pop_front() {
            if waiter.gave_up.get() {
                continue;
            }
            waiter.granted.set(true);
            resolve(waiter.grant.as_ref());
            return None;
        }
        place.busy = false;
        Some(keep && !core::mem::replace(&mut place.watched, true))
    });
    match kept {
        Some(Some(true)) => give_back_later(name),
        Some(Some(false)) => forget_unused(),
        Some(None) | None => {}
    }
}

/// Releases a lock once it is idle: polls every [`KEPT_IDLE`] milliseconds.
fn give_back_later(name: &str) {
    let name = name.to_owned();
    soon(async move {
        let mut seen = None;
        loop {
            let used = with_place(&name, |place| {
                let used = place.busy || seen != Some(place.turns);
                seen = Some(place.turns);
                if !used {
                    place.held = None;
                    place.watched = false;
                }
                used
            });
            if used != Some(true) {
                break;
            }
            sleep(KEPT_IDLE).await;
        }
        forget_unused();
    });
}

/// Handles another page's request for the lock of this name.
pub(super) fn wanted(name: &str) {
    with_place(name, |place| {
        if place.busy {
            place.wanted = true;
        } else {
            place.held = None;
        }
    });
    forget_unused();
}

/// Releases idle locks when the user leaves the page, so that other pages need not wait for them.
pub(super) fn leave() {
    PLACES.with_borrow_mut(|places| places.retain(|place| place.busy));
}

fn forget_unused() {
    PLACES.with_borrow_mut(|places| places.retain(|place| place.busy || place.held.is_some()));
}

/// Calls `navigator.locks.request`; `None`: the lock is taken (with `ifAvailable`).
async fn request(
    locks: &JsValue,
    lock: &LockName,
    options: &Object,
) -> Result<Option<Held>, JsValue> {
    let request: Function = Reflect::get(locks, &"request".into())?.dyn_into()?;
    let name = lock.web_lock().into();
    let requested = release::request(|run| request.call3(locks, &name, options, run)).await?;
    let Requested::Held(release) = requested else {
        return Ok(None);
    };
    let since = now();
    Ok(Some(Held {
        barrier: WriteBarrier::enter(lock).await,
        release: Some(release),
        since,
    }))
}

fn now() -> u64 {
    js_sys::Date::now() as u64
}

fn random_name() -> String {
    let mut bytes = [0; 8];
    // Without randomness all pages get the same id, so the claim has no effect.
    let _ = super::crypto::random(&mut bytes);
    crate::protocol::hex_text::encode(&bytes)
}

/// Claims payments for this page. Fails while another page's claim is valid.
async fn claim() -> Result<(), Failure> {
    let page = PAGE.with(String::clone);
    let now = now();
    if let Some(text) = storage::read(keys::PAGE, &Watch::default()).await?
        && let Some((other, time)) = text.split_once(' ')
        && other != page
        && time
            .parse::<u64>()
            .is_ok_and(|time| now.abs_diff(time) < CLAIM_TIME)
    {
        let message = "another page of this site is paying, and without Web Locks (the page is no \
                       secure context) two pages can't take turns: serve the site over https, or \
                       close the other page";
        return Err(Failure::new("no-turns", message));
    }
    storage::write(keys::PAGE, &format!("{page} {now}")).await
}

fn unavailable(error: JsValue) -> Failure {
    Failure::new("storage-unavailable", "the browser refused a Web Lock").caused_by(error)
}
