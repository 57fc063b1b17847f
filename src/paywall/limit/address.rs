//! The rate limit by address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::paywall::observe::RequestOutcome;
use crate::paywall::response::{AnswerFormat, TOO_MANY};
use crate::paywall::{Metrics, ServerOptions};

use super::{Limiter, RateLimit, TooMany};

/// The quotas of addresses, and how refusals are answered.
#[derive(Clone)]
pub(in crate::paywall) struct AddressLimit {
    quotas: AddressQuotas,
    answers: AnswerFormat,
    metrics: Option<Arc<Metrics>>,
}

/// The quotas of addresses, which the sites of a server share.
#[derive(Clone)]
pub(in crate::paywall) struct AddressQuotas(Arc<Limiter<IpAddr>>);

impl AddressQuotas {
    pub(in crate::paywall) fn new(rate: RateLimit) -> Self {
        Self(Arc::new(Limiter::new(rate)))
    }
}

impl AddressLimit {
    pub(in crate::paywall) fn new(quotas: AddressQuotas, options: &ServerOptions) -> Self {
        Self {
            quotas,
            answers: options.answers,
            metrics: options.metrics.clone(),
        }
    }
}

/// Passes a request on unless its address has no quota left. Without an address it is not counted.
pub(in crate::paywall) async fn admit(
    State(limit): State<AddressLimit>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let client = client.map(|info| info.0.ip());
    match client.map(|address| limit.quotas.0.count(client_of(address))) {
        Some(Err(wait)) => {
            if let Some(metrics) = &limit.metrics {
                metrics.count(&RequestOutcome::Refused(TOO_MANY));
            }
            limit.answers.too_many(TooMany(wait)).map(Body::from)
        }
        Some(Ok(_)) | None => next.run(request).await,
    }
}

/// The client that an address stands for: an IPv6 client usually has all addresses of one /64.
pub(in crate::paywall) fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
