//! Authorization.

use core::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

use crate::paywall::server::App;
use crate::protocol::header::name;
use crate::protocol::{
    Address, Amount, ChannelId, CloseRequest, ReadRequest, Signature, keccak256,
};
use crate::receiver::ChannelKey;

use super::ApiError;

/// The longest validity of a signed query, so that an intercepted one soon expires.
const LONGEST_QUERY: Duration = Duration::from_secs(600);

/// What the REST interface requires of its callers. By default the sender's signature for showing or
/// closing a channel, and the administrator's secret for listing all senders.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Require neither, as the original does: anybody may read balances and, knowing one, get the receiver's
    /// agreement to closing. Signatures are still shown to their senders only.
    pub original: bool,
    /// The administrator's secret; without one there is no administrator.
    pub admin: Option<AdminSecret>,
}

/// What the administrator presents as `Authorization: Bearer …`. Only its hash is kept.
#[derive(Clone)]
pub struct AdminSecret([u8; 32]);

/// Why a text is no secret. Says nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the administrator's secret must be 16 or more printable ASCII characters without spaces")]
pub struct WeakSecret;

impl AdminSecret {
    /// A secret of 16 or more printable ASCII characters without spaces.
    pub fn new(secret: &str) -> Result<Self, WeakSecret> {
        let strong = secret.len() >= 16 && secret.bytes().all(|byte| byte.is_ascii_graphic());
        strong.then(|| Self::hash(secret)).ok_or(WeakSecret)
    }

    fn hash(secret: &str) -> Self {
        Self(keccak256(&[secret.as_bytes()]).0)
    }

    /// Compares in constant time.
    fn is(&self, presented: &str) -> bool {
        self.0.ct_eq(&Self::hash(presented).0).into()
    }
}

impl fmt::Debug for AdminSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminSecret(…)")
    }
}

/// Who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Anybody,
    /// The sender of the channels in question.
    Sender,
    Admin,
}

/// For what the administrator alone may do.
pub(super) fn admin(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    match bearer(app, headers)? {
        true => Ok(()),
        false => Err(ApiError::Denied("The administrator's secret is missing.")),
    }
}

/// For the list of all senders.
pub(super) fn list(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    if app.access.original {
        return bearer(app, headers).map(|_| ());
    }
    admin(app, headers)
}

/// For the channels of one sender.
pub(super) fn read(app: &App, headers: &HeaderMap, sender: Address) -> Result<Caller, ApiError> {
    if bearer(app, headers)? {
        return Ok(Caller::Admin);
    }
    let Some(signature) = signature(headers)? else {
        return anybody(app);
    };
    let expires = text(headers, name::REQUEST_EXPIRES)
        .and_then(|text| text.parse::<u64>().ok())
        .ok_or(ApiError::Denied(
            "RDN-Request-Expires is missing or malformed.",
        ))?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    if expires <= now || expires - now > LONGEST_QUERY.as_secs() {
        return Err(ApiError::Denied(
            "RDN-Request-Expires is past, or more than 10 minutes away.",
        ));
    }
    let contract = app.receiver.contract();
    let request = ReadRequest {
        sender,
        receiver: app.receiver.address(),
        contract: contract.manager.address,
        chain_id: contract.chain_id,
        expires,
    };
    by_sender(request.is_signed(&signature))
}

/// For closing one channel.
pub(super) fn close(
    app: &App,
    headers: &HeaderMap,
    key: ChannelKey,
    balance: Amount,
) -> Result<Caller, ApiError> {
    let Some(signature) = signature(headers)? else {
        return anybody(app);
    };
    let contract = app.receiver.contract();
    let request = CloseRequest {
        channel: ChannelId {
            sender: key.sender,
            receiver: app.receiver.address(),
            open_block: key.open_block,
        },
        balance,
        contract: contract.manager.address,
        chain_id: contract.chain_id,
    };
    by_sender(request.is_signed(&signature))
}

fn anybody(app: &App) -> Result<Caller, ApiError> {
    if app.access.original {
        return Ok(Caller::Anybody);
    }
    Err(ApiError::Denied("RDN-Request-Signature is missing."))
}

fn by_sender(signed: bool) -> Result<Caller, ApiError> {
    if signed {
        return Ok(Caller::Sender);
    }
    Err(ApiError::Denied(
        "RDN-Request-Signature is not the sender's.",
    ))
}

/// Whether the caller is the administrator. A wrong secret is refused even where none is needed.
fn bearer(app: &App, headers: &HeaderMap) -> Result<bool, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(false);
    };
    let presented = value.to_str().ok().and_then(|value| value.split_once(' '));
    let right = match (presented, &app.access.admin) {
        (Some((scheme, text)), Some(admin)) => {
            scheme.eq_ignore_ascii_case("bearer") && admin.is(text.trim())
        }
        _ => false,
    };
    right
        .then_some(true)
        .ok_or(ApiError::Denied("This is not the administrator's secret."))
}

fn signature(headers: &HeaderMap) -> Result<Option<Signature>, ApiError> {
    if !headers.contains_key(name::REQUEST_SIGNATURE) {
        return Ok(None);
    }
    text(headers, name::REQUEST_SIGNATURE)
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or(ApiError::Denied("RDN-Request-Signature is malformed."))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
