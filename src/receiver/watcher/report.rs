//! What the process that follows the chain tells the others, besides what it writes down of channels.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::MAX_SILENCE;
use crate::json::Value;
use crate::receiver::store::ChannelKey;
use crate::receiver::{ChainStatus, Receiver, SyncProgress};

/// What a poll found. Its text is JSON with its numbers as text; of other versions what is missing counts as not
/// known, and what is more is ignored.
pub(super) struct Report {
    status: ChainStatus,
    /// For how long after the poll began that stands, unless another poll is told of.
    stands: Duration,
    progress: Option<SyncProgress>,
    /// Channels whose closing was requested in blocks without enough confirmations.
    closing: BTreeSet<ChannelKey>,
}

const STATUSES: [(&str, ChainStatus); 4] = [
    ("ready", ChainStatus::Ready),
    ("offline", ChainStatus::Offline),
    ("ether-too-low", ChainStatus::EtherTooLow),
    ("store-unavailable", ChainStatus::StoreUnavailable),
];

impl Report {
    /// What the receiver knows by a poll that began then; `head_ends`: when its head is too old.
    pub(super) fn of(receiver: &Receiver, head_ends: Option<Instant>, began: Instant) -> Self {
        let state = receiver.state();
        let now = Instant::now();
        let ends = [state.status_ends, head_ends, Some(now + MAX_SILENCE)];
        let end = ends.into_iter().flatten().min().unwrap_or(now);
        Self {
            status: state.status(),
            stands: end.saturating_duration_since(began),
            progress: state.progress,
            closing: state.closing.clone(),
        }
    }

    /// Has the receiver know it; `made`: when the poll began.
    pub(super) fn apply(self, receiver: &Receiver, made: Instant) {
        let mut state = receiver.state();
        state.status = self.status;
        state.status_ends = Some(made + self.stands.min(MAX_SILENCE));
        state.then = ChainStatus::Offline;
        state.progress = self.progress.or(state.progress);
        state.closing = self.closing;
    }

    pub(super) fn to_text(&self) -> String {
        let text = |name: &str, value: String| (name.to_owned(), Value::from(value));
        let status = STATUSES.iter().find(|(_, status)| *status == self.status);
        let seconds = |time: SystemTime| {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
            since.as_secs().to_string()
        };
        let mut members = vec![
            text("status", status.map_or("", |(name, _)| name).to_owned()),
            text("stands", self.stands.as_millis().to_string()),
        ];
        if let Some(progress) = &self.progress {
            members.push(text("newest", progress.newest.to_string()));
            members.push(text("nodes", progress.nodes.to_string()));
            members.push(text("seen", seconds(progress.seen)));
            let synced = progress
                .synced
                .map(|block| text("synced", block.to_string()));
            members.extend(synced);
            let made = progress.head_time.map(|time| text("head", seconds(time)));
            members.extend(made);
        }
        let key = |key: &ChannelKey| Value::from(format!("{}/{}", key.sender, key.open_block));
        let closing = self.closing.iter().map(key).collect();
        members.push(("closing".to_owned(), Value::Array(closing)));
        Value::Object(members).to_string()
    }

    /// `None`: nothing that this version can read.
    pub(super) fn read(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        let word = |name: &str| value.get(name).and_then(Value::as_str);
        let number = |name: &str| word(name)?.parse::<u64>().ok();
        let time = |name: &str| UNIX_EPOCH.checked_add(Duration::from_secs(number(name)?));
        let status = word("status")?;
        let status = STATUSES.iter().find(|(name, _)| *name == status)?.1;
        let progress = || {
            Some(SyncProgress {
                newest: number("newest")?,
                synced: number("synced"),
                head_time: time("head"),
                nodes: usize::try_from(number("nodes")?).ok()?,
                seen: time("seen")?,
            })
        };
        let key = |text: &Value| {
            let (sender, open_block) = text.as_str()?.split_once('/')?;
            Some(ChannelKey {
                sender: sender.parse().ok()?,
                open_block: open_block.parse().ok()?,
            })
        };
        let closing = value.get("closing").and_then(Value::as_array);
        Some(Self {
            status,
            stands: Duration::from_millis(number("stands")?),
            progress: progress(),
            closing: closing.unwrap_or_default().iter().filter_map(key).collect(),
        })
    }
}
