//! The body of a response, handed on with word of how it ends, which no browser tells of its own.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    QueuingStrategy, ReadableStream, ReadableStreamDefaultController, ReadableStreamDefaultReader,
    Response, ResponseInit,
};

use super::error::set;
use super::promise::promise;

/// Chunks, of 64 kB in browsers, that are read ahead of the caller, so that a small body is complete even if nobody
/// reads it.
const READ_AHEAD: f64 = 16.0;
/// What a response that a script makes can't be given, and lacks unless it is defined anew.
const OWN: [&str; 3] = ["url", "redirected", "type"];

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All of it was read.
    Complete,
    /// It broke off, or nobody wants more of it.
    Broken,
}

/// Who is told of the end, once. Nobody, if the body is dropped before.
type Ended = Box<dyn FnOnce(End)>;

struct Body {
    reader: ReadableStreamDefaultReader,
    ended: Cell<Option<Ended>>,
}

impl Body {
    fn end(&self, end: End) {
        if let Some(ended) = self.ended.take() {
            ended(end);
        }
    }

    /// Reads a chunk. The end is told before the reader of the other side sees it.
    async fn pull(&self, controller: &ReadableStreamDefaultController) -> Result<(), JsValue> {
        let read = JsFuture::from(self.reader.read()).await;
        let read = read.inspect_err(|_| self.end(End::Broken))?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            self.end(End::Complete);
            return controller.close();
        }
        controller.enqueue_with_chunk(&Reflect::get(&read, &"value".into())?)
    }
}

/// Whether it has a body that may still be on its way.
pub(crate) fn is_there(response: &Response) -> bool {
    !matches!(response.status(), 204 | 205 | 304) && response.body().is_some()
}

/// The same response, whose body tells how it ends.
pub(crate) fn handed_on(response: &Response, ended: Ended) -> Result<Response, JsValue> {
    let body = response.body().ok_or(JsValue::UNDEFINED)?;
    let body = Rc::new(Body {
        reader: body.get_reader().unchecked_into(),
        ended: Cell::new(Some(ended)),
    });
    let source = Object::new();
    let read = Rc::clone(&body);
    let pull = Closure::<dyn Fn(ReadableStreamDefaultController) -> Promise>::new(
        move |controller: ReadableStreamDefaultController| {
            let body = Rc::clone(&read);
            promise(async move {
                body.pull(&controller).await?;
                Ok(JsValue::UNDEFINED)
            })
        },
    );
    set(&source, "pull", &pull.into_js_value());
    let cancel = Closure::<dyn Fn(JsValue) -> Promise>::new(move |reason: JsValue| {
        body.end(End::Broken);
        body.reader.cancel_with_reason(&reason)
    });
    set(&source, "cancel", &cancel.into_js_value());
    let ahead = QueuingStrategy::new();
    ahead.set_high_water_mark(READ_AHEAD);
    let stream = ReadableStream::new_with_underlying_source_and_strategy(&source, &ahead)?;
    let init = ResponseInit::new();
    init.set_status(response.status());
    init.set_status_text(&response.status_text());
    init.set_headers(&response.headers());
    let handed_on = Response::new_with_opt_readable_stream_and_init(Some(&stream), &init)?;
    for name in OWN {
        let property = Object::new();
        set(&property, "value", &Reflect::get(response, &name.into())?);
        Reflect::define_property(&handed_on, &name.into(), &property)?;
    }
    Ok(handed_on)
}
