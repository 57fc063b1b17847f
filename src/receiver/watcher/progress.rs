//! What is told of how far the chain was read.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tracing::info;

use super::Watcher;
use super::source::Head;
use crate::chain::Transport;
use crate::receiver::SyncProgress;
use crate::receiver::store::Synced;

/// The pause between two lines in the log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

impl<T: Transport> Watcher<T> {
    pub(super) fn show_head(&self, head: Head, nodes: usize) {
        self.change_progress(|progress| {
            progress.newest = head.number;
            progress.head_time = head.time();
            progress.nodes = nodes;
        });
    }

    pub(super) fn show_synced(&self, synced: Option<Synced>) {
        self.change_progress(|progress| progress.synced = synced.map(|synced| synced.block));
    }

    fn change_progress(&self, change: impl FnOnce(&mut SyncProgress)) {
        let seen = SystemTime::now();
        let mut state = self.receiver.state();
        let progress = state.progress.get_or_insert(SyncProgress {
            newest: 0,
            synced: None,
            head_time: None,
            nodes: 0,
            seen,
        });
        change(progress);
        progress.seen = seen;
    }

    /// Logs every 10 seconds how far a long read has come.
    pub(super) fn log_progress(&mut self, head: u64, block: u64) {
        if self.progress_logged.elapsed() > LOG_INTERVAL && block < head {
            self.progress_logged = Instant::now();
            info!(block, head, "reading the chain");
        }
    }
}
