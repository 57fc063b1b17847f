//! The body of a response, handed on with word of when it is complete, which no browser tells of its own.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{QueuingStrategy, Response, ResponseInit, TransformStream};

use super::error::set;

/// Chunks, of 64 kB in browsers, that are read ahead of the caller, so that a small body is complete even if nobody
/// reads it.
const READ_AHEAD: f64 = 16.0;
/// What a response that a script makes can't be given, and lacks unless it is defined anew.
const OWN: [&str; 3] = ["url", "redirected", "type"];

/// The same response, and a promise that resolves when its body has been read, and rejects if that breaks off.
pub(crate) fn watched(response: &Response) -> Result<(Response, Promise), JsValue> {
    let body = response.body().ok_or(JsValue::UNDEFINED)?;
    let ahead = QueuingStrategy::new();
    ahead.set_high_water_mark(READ_AHEAD);
    let pipe = TransformStream::new_with_transformer_and_writable_strategy_and_readable_strategy(
        &Object::new(),
        &QueuingStrategy::new(),
        &ahead,
    )?;
    let complete = body.pipe_to(&pipe.writable());
    let init = ResponseInit::new();
    init.set_status(response.status());
    init.set_status_text(&response.status_text());
    init.set_headers(&response.headers());
    let body = pipe.readable();
    let handed_on = Response::new_with_opt_readable_stream_and_init(Some(&body), &init)?;
    for name in OWN {
        let property = Object::new();
        set(&property, "value", &Reflect::get(response, &name.into())?);
        Reflect::define_property(&handed_on, &name.into(), &property)?;
    }
    Ok((handed_on, complete))
}
