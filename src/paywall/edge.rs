//! The outermost middleware of the server.
//!
//! It reads the request's one [path](super::path), or answers 400. Routing comes after, so `/%61pi/1` is
//! `/api/1`. Our own answers get our CORS policy, and our refusals `no-store`; the upstream's are left as
//! they are ([`cors`](super::cors::server)).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use super::cors::server::{self as cors, OwnPolicy};
use super::path::{Ambiguous, CanonicalPath};
use super::response::AMBIGUOUS;
use super::server::{App, Goods};
use super::{OWN_PATHS, cache_control};

/// Marks an answer of the upstream.
#[derive(Clone, Copy, Debug)]
pub(super) struct FromUpstream;

/// Marks a request that the upstream answers unpaid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preflight;

/// Passes a request on with its one path.
pub(super) async fn enter(State(app): State<App>, request: Request, next: Next) -> Response {
    let preflight = cors::is_preflight(&request);
    let policy = OwnPolicy::of(request.headers(), &app.credential_origins);
    let (mut parts, body) = request.into_parts();
    let path = CanonicalPath::of(&parts);
    if preflight && !is_of_upstream(&app, &path) {
        let mut response = Response::new(Body::empty());
        policy.allow_all(&parts.headers, response.headers_mut());
        return response;
    }
    let mut response = match (path, &app.goods) {
        (_, Goods::Server { .. }) if [Method::CONNECT, Method::TRACE].contains(&parts.method) => {
            let detail = "Neither tunnels nor traces are passed on.";
            refuse(&app, StatusCode::NOT_IMPLEMENTED, "not-for-sale", detail)
        }
        (Ok(path), _) => {
            path.write(&mut parts.uri);
            parts.extensions.insert(path);
            if preflight {
                parts.extensions.insert(Preflight);
            }
            next.run(Request::from_parts(parts, body)).await
        }
        // Files are opened by this process alone, so their names can't be read in two ways.
        (Err(_), Goods::Files(_)) => next.run(Request::from_parts(parts, body)).await,
        (Err(ambiguous), Goods::Server { .. }) => refuse(
            &app,
            StatusCode::BAD_REQUEST,
            AMBIGUOUS,
            &ambiguous.to_string(),
        ),
    };
    let is_ours = response.extensions().get::<FromUpstream>().is_none();
    let status = response.status();
    let headers = response.headers_mut();
    if !is_ours {
        cors::expose(headers);
        return response;
    }
    policy.open(headers);
    if status.is_client_error() || status.is_server_error() {
        cache_control::set_no_store(headers);
    }
    response
}

fn is_of_upstream(app: &App, path: &Result<CanonicalPath, Ambiguous>) -> bool {
    let sold = path.as_ref().is_ok_and(|path| !is_own(path));
    sold && matches!(app.goods, Goods::Server { .. })
}

/// Whether nothing is sold there.
pub(super) fn is_own(path: &CanonicalPath) -> bool {
    OWN_PATHS.iter().any(|own| path.is_within(own))
}

fn refuse(app: &App, status: StatusCode, code: &'static str, detail: &str) -> Response {
    let answer = app.answers.write(status, code, detail, Value::Null);
    answer.map(Body::from)
}
