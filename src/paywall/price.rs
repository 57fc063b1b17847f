//! What a request costs.

use core::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::request::Parts;
use http::{Method, StatusCode};

use crate::protocol::Amount;

/// The price of a request, in token base units. A price of 0 gives the answer away.
///
/// A request is charged for its method as well as for its path: with [`Price::on`] each method has
/// a price of its own. `HEAD` costs what `GET` does unless it is priced itself, because it runs the
/// same handler.
#[derive(Clone)]
pub struct Price {
    default: Base,
    methods: Vec<(Method, Amount)>,
}

impl Price {
    /// The same for all requests.
    pub fn fixed(amount: Amount) -> Self {
        Self::new(Base::Fixed(amount))
    }

    /// Nothing.
    pub fn free() -> Self {
        Self::fixed(Amount::ZERO)
    }

    /// The result of this function. It sees the request as the service will, without the body, and moves what
    /// it needs into the future. The path of the URI is spelled in one way, and
    /// [`CanonicalPath`](super::CanonicalPath) decodes it. The price should stay the same between a 402
    /// and the payment that follows it: paying for another price is refused as a wrong amount.
    pub fn by_request<F, Fut>(function: F) -> Self
    where
        F: Fn(&Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Amount, PriceError>> + Send + 'static,
    {
        let boxed = move |parts: &Parts| -> Quote { Box::pin(function(parts)) };
        Self::new(Base::ByRequest(Arc::new(boxed)))
    }

    /// The same price, but this one for requests of a method.
    #[must_use]
    pub fn on(mut self, method: Method, amount: Amount) -> Self {
        self.methods.retain(|(other, _)| *other != method);
        self.methods.push((method, amount));
        self
    }

    fn new(default: Base) -> Self {
        Self {
            default,
            methods: Vec::new(),
        }
    }

    pub(super) fn of(&self, parts: &Parts) -> Quote {
        let of_method = |method: &Method| {
            let found = self.methods.iter().find(|(other, _)| other == method);
            found.map(|(_, amount)| *amount)
        };
        let like_get = || of_method(&Method::GET).filter(|_| parts.method == Method::HEAD);
        match (of_method(&parts.method).or_else(like_get), &self.default) {
            (None, Base::ByRequest(function)) => function(parts),
            (Some(amount), _) => ready(amount),
            (None, Base::Fixed(amount)) => ready(*amount),
        }
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Price");
        match &self.default {
            Base::Fixed(amount) => text.field("fixed", amount),
            Base::ByRequest(_) => text.field("by_request", &"…"),
        };
        text.field("methods", &self.methods).finish()
    }
}

#[derive(Clone)]
enum Base {
    Fixed(Amount),
    ByRequest(Arc<PriceFn>),
}

type PriceFn = dyn Fn(&Parts) -> Quote + Send + Sync;

/// The future of a price.
pub(super) type Quote = Pin<Box<dyn Future<Output = Result<Amount, PriceError>> + Send>>;

fn ready(amount: Amount) -> Quote {
    Box::pin(core::future::ready(Ok(amount)))
}

/// Why a request has no price. Nothing is charged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// The request is not wanted: answered with this status, such as 403, 404 or 405. A status that
    /// is no error (below 400) is answered as 500.
    #[error("{1}")]
    Refused(StatusCode, String),
    /// The price is unknown for now: answered with 503. The reason is logged and not sent.
    #[error("{0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
