//! Serving HTTP/1 connections, of which there may be too many, and too slow ones.

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
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;
use tracing::{debug, warn};

/// How many connections there may be, and what a request's head may be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// At a time, WebSockets included; further ones wait until one ends. The system's limit of open
    /// files counts too.
    pub max: usize,
    /// The time for a request's head to arrive whole, from the start of the connection or the end of
    /// the request before; then the connection is closed. So it is also how long a connection may be
    /// idle.
    pub head_timeout: Duration,
    /// Bytes of a head: a longer one is answered 431.
    pub head_bytes: usize,
    /// Headers of a request: more are answered 431.
    pub headers: usize,
}

impl Default for Connections {
    /// 10,000 connections; 60 seconds, 64 KiB and 100 headers for a head.
    fn default() -> Self {
        Self {
            max: 10_000,
            head_timeout: Duration::from_secs(60),
            head_bytes: 64 * 1024,
            headers: 100,
        }
    }
}

/// Serves until `stopped`; then takes no more connections and finishes the answers it has begun.
/// Requests carry the client's address as [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Connections,
    stopped: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(limits.max.clamp(1, Semaphore::MAX_PERMITS)));
    let (stop, stopping) = watch::channel(());
    let mut stopped = pin!(stopped);
    loop {
        let next = next(&listener, &slots);
        let (slot, stream, client) = tokio::select! {
            Some(next) = next => next,
            () = &mut stopped => break,
        };
        let (app, stopping) = (app.clone(), stopping.clone());
        tokio::spawn(converse(stream, client, slot, app, limits, stopping));
    }
    drop((listener, stopping));
    stop.send_replace(());
    stop.closed().await;
}

/// Holds a place among the connections for as long as it lives.
#[derive(Clone, Debug)]
pub(super) struct Slot(
    /// Only held.
    #[allow(dead_code)]
    Arc<OwnedSemaphorePermit>,
);

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(Slot, TcpStream, SocketAddr)> {
    // It is never closed.
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, client)) => return Some((Slot(Arc::new(slot)), stream, client)),
            Err(error) => match error.kind() {
                ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset => {}
                _ => {
                    // Of open files, say, there are too many. Some will be closed.
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
    slot: Slot,
    app: Router,
    limits: Connections,
    mut stopping: watch::Receiver<()>,
) {
    // Head and body of an answer leave at once; held back, they would wait 40 ms for the browser's
    // acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(client));
        extensions.insert(slot.clone());
        let answer = app.clone().oneshot(request.map(Body::new));
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(stream), service)
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
