//! Progress events and abortion of long work.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::sender::journal::Action;
use crate::sender::world::Progress;

use super::convert::Options;
use super::error::{Failure, big_int, set};

/// `{ onProgress?, signal? }` of a call.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    on_progress: Option<Function>,
    signal: Option<AbortSignal>,
}

impl Watch {
    pub(crate) fn read(options: &Options<'_>) -> Result<Self, Failure> {
        let on_progress = options
            .get("onProgress")?
            .map(|value| {
                value
                    .dyn_into()
                    .map_err(|_| Failure::argument("onProgress", "a function"))
            })
            .transpose()?;
        let signal = options
            .get("signal")?
            .map(|value| {
                value
                    .dyn_into()
                    .map_err(|_| Failure::argument("signal", "an AbortSignal"))
            })
            .transpose()?;
        Ok(Self {
            on_progress,
            signal,
        })
    }

    pub(crate) fn signal(&self) -> Option<&AbortSignal> {
        self.signal.as_ref()
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(AbortSignal::aborted)
    }

    /// Fails with `aborted` once the caller has given up.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.is_aborted() {
            Err(Failure::new("aborted", "aborted by the caller"))
        } else {
            Ok(())
        }
    }

    /// Tells the listener; what it throws is its own affair.
    fn tell(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let Some(listener) = &self.on_progress else {
            return;
        };
        let event = Object::new();
        set(&event, "type", &kind.into());
        for (name, value) in fields {
            set(&event, name, value);
        }
        let _ = listener.call1(&JsValue::UNDEFINED, &event);
    }

    pub(crate) fn waiting_for_wallet(&self, request: &str, action: Option<Action>) {
        let action = action.map_or(JsValue::UNDEFINED, |action| action.name().into());
        self.tell(
            "waiting-for-wallet",
            &[("request", request.into()), ("action", action)],
        );
    }

    /// What a flow is waiting for.
    pub(crate) fn progress(&self, progress: &Progress<'_>) {
        if self.on_progress.is_none() {
            return;
        }
        let number = |number: u64| JsValue::from(number as f64);
        match *progress {
            Progress::Sent { action, hash } => {
                let hash = hash.to_string().into();
                self.tell("sent", &[("action", action.name().into()), ("hash", hash)]);
            }
            Progress::Confirming {
                action,
                hash,
                confirmations,
                required,
            } => self.tell(
                "confirming",
                &[
                    ("action", action.name().into()),
                    (
                        "hash",
                        hash.map_or(JsValue::UNDEFINED, |h| h.to_string().into()),
                    ),
                    ("confirmations", number(confirmations)),
                    ("required", number(required)),
                ],
            ),
            Progress::Paying {
                price,
                balance,
                channel,
            } => self.tell(
                "paying",
                &[
                    ("price", big_int(price)),
                    ("balance", big_int(balance)),
                    ("receiver", channel.receiver.to_string().into()),
                    ("openBlock", channel.open_block.into()),
                ],
            ),
            Progress::WaitingForReceiver {
                wait,
                attempt,
                attempts,
            } => self.tell(
                "waiting-for-receiver",
                &[
                    ("reason", wait.name().into()),
                    ("attempt", attempt.into()),
                    ("attempts", attempts.into()),
                ],
            ),
            Progress::Resending { attempt } => {
                self.tell("resending", &[("attempt", attempt.into())]);
            }
            Progress::Scanning { block, from, to } => self.tell(
                "scanning",
                &[
                    ("block", number(block)),
                    ("from", number(from)),
                    ("to", number(to)),
                ],
            ),
            Progress::SetAside { name } => self.tell("set-aside", &[("key", name.into())]),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    // Of the global object, so that it works in workers too.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: i32) -> JsValue;
}

/// Waits.
pub(crate) async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
