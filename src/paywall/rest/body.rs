//! Reading a request's body, within its limits.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::paywall::idle_timeout::IdleTimeout;
use crate::paywall::server::App;

/// Passes a request on once its body is read. A body that is too long is answered 413, one that takes too
/// long 408; then the connection is closed.
pub(super) async fn read_whole(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let reading = to_bytes(body, app.limits.body);
    let (status, reason) = match timeout(app.limits.body_time, reading).await {
        Ok(Ok(body)) => {
            let request = Request::from_parts(parts, Body::from(body));
            return next.run(request).await;
        }
        Ok(Err(error)) if is_too_long(&error) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too long")
        }
        Ok(Err(error)) if !IdleTimeout::caused(&error) => {
            (StatusCode::BAD_REQUEST, "The body can't be read")
        }
        _ => (StatusCode::REQUEST_TIMEOUT, "The body does not come"),
    };
    let mut response = (status, Json(reason)).into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = core::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| cause.is::<LengthLimitError>())
}
