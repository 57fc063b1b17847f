//! Locks that are held as long as a promise is pending, as those of `navigator.locks.request`.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A lock that is held. Dropping it releases it.
pub(crate) struct Release(Option<Function>);

impl Drop for Release {
    fn drop(&mut self) {
        resolve(self.0.as_ref());
    }
}

/// How a request for a lock went.
pub(super) enum Requested {
    Held(Release),
    /// It was asked for only if it is free, and is not.
    Taken,
    /// The request ended without calling back.
    NoCall,
}

/// Requests a lock. `call` is given the function that is to be called back: with the lock, or with `null` if it is
/// not free. What is granted after this was dropped is given back at once.
pub(super) async fn request(
    call: impl FnOnce(&JsValue) -> Result<JsValue, JsValue>,
) -> Result<Requested, JsValue> {
    let (released, release) = deferred();
    let (answered, answer) = deferred();
    let release = Release(release);
    let granted = Rc::new(Cell::new(None));
    let grant = Rc::clone(&granted);
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let got = !lock.is_null();
        grant.set(Some(got));
        resolve(answer.as_ref());
        if got {
            released.into()
        } else {
            JsValue::UNDEFINED
        }
    });
    // The request settles before the lock is released only if it fails.
    let requested = Promise::resolve(&call(&callback)?);
    JsFuture::from(Promise::race(&Array::of2(&answered, &requested))).await?;
    Ok(match granted.get() {
        Some(true) => Requested::Held(release),
        Some(false) => Requested::Taken,
        None => Requested::NoCall,
    })
}

/// A promise and its resolver.
pub(super) fn deferred() -> (Promise, Option<Function>) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver)
}

pub(super) fn resolve(resolver: Option<&Function>) {
    if let Some(resolver) = resolver {
        let _ = resolver.call0(&JsValue::UNDEFINED);
    }
}
