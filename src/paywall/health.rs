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
    receiver: OnceLock<Arc<Receiver>>,
}

impl Health {
    /// Of a program that starts. A node that was heard within `recent` is followed.
    pub fn new(recent: Duration) -> Self {
        Self(Arc::new(State {
            recent,
            waits: Mutex::new(NotReady::Starting),
            receiver: OnceLock::new(),
        }))
    }

    /// What the start waits for.
    pub fn waits_for(&self, reason: NotReady) {
        *self.0.waits.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// From here on the receiver's state counts.
    pub fn follows(&self, receiver: &Arc<Receiver>) {
        self.0.receiver.get_or_init(|| Arc::clone(receiver));
    }

    pub(super) fn receiver(&self) -> Option<&Arc<Receiver>> {
        self.0.receiver.get()
    }

    /// Why payments can't be accepted; empty if they can.
    pub async fn reasons(&self) -> Vec<NotReady> {
        let Some(receiver) = self.receiver() else {
            return vec![*self.0.waits.lock().unwrap_or_else(PoisonError::into_inner)];
        };
        let mut reasons = Vec::new();
        match receiver.status() {
            ChainStatus::Ready => {}
            ChainStatus::Offline => reasons.push(NotReady::ChainUnavailable),
            ChainStatus::EtherTooLow => reasons.push(NotReady::EtherTooLow),
            ChainStatus::StoreUnavailable => reasons.push(NotReady::StoreUnavailable),
        }
        let seen = receiver.progress().map(|progress| progress.seen);
        let silent = seen.and_then(|seen| seen.elapsed().ok());
        if silent.is_some_and(|silent| silent > self.0.recent) {
            reasons.push(NotReady::ChainBehind);
        }
        let answer = timeout(STORE, receiver.store().transactions()).await;
        let known = reasons.contains(&NotReady::StoreUnavailable);
        if !known && !matches!(answer, Ok(Ok(_))) {
            reasons.push(NotReady::StoreUnavailable);
        }
        reasons
    }

    pub(super) async fn ready(self) -> Response {
        let reasons = self.reasons().await;
        let status = match reasons.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let told = reasons.iter().map(|reason| {
            let (code, detail) = reason.describe();
            json!({ "code": code, "detail": detail })
        });
        let leads = self
            .receiver()
            .is_some_and(|receiver| receiver.lease().leads);
        let told = json!({
            "ready": reasons.is_empty(),
            "leads": leads,
            "reasons": told.collect::<Vec<_>>(),
        });
        (status, [(CACHE_CONTROL, "no-store")], Json(told)).into_response()
    }
}
