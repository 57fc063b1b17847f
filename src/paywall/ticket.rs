//! Tickets for the request that follows a redirect.
//!
//! An upstream may answer a paid request by a redirect. What it leads to is what was paid for, so the answer
//! gets a ticket for it in a cookie, which covers one request in the place of a payment:
//!
//! - It is signed (HMAC-SHA256) with a key of this process, and dies with it.
//! - It is for one path and query, and for no higher price than was paid.
//! - It counts once, for a minute. The redirects that follow a redirect share that minute.
//! - A request that pays anew is charged, and the ticket stays.
//!
//! The same ticket is also set for the path that was redirected: scripts can't read where a redirect leads, so
//! the npm package asks there again without a payment. Whichever of the two comes first is covered.
//!
//! The answer to a covered request shows the proof that paid for it, as any answer shows what the receiver holds
//! of the sender, and the number of the payment if it had one: so the sender knows that its payment was counted.

mod place;

use core::fmt;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::SystemRandom;

use crate::protocol::header::{Payment, name};
use crate::protocol::{Address, Amount, BalanceProof, PaymentNumber};

use super::cache_control;
use super::cookies::{self, Paying};
use super::receipt::{Paid, PaidBy};
use super::response::AnswerFormat;

pub(super) use place::Place;

/// The cookies begin like those of a payment, which the upstream does not get.
const FOLLOW_UP: &str = "RDN-Ticket";
/// For the path that was redirected. It may be the same but for the query.
const REPEATED: &str = "RDN-Ticket-Again";

/// The most tickets that are known to be used, in each half of the memory. Then no more are taken.
const MOST_USED: usize = 65_536;

/// The most cookies of one name that are read of a request.
const MOST_SENT: usize = 16;

/// Makes tickets, and knows which were used.
pub(super) struct Tickets {
    key: hmac::Key,
    lifetime: Duration,
    began: Instant,
    issued: AtomicU64,
    used: Mutex<Used>,
}

impl Tickets {
    /// `None`: the system has no random numbers.
    pub(super) fn new(lifetime: Duration) -> Option<Self> {
        Some(Self {
            key: hmac::Key::generate(HMAC_SHA256, &SystemRandom::new()).ok()?,
            lifetime,
            began: Instant::now(),
            issued: AtomicU64::new(0),
            used: Mutex::default(),
        })
    }

    /// What was paid for a request, to be handed on by tickets.
    pub(super) fn cover(&self, paid: &Paid, by: &PaidBy) -> Covered {
        Covered {
            expires: self.now() + self.lifetime,
            amount: by.covers,
            sender: paid.sender,
            open_block: paid.open_block,
            proof: by.proof,
            number: paid.number,
        }
    }

    /// Uses up a ticket of a request for this place at this price. `None`: it has none that counts, or pays.
    pub(super) fn redeem(
        &self,
        headers: &HeaderMap,
        format: AnswerFormat,
        place: &Place,
        price: Amount,
    ) -> Option<Covered> {
        let sent = [FOLLOW_UP, REPEATED].into_iter();
        let sent = sent.flat_map(|name| cookies::values(headers, name).take(MOST_SENT));
        let mut sent = sent.peekable();
        sent.peek()?;
        let paying = match Paying::read(headers, format) {
            Paying::Not => None,
            Paying::By(payment) => Some(*payment),
            Paying::MalformedHeaders(_) | Paying::MalformedCookies(_) => return None,
        };
        sent.find_map(|text| {
            let (id, covered) = self.verify(text, place)?;
            let pays_anew = paying.as_ref().is_some_and(|p| covered.is_before(p));
            let counts = price <= covered.amount && self.now() < covered.expires && !pays_anew;
            (counts && self.use_up(id)).then_some(covered)
        })
    }

    /// Adds tickets to an answer that redirects what was asked for to a place here, which costs no more.
    pub(super) fn issue<B>(
        &self,
        response: &mut Response<B>,
        covered: Covered,
        asked: &TicketRequest,
        price: impl Fn(&Place) -> Amount,
    ) {
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return;
        }
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| str::from_utf8(location.as_bytes()).ok());
        let target =
            location.and_then(|location| asked.place.redirected(location, asked.host.as_deref()));
        let Some(target) = target else { return };
        let price = price(&target);
        let seconds = covered.expires.saturating_sub(self.now()).as_secs() + 1;
        if price.is_zero() || price > covered.amount {
            return;
        }
        let id = self.issued.fetch_add(1, Ordering::Relaxed);
        for (name, place) in [(FOLLOW_UP, &target), (REPEATED, &asked.place)] {
            let text = covered.write(id);
            let mac = hmac::sign(&self.key, signed(&text, place).as_bytes());
            let mac = hex::encode(mac);
            let path = place.cookie_path();
            let secure = if asked.is_secure { "; Secure" } else { "" };
            let cookie = format!(
                "{name}={text}.{mac}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
            );
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
    }

    fn verify(&self, text: &str, place: &Place) -> Option<(u64, Covered)> {
        let (text, mac) = text.rsplit_once('.')?;
        let mac = hex::decode(mac).ok()?;
        hmac::verify(&self.key, signed(text, place).as_bytes(), &mac).ok()?;
        Covered::read(text)
    }

    /// Since these tickets began, so that changes of the clock do not matter.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn use_up(&self, id: u64) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.add(id, self.now(), self.lifetime)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tickets({:?})", self.lifetime)
    }
}

/// What a request asks for, and how.
pub(super) struct TicketRequest {
    pub(super) place: Place,
    pub(super) host: Option<String>,
    /// Over HTTPS, as a trusted proxy says.
    pub(super) is_secure: bool,
}

/// What a ticket says: a payment, and until when it covers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Covered {
    expires: Duration,
    amount: Amount,
    sender: Address,
    open_block: u32,
    proof: BalanceProof,
    number: Option<PaymentNumber>,
}

impl Covered {
    /// Shows the proof in the answer to a covered request. Headers of the resource itself stay.
    pub(super) fn show(&self, headers: &mut HeaderMap) {
        let numbered = self.number.map(|number| {
            [
                (name::PAYMENT_NUMBER, number.to_string()),
                (name::PAID, self.amount.to_string()),
            ]
        });
        let proof = [
            (name::SENDER_ADDRESS, self.sender.to_string()),
            (name::SENDER_BALANCE, self.proof.balance.to_string()),
            (name::BALANCE_SIGNATURE, self.proof.signature.to_string()),
        ];
        for (name, value) in proof.into_iter().chain(numbered.into_iter().flatten()) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value.try_into()) {
                headers.entry(name).or_insert(value);
            }
        }
        cache_control::set_private(headers);
    }

    /// What an upstream is told of that payment. It was told the amount already, with the request that was redirected,
    /// so here it is 0: amounts add up to what was paid.
    pub(super) fn as_paid(&self) -> Paid {
        Paid {
            sender: self.sender,
            open_block: self.open_block,
            amount: Amount::ZERO,
            balance: self.proof.balance,
            number: None,
            stream: None,
        }
    }

    /// Whether that payment may be one that was made later.
    fn is_before(&self, payment: &Payment) -> bool {
        (payment.sender, payment.open_block) != (self.sender, self.open_block)
            || payment.proof.balance > self.proof.balance
    }

    fn write(&self, id: u64) -> String {
        let expires = self.expires.as_millis();
        let (amount, sender, block) = (self.amount, self.sender, self.open_block);
        let BalanceProof { balance, signature } = self.proof;
        let number = self.number.map_or(0, PaymentNumber::get);
        format!("{id}.{expires}.{amount}.{sender}.{block}.{balance}.{signature}.{number}")
    }

    fn read(text: &str) -> Option<(u64, Self)> {
        let mut parts = text.split('.');
        let id = parts.next()?.parse().ok()?;
        let covered = Self {
            expires: Duration::from_millis(parts.next()?.parse().ok()?),
            amount: parts.next()?.parse().ok()?,
            sender: parts.next()?.parse().ok()?,
            open_block: parts.next()?.parse().ok()?,
            proof: BalanceProof {
                balance: parts.next()?.parse().ok()?,
                signature: parts.next()?.parse().ok()?,
            },
            // 0 is no number.
            number: parts.next()?.parse().ok(),
        };
        parts.next().is_none().then_some((id, covered))
    }
}

fn signed(text: &str, place: &Place) -> String {
    format!("{text} {}", place.text())
}

/// The tickets that were used: a ticket is forgotten one to two lifetimes after its use, when it has expired.
#[derive(Default)]
struct Used {
    since: Duration,
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl Used {
    /// Whether it was not used before, and there is room to remember it.
    fn add(&mut self, id: u64, now: Duration, lifetime: Duration) -> bool {
        if now.saturating_sub(self.since) >= lifetime {
            let is_recent = now.saturating_sub(self.since) < 2 * lifetime;
            let newer = core::mem::take(&mut self.newer);
            self.older = if is_recent { newer } else { HashSet::new() };
            self.since = now;
        }
        !self.older.contains(&id) && self.newer.len() < MOST_USED && self.newer.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_tickets_take_bounded_memory() {
        let lifetime = Duration::from_secs(60);
        let mut used = Used::default();
        let start = Duration::from_secs(30);
        let most = u64::try_from(MOST_USED).expect("a number");
        assert!((0..most).all(|id| used.add(id, start, lifetime)));
        assert!(!used.add(most, start, lifetime), "there is no room");
        let later = start + lifetime;
        assert!(!used.add(0, later, lifetime), "it is still known");
        assert!(used.add(most, later, lifetime));
        assert!(!used.add(most, later + lifetime, lifetime));
        let all = used.newer.len() + used.older.len();
        assert!(all <= 2 * MOST_USED);
        assert!(used.add(most + 1, later + 4 * lifetime, lifetime));
        assert!(used.older.is_empty() && used.newer.len() == 1);
    }
}
