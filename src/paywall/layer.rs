//! The layer and its settings.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, Uri};
use serde_json::Value;
use tower_layer::Layer;

use crate::receiver::Receiver;

use super::GATEWAY_PATH;
use super::limit::{RateLimit, SenderLimit};
use super::observe::RequestOutcome;
use super::offer::Offer;
use super::price::Price;
use super::response::AnswerFormat;
use super::service::Paywall;
use super::stream::{Metering, Meters};
use super::token::TokenLabel;

/// Charges for the requests to a service.
///
/// Mounted before any service of `http` requests: a route of axum, a server of hyper or tonic. The
/// bodies of the service's answers must yield [`Bytes`]. A request that does not pay is answered 402
/// with `RDN-*` headers; one that pays exactly its price is handed on with [`Paid`](super::Paid) in
/// its extensions, once the payment is stored. It is checked in this order:
///
/// | | answer |
/// |---|---|
/// | its [path](super::path) could be read in two ways | 400 |
/// | the chain can't be reached for a minute, is contradictory, or the receiver has no ether to defend itself | 502 |
/// | a header of the payment is malformed | 409 |
/// | [`PriceError`](super::PriceError) | what it says |
/// | the price is 0 | the service's, without `RDN-*` headers |
/// | [cookies](super::cookies) of the payment are malformed | 409, or the page |
/// | the sender pays too often ([`limit_senders`](Self::limit_senders)) | 429 |
/// | no payment, or one that is refused | 402 |
/// | the payment can't be stored | 503 |
/// | paid | the service's, with `RDN-*` headers that it does not set itself |
///
/// **What is priced is what is fetched.** Price and service see the same URI with a normalised path: `/%61`
/// is `/a`. Neither sees a header by which a client names another resource or method, such
/// as `X-Original-URL`, `X-HTTP-Method-Override`, `X-Forwarded-Host` or `Forwarded`; `X-Forwarded-For`,
/// `-Proto` and `-Port` stay. A service that finds its method in the query or the body prices it itself.
///
/// A payment may come in cookies as well, as with the original server. The headers of an answer that was
/// paid for tell the state before the payment. Its `Cache-Control` is `private, no-store`; other headers
/// for caches are removed.
///
/// With [`Terms::credit`](crate::receiver::Terms) set, a sender may number its requests by the
/// [credit extension](crate::protocol::credit) and send many at once. One that is repeated is handed on again with
/// the amount 0 and the same [number](super::Paid), if its method is safe.
///
/// **A payment is kept even if the service fails**, with an error or with any status: the receiver has the
/// proof before the service is called, and the protocol can't return it. To compensate for a failure, a
/// service can price the sender's next request lower. The service is called only once it is ready, so an
/// overloaded service that is not ready charges nobody.
///
/// A call of gRPC pays by `RDN-*` metadata, and finds them in the metadata of its answer. It is refused
/// with the same status and headers, without a body, and `grpc-status` says it too:
/// `FAILED_PRECONDITION` for a 402, `INVALID_ARGUMENT` for a 409, `RESOURCE_EXHAUSTED` for a 429,
/// `UNAVAILABLE` for a 502 or 503. Clients that go by the status of HTTP alone see `UNKNOWN`.
///
/// If the connection breaks while the payment is being stored, the request may be paid for and not served;
/// the sender learns that by asking for its balance.
///
/// Calls need a Tokio runtime, like those of the [`Receiver`].
///
/// ```no_run
/// # #[cfg(feature = "paywall")] // For axum.
/// # mod example {
/// use std::sync::Arc;
///
/// use axum::{Extension, Router, routing::get};
/// use microraiden::paywall::{Paid, PaywallLayer, Price};
/// use microraiden::protocol::Amount;
/// use microraiden::receiver::Receiver;
///
/// async fn weather(Extension(paid): Extension<Paid>) -> String {
///     format!("Sunny, {}. {} units so far.\n", paid.sender, paid.balance)
/// }
///
/// fn routes(receiver: Arc<Receiver>) -> Router {
///     let price = Price::fixed(Amount::from_u64(10));
///     Router::new()
///         .route("/weather", get(weather))
///         .route_layer(PaywallLayer::new(receiver, price))
///         .route("/", get("What follows the layer is free.\n"))
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PaywallLayer(Settings);

impl PaywallLayer {
    /// Charges this price on behalf of this receiver.
    pub fn new(receiver: Arc<Receiver>, price: Price) -> Self {
        Self(Settings {
            receiver,
            price,
            gateway: Some(GATEWAY_PATH.to_owned()),
            page: None,
            describe: None,
            answers: AnswerFormat::Problem,
            senders: None,
            observer: None,
            token_label: None,
            meters: None,
        })
    }

    /// Where the receiver's REST interface begins, through which senders close channels: a path or
    /// an absolute URL. Default: `/api/1`.
    #[must_use]
    pub fn gateway(mut self, gateway: &Uri) -> Self {
        self.0.gateway = Some(gateway.to_string());
        self
    }

    /// Names no REST interface: senders close their channels on the chain alone.
    #[must_use]
    pub fn without_gateway(mut self) -> Self {
        self.0.gateway = None;
        self
    }

    /// Shows browsers a page with the 402; [`wants_page`](super::negotiate::wants_page) tells them from
    /// programs by `Accept`. The layer sets the status, the `RDN-*` headers and cookies of the same names,
    /// and `no-store`. The function is given the headers of the request as well, for its language.
    #[must_use]
    pub fn page(
        mut self,
        page: impl Fn(&Offer, &HeaderMap) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.0.page = Some(Arc::new(page));
        self
    }

    /// Adds members to the problem of a 402, such as what is sold: those of an object that the offer has not. The
    /// function is given the headers of the request as well, for its language.
    #[must_use]
    pub fn describe(
        mut self,
        describe: impl Fn(&Offer, &HeaderMap) -> Value + Send + Sync + 'static,
    ) -> Self {
        self.0.describe = Some(Arc::new(describe));
        self
    }

    /// The token's symbol and decimals, for the page and for `tokenSymbol` and `tokenDecimals` of a problem.
    /// Default: none; amounts are shown in base units.
    #[must_use]
    pub fn token_label(mut self, label: TokenLabel) -> Self {
        self.0.token_label = Some(label);
        self
    }

    /// The format of refusals for programs. Default: [`AnswerFormat::Problem`].
    #[must_use]
    pub fn answers(mut self, answers: AnswerFormat) -> Self {
        self.0.answers = answers;
        self
    }

    /// A sender that pays more often than this is answered 429 with `Retry-After`, before the store is
    /// asked, and nothing is taken. Only payments that nobody else can have signed count. Services made by
    /// one layer, or by its clones, share the count. Default: no limit.
    #[must_use]
    pub fn limit_senders(mut self, rate: RateLimit) -> Self {
        self.0.senders = Some(Arc::new(SenderLimit::new(rate)));
        self
    }

    /// Meters the answers that flow: each interval costs what the request cost, which has paid for the first
    /// one. The service waits by [`Paid::charge_more`](super::Paid::charge_more) for each; the layer tells the
    /// sender where to pay and takes those payments itself, at the answer's own path with the query
    /// `rdn-stream`. An answer whose service drops its [`Paid`](super::Paid) is an ordinary one. What goes over
    /// the wire is in `docs/streams.md`.
    ///
    /// Services made by one layer, or by its clones, share the meters. They are in this process: a payment that
    /// a load balancer brings to another one is answered 410 and not charged.
    #[must_use]
    pub fn metered(mut self, metering: Metering) -> Self {
        self.0.meters = Some(Arc::new(Meters::new(metering)));
        self
    }

    /// Calls this function once for each request, before it is passed on or refused; for counting. The
    /// request waits for it, so no slow work in it.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&RequestOutcome) + Send + Sync + 'static) -> Self {
        self.0.observer = Some(Arc::new(observer));
        self
    }
}

impl<S> Layer<S> for PaywallLayer {
    type Service = Paywall<S>;

    fn layer(&self, service: S) -> Paywall<S> {
        Paywall::new(service, Arc::new(self.0.clone()))
    }
}

/// What a layer and its services share.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) receiver: Arc<Receiver>,
    pub(super) price: Price,
    pub(super) gateway: Option<String>,
    pub(super) page: Option<Arc<PageFn>>,
    pub(super) describe: Option<Arc<DescribeFn>>,
    pub(super) answers: AnswerFormat,
    pub(super) senders: Option<Arc<SenderLimit>>,
    pub(super) observer: Option<Arc<ObserverFn>>,
    pub(super) token_label: Option<TokenLabel>,
    pub(super) meters: Option<Arc<Meters>>,
}

pub(super) type ObserverFn = dyn Fn(&RequestOutcome) + Send + Sync;

pub(super) type PageFn = dyn Fn(&Offer, &HeaderMap) -> Response<Bytes> + Send + Sync;

pub(super) type DescribeFn = dyn Fn(&Offer, &HeaderMap) -> Value + Send + Sync;

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("receiver", &self.receiver.address())
            .field("price", &self.price)
            .field("gateway", &self.gateway)
            .field("page", &self.page.is_some())
            .field("answers", &self.answers)
            .field("limits_senders", &self.senders.is_some())
            .field("meters", &self.meters)
            .finish()
    }
}
