//! The terms in a 402.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use crate::protocol::header::{Demand, name};
use crate::protocol::{Address, Amount, BalanceProof, Generation};

use super::cache_control;
use super::credit::CreditAnswer;
use super::token::TokenLabel;

/// The terms of a request, and why a payment for it was refused, if one was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The path of the request, with its query.
    pub resource: String,
    /// The method of the request; the paying request has to use the same.
    pub method: Method,
    /// What its `RDN-*` headers say.
    pub demand: Demand,
    /// Whose state the headers tell, if its signature was verified.
    pub sender: Option<Address>,
    /// The chain on which to pay.
    pub chain_id: u64,
    /// The generation of the contract.
    pub generation: Generation,
    /// What people call the token, if the server was told.
    pub token_label: Option<TokenLabel>,
    /// The least deposit of a channel that is paid in, in token base units; `None`: any will do.
    pub min_deposit: Option<Amount>,
    /// Whether the channel's deposit is below that.
    pub deposit_too_low: bool,
    /// What is said by the [credit extension](crate::protocol::credit), if the receiver speaks it.
    pub credit: Option<CreditAnswer>,
}

impl Offer {
    /// What a page needs: `resource` (path and query), `price` (decimal digits, token base units),
    /// `receiver`, `contract`, `token`, `chainId`, `generation` (`0.1` or `0.2`), `gateway`. A member is
    /// null where there is none. If the server was told, also `tokenSymbol` and `tokenDecimals`: claims
    /// of the token, for showing amounts; `minDeposit` (decimal digits) where there is one; and `credit` with
    /// `window` and `repeat` where requests may be numbered.
    pub fn to_json(&self) -> Value {
        let mut told = json!({
            "resource": self.resource,
            "price": self.demand.price.to_string(),
            "receiver": self.demand.receiver.to_string(),
            "contract": self.demand.contract.to_string(),
            "token": self.demand.token.map(|token| token.to_string()),
            "chainId": self.chain_id,
            "generation": self.generation.name(),
            "gateway": self.demand.gateway,
        });
        if let Some(label) = &self.token_label {
            told["tokenSymbol"] = json!(label.symbol());
            told["tokenDecimals"] = json!(label.decimals());
        }
        if let Some(least) = self.min_deposit {
            told["minDeposit"] = json!(least.to_string());
        }
        if let Some(CreditAnswer { offer, .. }) = self.credit {
            told["credit"] = json!({ "window": offer.window, "repeat": offer.repeat });
        }
        told
    }

    /// The path alone, for logs: a query may hold secrets.
    pub(super) fn path(&self) -> &str {
        self.resource.split('?').next().unwrap_or_default()
    }

    /// With the accepted state, which is told only to a sender whose signature was verified.
    pub(super) fn with_state(
        mut self,
        sender: Address,
        balance: Amount,
        proof: Option<BalanceProof>,
    ) -> Self {
        self.sender = Some(sender);
        self.demand.sender_balance = Some(balance);
        self.demand.balance_signature = proof.map(|proof| proof.signature);
        self
    }

    /// Adds the terms to a 402.
    pub(super) fn ask(&self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
        cache_control::set_no_store(headers);
    }

    /// With the page every answer header is a session cookie too, as the original page reads them.
    pub(super) fn add_cookies(&self, headers: &mut HeaderMap) {
        for (name, value) in self.texts() {
            let cookie = format!("{name}={value}; Path=/; SameSite=Lax");
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                headers.append(SET_COOKIE, cookie);
            }
        }
    }

    /// Adds the terms to an answer that was paid for. Headers of the resource itself stay.
    pub(super) fn confirm(&self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.entry(name).or_insert(value);
        }
        cache_control::set_private(headers);
    }

    fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let credit = self.credit.iter().flat_map(CreditAnswer::texts);
        self.texts()
            .into_iter()
            .chain(credit)
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.try_into().ok()?)))
    }

    fn texts(&self) -> Vec<(&'static str, String)> {
        let mut texts = self.demand.headers();
        texts.extend(
            self.sender
                .map(|sender| (name::SENDER_ADDRESS, sender.to_string())),
        );
        texts
    }
}
