//! Converts all errors to JavaScript `Error` objects.

use std::cell::RefCell;
use std::fmt::Display;

use js_sys::{Array, BigInt, Function, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::sender::{Coded, Detail};

/// An error on its way to JavaScript: `code` is stable, `details` typed, `cause` the original.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

/// Boxed, so that passing a failure on moves one word.
#[derive(Debug)]
struct Parts {
    code: &'static str,
    error: js_sys::Error,
}

impl Failure {
    #[inline(never)]
    pub(crate) fn new(code: &'static str, message: impl Display) -> Self {
        Self::plain(code, &message, &Object::new())
    }

    fn plain(code: &'static str, message: &dyn Display, details: &Object) -> Self {
        let message = message.to_string();
        let error = of_class(&message, code, details).unwrap_or_else(|| {
            let error = js_sys::Error::new(&message);
            error.set_name("MicroRaidenError");
            set(&error, "code", &JsValue::from_str(code));
            set(&error, "details", details);
            error
        });
        Self(Box::new(Parts { code, error }))
    }

    fn coded(error: &dyn Coded) -> Self {
        let details = Object::new();
        let code = error.coded(&mut |more| {
            for (name, detail) in more {
                let value = match detail {
                    Detail::Text(text) => text.to_string().into(),
                    Detail::Amount(amount) => big_int(*amount),
                    Detail::Number(number) => (*number).into(),
                    Detail::List(list) => list.iter().map(JsValue::from).collect::<Array>().into(),
                };
                set(&details, name, &value);
            }
        });
        Self::plain(code, &error, &details)
    }

    /// The reason of an abort, with which the browser's `fetch` rejects as well. If it is an object without a
    /// `code` or `details` of its own, it gets ours.
    pub(crate) fn aborted(reason: JsValue) -> Self {
        const CODE: &str = "aborted";
        if reason.is_undefined() {
            return Self::new(CODE, "aborted by the caller");
        }
        if let Some(object) = reason.dyn_ref::<Object>() {
            for (name, value) in [
                ("code", JsValue::from_str(CODE)),
                ("details", Object::new().into()),
            ] {
                let name = JsValue::from_str(name);
                if Object::get_own_property_descriptor(object, &name).is_undefined() {
                    let property = Object::new();
                    set(&property, "value", &value);
                    set(&property, "writable", &true.into());
                    set(&property, "configurable", &true.into());
                    // Fails for a frozen object, which stays as it is.
                    let _ = Reflect::define_property(object, &name, &property);
                }
            }
        }
        Self(Box::new(Parts {
            code: CODE,
            error: reason.unchecked_into(),
        }))
    }

    /// An invalid argument from JavaScript.
    pub(crate) fn argument(name: &str, expected: &str) -> Self {
        Self::new(
            "invalid-argument",
            format_args!("{name} must be {expected}"),
        )
        .with("argument", name)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    #[must_use]
    pub(crate) fn with(self, name: &'static str, value: impl Into<JsValue>) -> Self {
        if let Ok(details) = Reflect::get(&self.0.error, &"details".into()) {
            set(&details, name, &value.into());
        }
        self
    }

    #[must_use]
    pub(crate) fn caused_by(self, cause: JsValue) -> Self {
        set(&self.0.error, "cause", &cause);
        self
    }
}

thread_local! {
    static CLASS: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// The package's class of errors, told by its script. Without it errors are plain ones with
/// its name.
#[wasm_bindgen(js_name = useErrorClass, skip_typescript)]
pub fn use_error_class(class: Function) {
    CLASS.set(Some(class));
}

/// What a call rejects with that its signal ended for this reason.
#[wasm_bindgen(js_name = aborted, skip_typescript)]
pub fn aborted(reason: JsValue) -> JsValue {
    Failure::aborted(reason).into()
}

fn of_class(message: &str, code: &str, details: &Object) -> Option<js_sys::Error> {
    let class = CLASS.with_borrow(Clone::clone)?;
    let arguments = Array::of3(&message.into(), &code.into(), details);
    let error = Reflect::construct(&class, &arguments).ok()?;
    Some(error.unchecked_into())
}

/// A whole number as a JavaScript `bigint`.
pub(crate) fn big_int(number: &dyn Display) -> JsValue {
    let text = JsValue::from_str(&number.to_string());
    BigInt::new(&text).map_or(JsValue::UNDEFINED, JsValue::from)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0.error.into()
    }
}

/// Sets a property of an object that this library created, which can't fail.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

impl<E: Coded> From<E> for Failure {
    #[inline(never)]
    fn from(error: E) -> Self {
        Self::coded(&error)
    }
}
