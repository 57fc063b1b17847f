//! Turns: what is read, signed, sent and stored for one channel is not interleaved.
//!
//! Across tabs and workers by a Web Lock, which a page that dies gives back. Where the browser has
//! none (insecure context) within one page only: a claim in storage keeps a second page from paying.

use std::cell::RefCell;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::error::{Failure, set};
use super::fence::Fence;
use super::storage;
use super::watch::Watch;

/// A held turn; dropping it hands it on.
pub(crate) struct Turn {
    release: Option<Function>,
    fence: Option<Fence>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.fence.take());
        resolve(self.release.as_ref(), &JsValue::UNDEFINED);
    }
}

thread_local! {
    /// The end of the queue for each name, where there are no Web Locks.
    static QUEUES: RefCell<Vec<(String, Promise)>> = const { RefCell::new(Vec::new()) };
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

/// Waits for the turn of this name.
pub(crate) async fn take(name: &str, watch: &Watch) -> Result<Turn, Failure> {
    watch.check()?;
    let Some(locks) = locks() else {
        return queue(name).await;
    };
    let options = Object::new();
    if let Some(signal) = watch.signal() {
        set(&options, "signal", signal);
    }
    match request(&locks, name, &options).await {
        Ok(turn) => turn.ok_or_else(|| unavailable(JsValue::UNDEFINED)),
        Err(_) if watch.is_aborted() => Err(Failure::new("aborted", "aborted by the caller")),
        Err(error) => Err(unavailable(error)),
    }
}

/// Takes the turn of this name unless somebody has it.
pub(crate) async fn take_free(name: &str) -> Result<Option<Turn>, Failure> {
    let Some(locks) = locks() else {
        let taken = QUEUES.with_borrow(|queues| queues.iter().any(|(queued, _)| queued == name));
        return if taken {
            Ok(None)
        } else {
            queue(name).await.map(Some)
        };
    };
    let options = Object::new();
    set(&options, "ifAvailable", &true.into());
    request(&locks, name, &options).await.map_err(unavailable)
}

/// `navigator.locks.request`; `None`: not available.
async fn request(
    locks: &JsValue,
    turn_name: &str,
    options: &Object,
) -> Result<Option<Turn>, JsValue> {
    let (released, release) = deferred();
    let (granted, grant) = deferred();
    let request: Function = Reflect::get(locks, &"request".into())?.dyn_into()?;
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let got = !lock.is_null();
        resolve(grant.as_ref(), &got.into());
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
    let mut turn = Turn {
        release,
        fence: None,
    };
    turn.fence = Fence::enter(turn_name).await;
    Ok(Some(turn))
}

async fn queue(name: &str) -> Result<Turn, Failure> {
    claim().await?;
    let (released, release) = deferred();
    let before = QUEUES.with_borrow_mut(|queues| {
        let last = released.clone();
        match queues.iter_mut().find(|(queued, _)| queued == name) {
            Some((_, end)) => Some(core::mem::replace(end, last)),
            None => {
                queues.push((name.to_owned(), last));
                None
            }
        }
    });
    if let Some(before) = before {
        let _ = JsFuture::from(before).await;
    }
    let name = name.to_owned();
    super::promise::soon(async move {
        let _ = JsFuture::from(released.clone()).await;
        QUEUES.with_borrow_mut(|queues| {
            queues.retain(|(queued, last)| *queued != name || !Object::is(last, &released));
        });
    });
    Ok(Turn {
        release,
        fence: None,
    })
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
    let now = js_sys::Date::now() as u64;
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

fn resolve(resolver: Option<&Function>, value: &JsValue) {
    if let Some(resolver) = resolver {
        let _ = resolver.call1(&JsValue::UNDEFINED, value);
    }
}
