//! A WebSocket, passed through both ways.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};
use tracing::debug;

const BUFFER: usize = 16 * 1024;

/// Copies both ways until one side closes, or both are idle for too long.
pub(super) async fn tunnel(client: OnUpgrade, upstream: OnUpgrade, idle: Duration) {
    let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) else {
        return debug!("a WebSocket was not taken up");
    };
    let (from_client, to_client) = tokio::io::split(TokioIo::new(client));
    let (from_upstream, to_upstream) = tokio::io::split(TokioIo::new(upstream));
    let activity = LastActivity(Mutex::new(Instant::now()));
    let both = async {
        tokio::try_join!(
            pass(from_client, to_upstream, &activity),
            pass(from_upstream, to_client, &activity)
        )
    };
    tokio::select! {
        // Either side may close at any time.
        _ = both => {}
        () = activity.silence(idle) => debug!("a WebSocket was silent for too long"),
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    activity: &LastActivity,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await?;
        activity.now();
        match buffer.get(..length) {
            None | Some([]) => return to.shutdown().await,
            Some(bytes) => to.write_all(bytes).await?,
        }
    }
}

/// When data was last passed on.
struct LastActivity(Mutex<Instant>);

impl LastActivity {
    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    async fn silence(&self, limit: Duration) {
        loop {
            let end = self.last() + limit;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}
