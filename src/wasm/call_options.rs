//! Progress events and aborts of long calls.
//!
//! A call is aborted by the signal in its options and, if it is a request, also by the request's own
//! signal. It then rejects at once with the signal's reason, whatever it is waiting for.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use std::rc::Rc;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

use crate::chain::TransportError;
use crate::sender::store::journal::Action;
use crate::sender::world::Progress;

use super::convert::Options;
use super::error::{Failure, big_int, set};
use super::timer::sleep;

/// `{ onProgress?, signal? }` of a call, and `{ onPaymentRequired? }` of a paying `fetch`.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    on_progress: Option<Function>,
    on_payment_required: Option<Function>,
    signal: Option<AbortSignal>,
    /// Keeps the combined signal alive.
    _both: Option<Rc<Both>>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = AbortSignal)]
    fn any(signals: &js_sys::Array) -> Result<AbortSignal, JsValue>;
}

/// Combines two signals into one that works until this is dropped: a fallback for `AbortSignal.any`.
struct Both {
    sources: [AbortSignal; 2],
    abort: Closure<dyn Fn()>,
}

impl Both {
    fn new(sources: [AbortSignal; 2]) -> Result<(AbortSignal, Self), Failure> {
        let unavailable = |error| Failure::argument("signal", "an AbortSignal").caused_by(error);
        let controller = AbortController::new().map_err(unavailable)?;
        let signal = controller.signal();
        let followed = sources.clone();
        let abort = Closure::<dyn Fn()>::new(move || {
            let aborted = followed.iter().find(|source| source.aborted());
            if let Some(source) = aborted {
                controller.abort_with_reason(&reason_of(source));
            }
        });
        for source in &sources {
            let abort = abort.as_ref().unchecked_ref();
            let _ = source.add_event_listener_with_callback("abort", abort);
        }
        let _ = abort
            .as_ref()
            .unchecked_ref::<Function>()
            .call0(&JsValue::NULL);
        Ok((signal, Self { sources, abort }))
    }
}

impl Drop for Both {
    fn drop(&mut self) {
        let abort = self.abort.as_ref().unchecked_ref();
        for source in &self.sources {
            let _ = source.remove_event_listener_with_callback("abort", abort);
        }
    }
}

/// The reason of a signal; browsers before 2022 have none.
pub(super) fn reason_of(signal: &AbortSignal) -> JsValue {
    js_sys::Reflect::get(signal, &"reason".into()).unwrap_or(JsValue::UNDEFINED)
}

impl Watch {
    /// The names of the options read.
    pub(crate) const NAMES: [&str; 2] = ["onProgress", "signal"];

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
            on_payment_required: None,
            signal,
            _both: None,
        })
    }

    /// The same for a paying `fetch`, whose caller may decline each payment.
    pub(crate) fn read_paying(options: &Options<'_>) -> Result<Self, Failure> {
        const NAME: &str = "onPaymentRequired";
        let mut watch = Self::read(options)?;
        if let Some(value) = options.get(NAME)? {
            let function = value.dyn_into();
            let function = function.map_err(|_| Failure::argument(NAME, "a function"))?;
            watch.on_payment_required = Some(function);
        }
        Ok(watch)
    }

    /// Whether the caller agrees to pay; `quote` makes what it is told. Whatever it throws declines.
    pub(crate) async fn agrees(&self, quote: impl FnOnce() -> JsValue) -> Result<bool, Failure> {
        let Some(ask) = &self.on_payment_required else {
            return Ok(true);
        };
        let declined = |cause: JsValue| {
            let message = "the payment was declined: `onPaymentRequired` threw";
            Failure::new("payment-declined", message).caused_by(cause)
        };
        let answer = ask.call1(&JsValue::UNDEFINED, &quote());
        let answer = JsFuture::from(Promise::resolve(&answer.map_err(declined)?));
        let answer = self.unless_aborted(answer).await;
        let answer = answer.ok_or_else(|| self.aborted())?.map_err(declined)?;
        answer.as_bool().ok_or_else(|| {
            Failure::argument("onPaymentRequired", "a function that returns true or false")
        })
    }

    /// Reads the options of a call that begins now. Fails if it is already aborted.
    pub(crate) fn begin(options: &Options<'_>) -> Result<Self, Failure> {
        let watch = Self::read(options)?;
        watch.check()?;
        Ok(watch)
    }

    /// The same, but also aborted by the signal of a request.
    pub(crate) fn and(&self, other: AbortSignal) -> Result<Self, Failure> {
        let (signal, both) = match &self.signal {
            None => (other, None),
            Some(own) => match any(&js_sys::Array::of2(own, &other)) {
                Ok(signal) => (signal, None),
                // Browsers before 2024 have no `AbortSignal.any`.
                Err(_) => {
                    let (signal, both) = Both::new([own.clone(), other])?;
                    (signal, Some(Rc::new(both)))
                }
            },
        };
        Ok(Self {
            on_progress: self.on_progress.clone(),
            on_payment_required: self.on_payment_required.clone(),
            signal: Some(signal),
            _both: both,
        })
    }

    pub(crate) fn signal(&self) -> Option<&AbortSignal> {
        self.signal.as_ref()
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(AbortSignal::aborted)
    }

    /// Fails with the signal's reason once the call is aborted.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.is_aborted() {
            Err(self.aborted())
        } else {
            Ok(())
        }
    }

    /// The error of an aborted call: the signal's reason.
    pub(crate) fn aborted(&self) -> Failure {
        let reason = self.signal.as_ref().map(reason_of);
        Failure::aborted(reason.unwrap_or(JsValue::UNDEFINED))
    }

    /// The failure, or the signal's reason if the abort caused it.
    pub(crate) fn explain(&self, failure: impl Into<Failure>) -> Failure {
        let failure = failure.into();
        if failure.code() == "aborted" && self.is_aborted() {
            self.aborted()
        } else {
            failure
        }
    }

    /// Runs the work until it is done or the call is aborted; `None` if aborted.
    pub(crate) async fn unless_aborted<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        unless_aborted(self.signal(), work).await
    }

    /// The same; fails with the signal's reason if aborted.
    pub(crate) async fn or_abort<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = self.unless_aborted(work).await;
        let done = done.unwrap_or_else(|| Err(self.aborted()));
        done.map_err(|error| self.explain(error))
    }

    /// A question that ends with its call. What an aborted call has to tidy up it still asks; and what is written
    /// is waited for, whoever gave up: it decides what is true.
    pub(crate) async fn unless_given_up<T>(
        &self,
        question: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if self.is_aborted() {
            return question.await;
        }
        self.or_abort(question).await
    }

    /// Waits for so many milliseconds; fails with the signal's reason if aborted.
    pub(crate) async fn sleep(&self, milliseconds: u64) -> Result<(), Failure> {
        let over = sleep(i32::try_from(milliseconds).unwrap_or(i32::MAX));
        let over = self.unless_aborted(over).await;
        over.ok_or_else(|| self.aborted())
    }

    /// The same for what asks the chain.
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let over = self.sleep(time).await;
        over.map_err(|_| TransportError::Aborted)
    }

    /// Calls the progress listener and ignores what it throws.
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

    /// Reports a flow's progress to the listener.
    pub(crate) fn progress(&self, progress: &Progress<'_>) {
        if self.on_progress.is_none() {
            return;
        }
        let number = |number: u64| JsValue::from(number as f64);
        let text = |text: &dyn ToString| JsValue::from(text.to_string());
        match *progress {
            Progress::Sent { action, hash } => {
                let action = ("action", action.name().into());
                self.tell("sent", &[action, ("hash", text(&hash))]);
            }
            Progress::Confirming {
                action,
                hash,
                confirmations,
                required,
            } => {
                let action = ("action", action.name().into());
                let hash = ("hash", hash.map_or(JsValue::UNDEFINED, |hash| text(&hash)));
                let confirmations = ("confirmations", number(confirmations));
                let required = ("required", number(required));
                self.tell("confirming", &[action, hash, confirmations, required]);
            }
            Progress::Paying {
                price,
                balance,
                channel,
            } => {
                let (price, balance) = (("price", big_int(&price)), ("balance", big_int(&balance)));
                let receiver = ("receiver", text(&channel.receiver));
                let open_block = ("openBlock", channel.open_block.into());
                self.tell("paying", &[price, balance, receiver, open_block]);
            }
            Progress::WaitingForReceiver {
                wait,
                attempt,
                attempts,
            } => {
                let reason = ("reason", wait.name().into());
                let (attempt, attempts) =
                    (("attempt", attempt.into()), ("attempts", attempts.into()));
                self.tell("waiting-for-receiver", &[reason, attempt, attempts]);
            }
            Progress::Resending { attempt } => {
                self.tell("resending", &[("attempt", attempt.into())]);
            }
            Progress::Scanning { block, from, to } => {
                let (from, to) = (("from", number(from)), ("to", number(to)));
                self.tell("scanning", &[("block", number(block)), from, to]);
            }
            Progress::SetAside { name } => self.tell("set-aside", &[("key", name.into())]),
        }
    }
}

/// Runs the work until it is done or the signal is aborted; `None` if aborted.
pub(super) async fn unless_aborted<T>(
    signal: Option<&AbortSignal>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut done = None;
    {
        let work = pin!(async { done = Some(work.await) });
        until_aborted(signal, work).await;
    }
    done
}

/// The same for any work, so that this code is in the download once.
async fn until_aborted(
    signal: Option<&AbortSignal>,
    mut work: Pin<&mut (dyn Future<Output = ()> + '_)>,
) {
    let Some(signal) = signal else {
        return work.await;
    };
    if signal.aborted() {
        return;
    }
    let listener = AbortListener::of(signal);
    let mut aborted = pin!(JsFuture::from(listener.aborted.clone()));
    poll_fn(|context| {
        if work.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        aborted.as_mut().poll(context).map(drop)
    })
    .await;
}

/// A promise that resolves when a signal is aborted. Dropping this removes the listener.
pub(crate) struct AbortListener {
    pub(crate) aborted: Promise,
    signal: AbortSignal,
    abort: Option<Function>,
}

impl AbortListener {
    pub(crate) fn of(signal: &AbortSignal) -> Self {
        let mut abort = None;
        let aborted = Promise::new(&mut |resolve, _| abort = Some(resolve));
        if let Some(abort) = &abort {
            let _ = signal.add_event_listener_with_callback("abort", abort);
        }
        Self {
            aborted,
            signal: signal.clone(),
            abort,
        }
    }
}

impl Drop for AbortListener {
    fn drop(&mut self) {
        if let Some(abort) = &self.abort {
            let _ = self
                .signal
                .remove_event_listener_with_callback("abort", abort);
        }
    }
}
