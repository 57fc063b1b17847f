//! Turns: what is read, signed, sent and stored for one channel is not interleaved.
//!
//! Across tabs by a Web Lock; where the browser has none (insecure context), within this page.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::error::Failure;

/// A held turn; dropping it hands it on.
pub(crate) struct Turn {
    release: Option<Function>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        resolve(self.release.as_ref());
    }
}

thread_local! {
    /// The end of the queue for each name, where there are no Web Locks.
    static QUEUES: RefCell<BTreeMap<String, Promise>> = const { RefCell::new(BTreeMap::new()) };
}

/// Waits for the turn of this name.
pub(crate) async fn take(name: &str) -> Result<Turn, Failure> {
    let name = format!("microraiden:{name}");
    let (released, release) = deferred();
    let (granted, grant) = deferred();
    let locks = Reflect::get(&js_sys::global(), &"navigator".into())
        .and_then(|navigator| Reflect::get(&navigator, &"locks".into()))
        .ok()
        .filter(JsValue::is_object);
    match locks {
        Some(locks) => {
            let request: Function = Reflect::get(&locks, &"request".into())
                .and_then(JsCast::dyn_into)
                .map_err(unavailable)?;
            let callback = Closure::once_into_js(move || {
                resolve(grant.as_ref());
                released
            });
            let request = request
                .call2(&locks, &name.into(), &callback)
                .map_err(unavailable)?;
            // Settles early only if the lock can't be had at all.
            let request = Promise::resolve(&request);
            let first = Promise::race(&js_sys::Array::of2(&granted, &request));
            JsFuture::from(first).await.map_err(unavailable)?;
        }
        None => {
            let before = QUEUES.with(|queues| queues.borrow_mut().insert(name, released));
            if let Some(before) = before {
                let _ = JsFuture::from(before).await;
            }
        }
    }
    Ok(Turn { release })
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
