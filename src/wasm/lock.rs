//! Turns: what is read, signed, sent and stored for one channel is not interleaved.
//!
//! Across tabs and workers by a Web Lock, which a page that dies gives back. Taking one costs more
//! than a signature, so a page keeps it over turns that follow each other closely. It gives it back
//! as soon as another page says that it wants it ([`super::lock_request`]), when nobody here uses it, when it
//! is left, and after a second at the latest. Within the page turns are handed on in the order of asking.
//!
//! Where the browser has no Web Locks (insecure context) turns hold within one page only: a claim
//! in storage keeps a second page from paying.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::call_options::{Hearing, Watch};
use super::error::{Failure, set};
use super::lock_request;
use super::promise::soon;
use super::storage;
use super::timer::sleep;
use super::write_barrier::Fence;

/// For how long, at most twice as long, a page keeps a lock that it does not use, in milliseconds.
const KEPT_IDLE: i32 = 100;
/// For how long it keeps one at most, should it not hear that another page asks.
const KEPT_AT_MOST: u64 = 1000;
/// After which a lock that another page keeps, but does not use, is asked for again.
const GIVEN_BACK: i32 = 20;

/// A held turn; dropping it hands it on.
pub(crate) struct Turn {
    name: Rc<str>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        hand_on(&self.name);
    }
}

/// A Web Lock and what was done since it was taken.
struct Held {
    release: Option<Function>,
    fence: Option<Fence>,
    since: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.fence.take());
        resolve(self.release.as_ref());
    }
}

/// Somebody in this page who waits for a turn.
struct Waiter {
    grant: Option<Function>,
    granted: Cell<bool>,
    gave_up: Cell<bool>,
}

/// One name's turns in this page.
struct Place {
    name: Rc<str>,
    busy: bool,
    waiting: VecDeque<Rc<Waiter>>,
    held: Option<Held>,
    /// Whether another page asked for it since the lock was taken.
    wanted: bool,
    turns: u32,
    /// Whether somebody will look whether the lock is still used.
    watched: bool,
}

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
    /// What this page claims to be, where there are no Web Locks.
    static PAGE: String = random_name();
}

/// Where the claim of the paying page lies.
const CLAIM: &str = "microraiden:page";
/// For how long a claim holds after its last use, in milliseconds.
const CLAIM_TIME: u64 = 30_000;

fn locks() -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &"navigator".into())
        .and_then(|navigator| Reflect::get(&navigator, &"locks".into()))
        .ok()
        .filter(JsValue::is_object)
}

/// Whether turns hold across all tabs and workers.
pub(crate) fn across_tabs() -> bool {
    locks().is_some()
}

fn with_place<T>(name: &str, work: impl FnOnce(&mut Place) -> T) -> Option<T> {
    PLACES.with_borrow_mut(|places| {
        let place = places.iter_mut().find(|place| &*place.name == name);
        place.map(work)
    })
}

/// Waits for the turn of this name.
pub(crate) async fn take(name: &str, watch: &Watch) -> Result<Turn, Failure> {
    watch.check()?;
    let turn = match join(name) {
        Joined::First(turn) => turn,
        Joined::Behind(waiter, granted) => wait(name, &waiter, granted, watch).await?,
    };
    if with_place(name, |place| place.held.is_some()) == Some(true) {
        return Ok(turn);
    }
    let Some(locks) = locks() else {
        claim().await?;
        return Ok(turn);
    };
    lock_request::tell(name);
    let options = Object::new();
    if let Some(signal) = watch.signal() {
        set(&options, "signal", signal);
    }
    match request(&locks, name, &options).await {
        Ok(held) => {
            let held = held.ok_or_else(|| unavailable(JsValue::UNDEFINED))?;
            with_place(name, |place| place.held = Some(held));
            Ok(turn)
        }
        Err(_) if watch.is_aborted() => Err(watch.given_up()),
        Err(error) => Err(unavailable(error)),
    }
}

/// Takes the turn of this name unless somebody has it.
pub(crate) async fn take_free(name: &str) -> Result<Option<Turn>, Failure> {
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
    let mut held = request(&locks, name, &options).await.map_err(unavailable)?;
    if held.is_none() {
        // Another page may keep it without using it.
        lock_request::tell(name);
        sleep(GIVEN_BACK).await;
        held = request(&locks, name, &options).await.map_err(unavailable)?;
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

/// Stands in line in this page.
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

/// Waits in this page, until the caller gives up.
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
    let hearing = Hearing::of(signal);
    let first = Promise::race(&js_sys::Array::of2(&granted, &hearing.aborted));
    let _ = JsFuture::from(first).await;
    if waiter.granted.get() {
        let turn = turn();
        watch.check()?;
        return Ok(turn);
    }
    waiter.gave_up.set(true);
    Err(watch.given_up())
}

/// A turn is over: the next one in this page gets it, else the lock is kept for a while.
fn hand_on(name: &str) {
    let kept = with_place(name, |place| {
        let since = place.held.as_ref().map(|held| held.since);
        let keep = since.is_some_and(|since| {
            lock_request::heard() && !place.wanted && now().saturating_sub(since) < KEPT_AT_MOST
        });
        if !keep {
            // Written and given back before the next one here asks for it.
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

/// Gives a lock back once it was not used for a while.
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

/// Another page asks for the lock of this name.
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

/// The page is left: whoever comes next need not wait for what it keeps.
pub(super) fn leave() {
    PLACES.with_borrow_mut(|places| places.retain(|place| place.busy));
}

fn forget_unused() {
    PLACES.with_borrow_mut(|places| places.retain(|place| place.busy || place.held.is_some()));
}

/// `navigator.locks.request`; `None`: not available.
async fn request(
    locks: &JsValue,
    turn_name: &str,
    options: &Object,
) -> Result<Option<Held>, JsValue> {
    let (released, release) = deferred();
    let (granted, grant) = deferred();
    let request: Function = Reflect::get(locks, &"request".into())?.dyn_into()?;
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let got = !lock.is_null();
        if let Some(grant) = &grant {
            let _ = grant.call1(&JsValue::UNDEFINED, &got.into());
        }
        if got {
            released.into()
        } else {
            JsValue::UNDEFINED
        }
    });
    let name = format!("microraiden:{turn_name}");
    let request = request.call3(locks, &name.into(), options, &callback)?;
    // Settles early only if the lock can't be had at all.
    let request = Promise::resolve(&request);
    let first = Promise::race(&js_sys::Array::of2(&granted, &request));
    if !JsFuture::from(first).await?.is_truthy() {
        return Ok(None);
    }
    let mut held = Held {
        release,
        fence: None,
        since: now(),
    };
    held.fence = Fence::enter(turn_name).await;
    Ok(Some(held))
}

fn now() -> u64 {
    js_sys::Date::now() as u64
}

fn random_name() -> String {
    let mut bytes = [0; 8];
    // Without randomness all pages are one, as they would be without a claim.
    let _ = super::crypto::random(&mut bytes);
    crate::protocol::hex_text::encode(&bytes)
}

/// Claims to be the one page that pays, or fails if another one does.
async fn claim() -> Result<(), Failure> {
    let page = PAGE.with(String::clone);
    let now = now();
    if let Some(text) = storage::read(CLAIM).await?
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
    storage::write(CLAIM, &format!("{page} {now}")).await
}

fn unavailable(error: JsValue) -> Failure {
    Failure::new("storage-unavailable", "the browser refused a Web Lock").caused_by(error)
}

/// A promise and what resolves it.
fn deferred() -> (Promise, Option<Function>) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver)
}

fn resolve(resolver: Option<&Function>) {
    if let Some(resolver) = resolver {
        let _ = resolver.call0(&JsValue::UNDEFINED);
    }
}
