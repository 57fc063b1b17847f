//! Serving HTTP/1 connections, with limits on their number and timeouts for slow clients.
//!
//! A connection has a timeout for each request head, which is also its idle timeout, for each piece of a
//! body, and for reading what it is sent. One address gets only a part of all connections.

mod permits;

use std::convert::Infallible;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use tracing::{debug, warn};

use super::client::TrustedProxies;
use super::idle_timeout::IdleTimeoutBody;

pub(super) use permits::ConnectionPermit;
use permits::Permits;

/// The limits and timeouts of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// At a time, including WebSockets; further ones wait until one ends. The system's limit of open files
    /// applies too.
    pub max: usize,
    /// At a time from one address (an IPv6 client is identified by its first 64 bits); further ones are
    /// closed at once. 0: no limit.
    pub per_address: usize,
    /// Their connections are not counted by address, as they carry many clients.
    pub trusted_proxies: TrustedProxies,
    /// For a whole request head, from the start of the connection or the end of the request before; then the
    /// connection is closed. So this is the idle timeout as well.
    pub head_timeout: Duration,
    /// For the next piece of a request's body, whoever reads it; then the body fails.
    pub body_timeout: Duration,
    /// For the client to read on once the system's buffers are full of an answer or a WebSocket; then the
    /// connection is closed.
    pub write_timeout: Duration,
    /// Bytes of a request head; a longer one is answered 431.
    pub head_bytes: usize,
    /// Headers of a request: more are answered 431.
    pub headers: usize,
}

impl Default for ConnectionLimits {
    /// 10,000 connections, 1,000 of one address; 60 seconds, 64 KiB and 100 headers for a head, 30 seconds
    /// for a piece of a body, 60 seconds for reading.
    fn default() -> Self {
        Self {
            max: 10_000,
            per_address: 1000,
            trusted_proxies: TrustedProxies::default(),
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            head_bytes: 64 * 1024,
            headers: 100,
        }
    }
}

/// Serves until `stopped`, then accepts no more connections and finishes the answers that it has begun.
/// Requests carry the client's address as [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: ConnectionLimits,
    stopped: impl Future<Output = ()>,
) {
    let limits = Arc::new(limits);
    let permits = Permits::new(&limits);
    let (stop, stopping) = watch::channel(());
    let mut stopped = pin!(stopped);
    loop {
        let next = next(&listener, &permits, &limits);
        let (permit, stream, client) = tokio::select! {
            Some(next) = next => next,
            () = &mut stopped => break,
        };
        let (app, limits, stopping) = (app.clone(), Arc::clone(&limits), stopping.clone());
        tokio::spawn(converse(stream, client, permit, app, limits, stopping));
    }
    drop((listener, stopping));
    stop.send_replace(());
    stop.closed().await;
}

/// The next connection, once there is a permit for it.
async fn next(
    listener: &TcpListener,
    permits: &Permits,
    limits: &ConnectionLimits,
) -> Option<(ConnectionPermit, TcpStream, SocketAddr)> {
    let mut free = permits.free().await?;
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let address = client.ip().to_canonical();
                let counted = Some(address).filter(|ip| !limits.trusted_proxies.contains(*ip));
                match permits.take(free, counted) {
                    Ok(permit) => return Some((permit, stream, client)),
                    Err(back) => {
                        debug!(%address, "an address has too many connections");
                        free = back;
                    }
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset => {}
                _ => {
                    // Such as too many open files: some will be closed.
                    warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
        }
    }
}

async fn converse(
    stream: TcpStream,
    client: SocketAddr,
    permit: ConnectionPermit,
    app: Router,
    limits: Arc<ConnectionLimits>,
    mut stopping: watch::Receiver<()>,
) {
    // With Nagle's algorithm a body would wait 40 ms for the browser's acknowledgement of the head.
    let _ = stream.set_nodelay(true);
    let body_timeout = limits.body_timeout;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    let service = service_fn(move |mut request: Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(client));
        extensions.insert(permit.clone());
        let request = request.map(|body| match body.is_end_stream() {
            true => Body::empty(),
            false => Body::new(IdleTimeoutBody::new(body, body_timeout)),
        });
        let answer = app.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}
