//! The service that charges for requests and passes them on.

mod metered;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_service::Service;
use tracing::{debug, error, info};

use crate::protocol::Amount;
use crate::protocol::header::{Demand, Payment};
use crate::receiver::{AcceptError, Accepted, ChainStatus, Charged, NumberedRequest};

use super::aliases;
use super::cookies::Paying;
use super::credit::{self, CreditAnswer};
use super::layer::Settings;
use super::log_text::ClientText;
use super::observe::RequestOutcome;
use super::offer::Offer;
use super::path::CanonicalPath;
use super::price::PriceError;
use super::receipt::{Paid, PaidBy};
use super::response::Rejection;
use super::stream::MeterRequest;

/// A service whose requests are charged for, made by [`PaywallLayer`](super::PaywallLayer).
#[derive(Clone, Debug)]
pub struct Paywall<S> {
    service: S,
    settings: Arc<Settings>,
}

impl<S> Paywall<S> {
    pub(super) fn new(service: S, settings: Arc<Settings>) -> Self {
        Self { service, settings }
    }
}

impl<S, I, O> Service<Request<I>> for Paywall<S>
where
    S: Service<Request<I>, Response = Response<O>> + Clone + Send + 'static,
    S::Future: Send,
    I: Send + 'static,
    O: Body<Data = Bytes> + 'static,
{
    type Response = Response<ResponseBody<O>>;
    type Error = S::Error;
    type Future = ResponseFuture<O, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<I>) -> Self::Future {
        // The instance that was ready is the one to call.
        let next = self.service.clone();
        let service = std::mem::replace(&mut self.service, next);
        let settings = Arc::clone(&self.settings);
        Box::pin(serve(settings, service, request))
    }
}

/// The body of an answer of [`Paywall`]: the service's, or one of the paywall's own, which is short and
/// there at once.
pub type ResponseBody<B> = Either<B, Full<Bytes>>;

/// The answer of a [`Paywall`], some time later.
pub type ResponseFuture<O, E> =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody<O>>, E>> + Send>>;

async fn serve<S, I, O>(
    settings: Arc<Settings>,
    mut service: S,
    request: Request<I>,
) -> Result<Response<ResponseBody<O>>, S::Error>
where
    S: Service<Request<I>, Response = Response<O>>,
{
    let (mut parts, body) = request.into_parts();
    let asked = settings
        .meters
        .as_ref()
        .and_then(|_| MeterRequest::read(&parts.uri));
    let charged = match (one_name(&mut parts), &asked) {
        (Ok(()), None) => settings.charge(&parts).await,
        (Ok(()), Some(asked)) => metered::charge(&settings, &parts, asked).await,
        (Err(ambiguous), _) => Err(ambiguous),
    };
    if let Some(observer) = &settings.observer {
        observer(&match &charged {
            Ok(Some((paid, ..))) if paid.amount.is_zero() => RequestOutcome::Repeated(paid.clone()),
            Ok(Some((paid, ..))) => RequestOutcome::Paid(paid.clone()),
            Ok(None) => RequestOutcome::Free,
            Err(refusal) => RequestOutcome::Refused(refusal.code()),
        });
    }
    let charged = match charged {
        Ok(charged) => charged,
        Err(refusal) => {
            note(&refusal, parts.uri.path());
            let answer = refusal.answer(&settings, &parts);
            return Ok(answer.map(|bytes| Either::Right(Full::new(bytes))));
        }
    };
    if let Some(asked) = asked {
        let answer = metered::answer(&settings, &asked, charged).await;
        return Ok(answer.map(|bytes| Either::Right(Full::new(bytes))));
    }
    let offer = charged.map(|(paid, by, offer)| {
        let first = u64::from(!paid.amount.is_zero());
        let stream = paid.stream.as_ref().map(|stream| stream.name(first));
        parts.extensions.insert(paid);
        parts.extensions.insert(by);
        (offer, stream)
    });
    let mut response = service.call(Request::from_parts(parts, body)).await?;
    if let Some((offer, stream)) = offer {
        offer.confirm(response.headers_mut());
        if let Some(stream) = stream {
            stream.announce(response.headers_mut());
        }
    }
    Ok(response.map(Either::Left))
}

/// What was taken for a request, and what is told about it.
type Taken = (Paid, PaidBy, Offer);

/// What a request says of its payment.
struct Asking {
    paying: Paying,
    numbered: Option<NumberedRequest>,
}

impl Asking {
    fn pays(&self) -> bool {
        matches!(self.paying, Paying::By(_))
    }
}

/// Sets the one path that is priced, and removes headers that name another resource.
fn one_name(parts: &mut Parts) -> Result<(), Rejection> {
    aliases::remove(&mut parts.headers);
    let known = parts.extensions.get::<CanonicalPath>().cloned();
    let path = match known {
        Some(path) => path,
        None => CanonicalPath::of(parts).map_err(Rejection::Ambiguous)?,
    };
    path.write(&mut parts.uri);
    Ok(())
}

impl Settings {
    /// Charges for a request. `None`: it is free.
    async fn charge(&self, parts: &Parts) -> Result<Option<Taken>, Rejection> {
        let asking = self.read(parts)?;
        let price = self.price.of(parts).await.map_err(|price_error| {
            if let PriceError::Failed(error) = &price_error {
                let path = ClientText(parts.uri.path());
                error!(?path, error, "a price could not be told");
            }
            Rejection::NoPrice(price_error)
        })?;
        if price.is_zero() {
            return Ok(None);
        }
        // There must be room for its meter before it is paid for.
        let meters = self.meters.as_ref().filter(|_| asking.pays());
        let stream = meters.map(|meters| meters.begin(price).ok_or_else(metered::full));
        let stream = stream.transpose()?;
        let (mut paid, by, offer) = self.charge_price(parts, asking, price).await?;
        if let Some(stream) = stream {
            // A repeated request was paid for once, and what that paid for may have flown.
            if !paid.amount.is_zero() {
                stream.pay(&mut *stream.count().await, 1);
            }
            paid.stream = Some(stream);
        }
        Ok(Some((paid, by, offer)))
    }

    /// What a request says of its payment, where something can be sold.
    fn read(&self, parts: &Parts) -> Result<Asking, Rejection> {
        match self.receiver.status() {
            ChainStatus::Ready => {}
            ChainStatus::Offline => return Err(Rejection::ChainOffline),
            ChainStatus::EtherTooLow => return Err(Rejection::EtherTooLow),
            ChainStatus::StoreUnavailable => return Err(Rejection::StoreUnavailable),
        }
        let paying = Paying::read(&parts.headers, self.answers);
        if let Paying::MalformedHeaders(error) = paying {
            return Err(Rejection::Malformed(error));
        }
        let numbered = match paying {
            Paying::Not => None,
            _ => credit::read(parts, self.receiver.terms().credit.as_ref())
                .map_err(Rejection::Malformed)?,
        };
        Ok(Asking { paying, numbered })
    }

    /// Charges this price for a request.
    async fn charge_price(
        &self,
        parts: &Parts,
        asking: Asking,
        price: Amount,
    ) -> Result<Taken, Rejection> {
        let offer = self.offer(parts, price);
        match asking.paying {
            Paying::Not => Err(Rejection::Demanded(Box::new(offer))),
            Paying::MalformedHeaders(error) => Err(Rejection::Malformed(error)),
            Paying::MalformedCookies(error) => {
                Err(Rejection::MalformedCookies(error, Box::new(offer)))
            }
            Paying::By(payment) => {
                if let Some(senders) = &self.senders {
                    senders.check(payment.sender).map_err(Rejection::TooMany)?;
                }
                match asking.numbered {
                    Some(numbered) => self.charge_number(&payment, &numbered, price, offer).await,
                    None => self.take(&payment, price, offer).await,
                }
            }
        }
    }

    /// Takes a payment, if it is one for this price.
    async fn take(
        &self,
        payment: &Payment,
        price: Amount,
        offer: Offer,
    ) -> Result<Taken, Rejection> {
        let outcome = self.receiver.accept(payment, price).await;
        if let Some(senders) = &self.senders {
            senders.count(payment, outcome.as_ref().map(|_| ()));
        }
        match outcome {
            Ok(accepted) => Ok(receipt(payment, &accepted, offer)),
            Err(refused) => Err(explain(payment, &refused, offer)),
        }
    }

    /// Charges for a numbered request, unless it was charged before.
    async fn charge_number(
        &self,
        payment: &Payment,
        request: &NumberedRequest,
        price: Amount,
        offer: Offer,
    ) -> Result<Taken, Rejection> {
        let outcome = self.receiver.charge(payment, request, price).await;
        // Whoever saw a request can repeat it.
        let repeated = outcome.as_ref().is_ok_and(|charged| charged.repeated);
        if let Some(senders) = self.senders.as_ref().filter(|_| !repeated) {
            senders.count(payment, outcome.as_ref().map(|_| ()));
        }
        match outcome {
            Ok(charged) => Ok(numbered_receipt(payment, &charged, offer)),
            Err(refused) => Err(explain(payment, &refused, offer)),
        }
    }

    fn offer(&self, parts: &Parts, price: Amount) -> Offer {
        let contract = self.receiver.contract();
        let demand = Demand {
            contract: contract.manager.address,
            receiver: self.receiver.address(),
            price,
            token: Some(contract.token),
            gateway: self.gateway.clone(),
            refusal: None,
            sender_balance: None,
            balance_signature: None,
        };
        let asked = parts.uri.path_and_query();
        let asked = asked.map_or(parts.uri.path(), PathAndQuery::as_str);
        Offer {
            resource: asked.to_owned(),
            method: parts.method.clone(),
            demand,
            sender: None,
            chain_id: contract.chain_id,
            generation: contract.manager.generation,
            token_label: self.token_label.clone(),
            min_deposit: Some(self.receiver.terms().min_deposit).filter(|least| !least.is_zero()),
            deposit_too_low: false,
            credit: self
                .receiver
                .terms()
                .credit
                .as_ref()
                .map(CreditAnswer::announcing),
        }
    }
}

fn receipt(payment: &Payment, accepted: &Accepted, offer: Offer) -> Taken {
    info!(
        sender = %payment.sender, block = payment.open_block, paid = %accepted.paid,
        balance = %payment.proof.balance, path = ?ClientText(offer.path()), "paid"
    );
    let paid = Paid {
        sender: payment.sender,
        open_block: payment.open_block,
        amount: accepted.paid,
        balance: payment.proof.balance,
        number: None,
        stream: None,
    };
    let offer = offer.with_state(payment.sender, accepted.before, accepted.proof_before);
    let by = PaidBy {
        proof: payment.proof,
        covers: accepted.paid,
    };
    (paid, by, offer)
}

fn numbered_receipt(payment: &Payment, charged: &Charged, mut offer: Offer) -> Taken {
    let Charged { charge, state, .. } = charged;
    let amount = if charged.repeated {
        Amount::ZERO
    } else {
        charge.price
    };
    info!(
        sender = %payment.sender, block = payment.open_block, paid = %amount, number = %charge.number,
        charged = %state.charged, accepted = %state.balance, path = ?ClientText(offer.path()),
        "{}", if charged.repeated { "served again" } else { "paid" }
    );
    let paid = Paid {
        sender: payment.sender,
        open_block: payment.open_block,
        amount,
        balance: state.charged,
        number: Some(charge.number),
        stream: None,
    };
    let by = PaidBy {
        proof: payment.proof,
        covers: charge.price,
    };
    offer.credit = offer.credit.map(|credit| credit.charging(charged));
    let offer = offer.with_state(payment.sender, state.balance, state.proof);
    (paid, by, offer)
}

fn explain(payment: &Payment, refused: &AcceptError, mut offer: Offer) -> Rejection {
    match refused {
        // The status has changed since `charge` read it.
        AcceptError::NotReady(ChainStatus::EtherTooLow) => return Rejection::EtherTooLow,
        AcceptError::NotReady(ChainStatus::StoreUnavailable) => return Rejection::StoreUnavailable,
        AcceptError::NotReady(_) => return Rejection::ChainOffline,
        _ => {}
    }
    if let AcceptError::StoreUnavailable(error) = refused {
        error!(
            sender = %payment.sender, block = payment.open_block, path = ?ClientText(offer.path()),
            %error, "a payment could not be stored"
        );
        return Rejection::StoreUnavailable;
    }
    offer.demand.refusal = refused.refusal();
    offer.deposit_too_low = matches!(refused, AcceptError::DepositTooLow(_));
    if let AcceptError::Credit(refusal, _) = refused {
        offer.credit = offer.credit.map(|credit| CreditAnswer {
            refusal: Some(*refusal),
            ..credit
        });
    }
    if let Some(known) = refused.known() {
        offer.credit = offer.credit.map(|credit| credit.with_state(known));
        offer = offer.with_state(payment.sender, known.balance, known.proof);
    }
    let path = offer.path().to_owned();
    let refusal = Rejection::Payment(Box::new(offer));
    info!(
        sender = %payment.sender, block = payment.open_block, balance = %payment.proof.balance,
        reason = refusal.code(), path = ?ClientText(&path), "payment refused"
    );
    refusal
}

/// Logs a refusal of a request whose payment, if any, was not checked; others are logged with their payment.
fn note(refusal: &Rejection, path: &str) {
    let (reason, path) = (refusal.code(), ClientText(path));
    match refusal {
        Rejection::Demanded(_) => debug!(?path, "payment asked for"),
        // They may be many.
        Rejection::TooMany(_) => debug!(reason, ?path, "refused"),
        Rejection::ChainOffline
        | Rejection::EtherTooLow
        | Rejection::Ambiguous(_)
        | Rejection::Malformed(_)
        | Rejection::MalformedCookies(..)
        | Rejection::NoPrice(_) => info!(reason, ?path, "refused"),
        Rejection::Payment(_) | Rejection::StoreUnavailable => {}
    }
}
