//! Progress events and abortion of long work.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::protocol::{Address, Amount, Hash};

use super::convert::Options;
use super::error::{Failure, big_int, set};

/// `{ onProgress?, signal? }` of a call.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    on_progress: Option<Function>,
    signal: Option<AbortSignal>,
}

/// Why a transaction is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ApproveReset,
    Approve,
    Open,
    TopUp,
    Close,
    CooperativeClose,
    Settle,
    Mint,
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ApproveReset => "approve-reset",
            Self::Approve => "approve",
            Self::Open => "open",
            Self::TopUp => "top-up",
            Self::Close => "close",
            Self::CooperativeClose => "cooperative-close",
            Self::Settle => "settle",
            Self::Mint => "mint",
        }
    }
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

    pub(crate) fn sent(&self, action: Action, hash: &Hash) {
        let fields = [
            ("action", action.name().into()),
            ("hash", hash.to_string().into()),
        ];
        self.tell("sent", &fields);
    }

    pub(crate) fn confirming(
        &self,
        action: Action,
        hash: &Hash,
        confirmations: u64,
        required: u64,
    ) {
        self.tell(
            "confirming",
            &[
                ("action", action.name().into()),
                ("hash", hash.to_string().into()),
                ("confirmations", (confirmations as f64).into()),
                ("required", (required as f64).into()),
            ],
        );
    }

    pub(crate) fn paying(&self, price: Amount, balance: Amount, receiver: Address, block: u32) {
        self.tell(
            "paying",
            &[
                ("price", big_int(price)),
                ("balance", big_int(balance)),
                ("receiver", receiver.to_string().into()),
                ("openBlock", block.into()),
            ],
        );
    }

    pub(crate) fn waiting_for_receiver(&self, attempt: u32, attempts: u32) {
        let fields = [("attempt", attempt.into()), ("attempts", attempts.into())];
        self.tell("waiting-for-receiver", &fields);
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
