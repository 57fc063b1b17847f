//! What the program tells of its state, beside the metrics.
//!
//! | path | answer |
//! |---|---|
//! | `/health` | 200 while the process lives |
//! | `/ready` | 200 if payments can be accepted, else 503; `{"ready": …, "leads": …, "reasons": [{"code": …, "detail": …}]}` |
//!
//! `leads`: whether this process follows the chain and answers close requests. Of several over one PostgreSQL database one does;
//! the others sell by what it finds, so each is as ready as that one is. If it falls silent, they sell on for a minute,
//! in which another one takes over; where none does, the reason is `chain-unavailable`.
//!
//! | code | reason |
//! |---|---|
//! | `starting` | the program has not begun to follow the chain |
//! | `node-unavailable`, `store-unavailable` | at the start (`--wait`): neither answers yet; later: the store does not answer, or has not since the chain was read last |
//! | `chain-unavailable` | no node has answered for a minute, or the nodes contradict each other or what was read before |
//! | `chain-behind` | no node was heard lately |
//! | `ether-too-low` | the account can't defend its channels |
//!
//! Of a server with several sites each reason says by `site` which one can't be paid. Once all of them have
//! started the answer is 200 while one of them can be paid: a site that can't shall not take the others off the
//! load balancer.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::timeout;

use crate::receiver::{ChainStatus, Receiver};

/// The time for the store to answer.
const STORE: Duration = Duration::from_secs(5);

/// Why nothing is sold: the `code` of `/ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// The program has not begun to follow the chain.
    Starting,
    /// The node does not answer at the start.
    NodeUnavailable,
    /// The store does not answer.
    StoreUnavailable,
    /// No node has answered for a minute, or the nodes contradict each other or what was read before.
    ChainUnavailable,
    /// No node was heard lately.
    ChainBehind,
    /// The account has too little ether for disputes.
    EtherTooLow,
}

impl NotReady {
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Starting => ("starting", "The program is starting."),
            Self::NodeUnavailable => ("node-unavailable", "The node does not answer."),
            Self::StoreUnavailable => ("store-unavailable", "The store does not answer."),
            Self::ChainUnavailable => (
                "chain-unavailable",
                "No node answers, or the chain is not read to its head.",
            ),
            Self::ChainBehind => ("chain-behind", "No node was heard lately."),
            Self::EtherTooLow => (
                "ether-too-low",
                "The receiver's account has too little ether for disputes.",
            ),
        }
    }
}

/// The state of the program, from its start on. Clones are one.
#[derive(Clone)]
pub struct Health(Arc<State>);

struct State {
    recent: Duration,
    waits: Mutex<NotReady>,
    sites: Vec<SiteState>,
}

struct SiteState {
    /// If there are several.
    name: Option<String>,
    receiver: OnceLock<Arc<Receiver>>,
}

impl Health {
    /// Of a program that starts. A node that was heard within `recent` is followed.
    pub fn new(recent: Duration) -> Self {
        Self::of_sites(recent, [None])
    }

    /// The same of several sites, by their names.
    pub fn of_sites(recent: Duration, names: impl IntoIterator<Item = Option<String>>) -> Self {
        let site = |name| SiteState {
            name,
            receiver: OnceLock::new(),
        };
        Self(Arc::new(State {
            recent,
            waits: Mutex::new(NotReady::Starting),
            sites: names.into_iter().map(site).collect(),
        }))
    }

    /// What the start waits for.
    pub fn waits_for(&self, reason: NotReady) {
        *self.0.waits.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// From here on the receiver's state counts.
    pub fn follows(&self, receiver: &Arc<Receiver>) {
        self.site_follows(0, receiver);
    }

    /// From here on the state of the receiver of this site counts, in the order of their names.
    pub fn site_follows(&self, site: usize, receiver: &Arc<Receiver>) {
        if let Some(site) = self.0.sites.get(site) {
            site.receiver.get_or_init(|| Arc::clone(receiver));
        }
    }

    /// Of each site, once it has started.
    pub(super) fn receivers(&self) -> impl Iterator<Item = Option<&Arc<Receiver>>> {
        self.0.sites.iter().map(|site| site.receiver.get())
    }

    /// Why payments can't be accepted, at one of the sites at least; empty if they can.
    pub async fn reasons(&self) -> Vec<NotReady> {
        let told = self.told().await;
        told.into_iter().flat_map(|(_, reasons)| reasons).collect()
    }

    /// The same by site. All stores are asked at once.
    async fn told(&self) -> Vec<(&SiteState, Vec<NotReady>)> {
        let recent = self.0.recent;
        let ask = |site: &SiteState| {
            let receiver = site.receiver.get().cloned()?;
            Some(tokio::spawn(reasons_of(receiver, recent)))
        };
        let asked: Vec<_> = self.0.sites.iter().map(ask).collect();
        let mut told = Vec::new();
        for (site, asked) in self.0.sites.iter().zip(asked) {
            let reasons = match asked {
                Some(asked) => asked
                    .await
                    .unwrap_or_else(|_| vec![NotReady::StoreUnavailable]),
                None => vec![*self.0.waits.lock().unwrap_or_else(PoisonError::into_inner)],
            };
            told.push((site, reasons));
        }
        told
    }

    pub(super) async fn ready(self) -> Response {
        let sites = self.told().await;
        let has_started = sites.iter().all(|(site, _)| site.receiver.get().is_some());
        let is_ready = has_started && sites.iter().any(|(_, reasons)| reasons.is_empty());
        let status = match is_ready {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut told = Vec::new();
        for (site, reasons) in sites {
            for reason in reasons {
                let (code, detail) = reason.describe();
                let mut reason = json!({ "code": code, "detail": detail });
                if let Some(name) = &site.name {
                    reason["site"] = json!(name);
                }
                told.push(reason);
            }
        }
        // For one of the sites at least.
        let leads = |receiver: &Arc<Receiver>| receiver.lease().leads;
        let leads = self.receivers().flatten().any(leads);
        let told = json!({ "ready": is_ready, "leads": leads, "reasons": told });
        (status, [(CACHE_CONTROL, "no-store")], Json(told)).into_response()
    }
}

/// Why this receiver can't be paid.
async fn reasons_of(receiver: Arc<Receiver>, recent: Duration) -> Vec<NotReady> {
    let mut reasons = Vec::new();
    match receiver.status() {
        ChainStatus::Ready => {}
        ChainStatus::Offline => reasons.push(NotReady::ChainUnavailable),
        ChainStatus::EtherTooLow => reasons.push(NotReady::EtherTooLow),
        ChainStatus::StoreUnavailable => reasons.push(NotReady::StoreUnavailable),
    }
    let seen = receiver.progress().map(|progress| progress.seen);
    let silent = seen.and_then(|seen| seen.elapsed().ok());
    if silent.is_some_and(|silent| silent > recent) {
        reasons.push(NotReady::ChainBehind);
    }
    let answer = timeout(STORE, receiver.store().transactions()).await;
    let known = reasons.contains(&NotReady::StoreUnavailable);
    if !known && !matches!(answer, Ok(Ok(_))) {
        reasons.push(NotReady::StoreUnavailable);
    }
    reasons
}
