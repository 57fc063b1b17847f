//! Payments for the intervals of a metered answer, which the layer takes itself.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::protocol::header::name;
use crate::protocol::{Amount, CreditRefusal};
use crate::receiver::NumberedRequest;

use super::super::cache_control;
use super::super::layer::Settings;
use super::super::price::PriceError;
use super::super::response::Rejection;
use super::super::stream::{Due, MeterRequest, Stream, insert};
use super::{Asking, Taken};

/// Charges for an interval. `None`: nothing, because it is paid for.
pub(super) async fn charge(
    settings: &Arc<Settings>,
    parts: &Parts,
    asked: &MeterRequest,
) -> Result<Option<Taken>, Rejection> {
    let asking = settings.read(parts)?;
    let Some(interval) = asked.interval else {
        let reason = "The query names no interval.";
        return Err(refused(StatusCode::BAD_REQUEST, reason));
    };
    let meters = settings.meters.as_ref();
    let Some(stream) = meters.and_then(|meters| meters.find(&asked.id)) else {
        return uncharged(settings, parts, asking, Err(ended())).await;
    };
    // A payment that was taken counts, even if the connection breaks meanwhile.
    let (settings, parts) = (Arc::clone(settings), parts.clone());
    let charging =
        async move { charge_in_turn(&settings, &parts, &stream, asking, interval).await };
    let charged = tokio::spawn(charging).await;
    charged.unwrap_or(Err(Rejection::StoreUnavailable))
}

async fn charge_in_turn(
    settings: &Settings,
    parts: &Parts,
    stream: &Stream,
    asking: Asking,
    interval: u64,
) -> Result<Option<Taken>, Rejection> {
    let mut count = stream.count().await;
    let otherwise = match count.due(interval) {
        Due::Now => {
            let charged = settings.charge_price(parts, asking, stream.price()).await?;
            stream.pay(&mut count, interval);
            return Ok(Some(charged));
        }
        Due::Paid => Ok(None),
        Due::Early => {
            let reason = "Another interval is to be paid for before this one. Nothing was paid.";
            Err(refused(StatusCode::CONFLICT, reason))
        }
        Due::Ended => Err(ended()),
    };
    uncharged(settings, parts, asking, otherwise).await
}

/// Charges nothing. A payment with a number is told whether it was charged before: its sender may not know.
async fn uncharged(
    settings: &Settings,
    parts: &Parts,
    mut asking: Asking,
    otherwise: Result<Option<Taken>, Rejection>,
) -> Result<Option<Taken>, Rejection> {
    let Some(NumberedRequest { numbered, .. }) = asking.numbered.as_mut() else {
        return otherwise;
    };
    // Whoever agrees to no price wants to know just that.
    let only_asks = numbered.agreed.is_zero();
    numbered.agreed = Amount::ZERO;
    match settings
        .charge_price(parts, asking, Amount::from_u64(1))
        .await
    {
        Ok(before) => Ok(Some(before)),
        Err(Rejection::Payment(offer)) if !only_asks => {
            let refusal = offer.credit.and_then(|credit| credit.refusal);
            match refusal {
                Some(CreditRefusal::PriceRaised) => otherwise,
                _ => Err(Rejection::Payment(offer)),
            }
        }
        Err(refusal) => Err(refusal),
    }
}

/// The answer to a payment for an interval: how many are paid for.
pub(super) async fn answer(
    settings: &Settings,
    asked: &MeterRequest,
    charged: Option<Taken>,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    cache_control::set_no_store(headers);
    let meters = settings.meters.as_ref();
    if let Some(stream) = meters.and_then(|meters| meters.find(&asked.id)) {
        let paid = stream.count().await.paid();
        insert(headers, name::STREAM_PAID, paid.to_string());
    }
    if let Some((_, _, offer)) = charged {
        offer.confirm(headers);
    }
    response
}

fn ended() -> Rejection {
    refused(StatusCode::GONE, "The stream has ended. Nothing was paid.")
}

/// There are too many streams.
pub(super) fn full() -> Rejection {
    let reason = "Too many streams are open. Nothing was paid: ask again later.";
    refused(StatusCode::SERVICE_UNAVAILABLE, reason)
}

fn refused(status: StatusCode, reason: &str) -> Rejection {
    Rejection::NoPrice(PriceError::Refused(status, reason.to_owned()))
}
