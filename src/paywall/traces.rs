//! Traces for OpenTelemetry (feature `otel`), by OTLP over HTTP (`http/protobuf`).
//!
//! They are sent where `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says, and not at all
//! without either. `http://` alone: a collector on this machine or in a private network. The other standard variables
//! count too: `OTEL_SDK_DISABLED`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`,
//! `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_BSP_*`.
//!
//! | span | what it covers | attributes |
//! |---|---|---|
//! | `GET` and other methods | a request to its answer's head | `http.request.method`, `url.path`, `http.response.status_code` |
//! | `payment` | the decision about a payment | |
//! | `verify` | the recovery of its signature | |
//! | `read`, `write` | the store's part; a write ends when it is on disk | |
//!
//! A request with a `traceparent` (W3C) continues that trace, and what an upstream gets is a child of this server's
//! span. No attribute holds a header, a query, a sender or anything that is signed. Spans and events of libraries are left
//! out, and logs stay what they are.

use std::env;
use std::sync::OnceLock;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use tracing::{Instrument, debug_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::{Layer, Registry};

use crate::receiver::SPANS;

const NAME: &str = "microraiden-paywall";
/// The most characters of a path.
const LONGEST: usize = 200;

/// What has to be sent before the program ends.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Whether and how traces are sent, as the environment says.
pub(super) fn layer() -> Result<Option<impl Layer<Registry> + Send + Sync>, String> {
    let Some(tracer) = tracer()? else {
        return Ok(None);
    };
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let own = FilterFn::new(|metadata| metadata.is_span() && metadata.target() == SPANS);
    Ok(Some(
        layer.with_filter(own.with_max_level_hint(LevelFilter::DEBUG)),
    ))
}

fn tracer() -> Result<Option<Tracer>, String> {
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let places = [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];
    let disabled =
        env::var("OTEL_SDK_DISABLED").is_ok_and(|text| text.eq_ignore_ascii_case("true"));
    if disabled || !places.iter().any(is_set) {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .build()
        .map_err(|error| error.to_string())?;
    let resource = match is_set(&"OTEL_SERVICE_NAME") {
        true => Resource::builder(),
        false => Resource::builder().with_service_name(NAME),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build();
    let tracer = provider.tracer(NAME);
    let _ = PROVIDER.set(provider);
    Ok(Some(tracer))
}

/// Sends what is left. Waits for it, for some seconds at most.
pub(super) fn flush() {
    if let Some(provider) = PROVIDER.get() {
        let _ = provider.shutdown();
    }
}

/// Follows a request, as a part of the trace that it names.
pub(super) async fn follow(mut request: Request, next: Next) -> Response {
    let method = known(request.method());
    let span = debug_span!(target: SPANS, "request", otel.name = method, otel.kind = "server");
    if span.is_disabled() {
        return next.run(request).await;
    }
    // Attributes and not fields, so that no other subscriber writes them into its lines.
    span.set_attribute("http.request.method", method);
    let path = request.uri().path().chars().take(LONGEST);
    span.set_attribute("url.path", path.collect::<String>());
    let propagator = TraceContextPropagator::new();
    let _ = span.set_parent(propagator.extract(&Received(request.headers())));
    propagator.inject_context(&span.context(), &mut HeaderInjector(request.headers_mut()));
    let response = next.run(request).instrument(span.clone()).await;
    let status = i64::from(response.status().as_u16());
    span.set_attribute("http.response.status_code", status);
    response
}

/// The method, if it is one that traces know: clients make up others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

struct Received<'a>(&'a HeaderMap);

impl Extractor for Received<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeaderInjector<'a>(&'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::try_from(key);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
