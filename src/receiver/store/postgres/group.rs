//! Group commit: changes of channels that wait together are read by one statement and written by another.
//!
//! No lock is held between the two. The second one writes only rows that are still as the first one read them
//! (`xmin` tells), and waits for none that another session has locked. A change that loses this race is handed
//! back, to be made by a transaction of its own, which decides anew.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::receiver::channel::Channel;
use crate::receiver::store::{ChannelKey, Edit, EditOutcome, StoreError};

use super::database::Database;
use super::table::{self, Seen};

/// Groups at once. The changes of one channel are always in one lane, so that they do not race each other.
const LANES: usize = 4;
/// The most changes in a group, and the most that wait for the next one.
const GROUP: usize = 256;

/// The queues of the tasks that write, which end with it.
pub(super) struct Lanes {
    queues: Vec<mpsc::Sender<Job>>,
    hasher: RandomState,
}

struct Job {
    key: ChannelKey,
    edit: Edit,
    answer: oneshot::Sender<Answer>,
}

/// Whether a change was made.
pub(super) enum Written {
    /// It is on disk, or was not wanted there.
    Stored,
    /// Nothing was written, as another session has changed or locked the channel.
    Lost(Edit),
}

type Answer = Result<Written, StoreError>;

impl Lanes {
    /// In the runtime of the caller.
    pub(super) fn start(database: &Arc<Database>) -> Self {
        let queues = (0..LANES).map(|_| {
            let (queue, jobs) = mpsc::channel(GROUP);
            tokio::spawn(serve(Arc::clone(database), jobs));
            queue
        });
        Self {
            queues: queues.collect(),
            hasher: RandomState::new(),
        }
    }

    /// Changes a channel. The edit makes none that is not there.
    pub(super) async fn write(&self, key: ChannelKey, edit: Edit) -> Answer {
        let stopped = || StoreError::Unavailable("the writer has stopped".to_owned());
        let lane = self.hasher.hash_one(key) % LANES as u64;
        let queue = usize::try_from(lane)
            .ok()
            .and_then(|lane| self.queues.get(lane));
        let (answer, told) = oneshot::channel();
        let sent = queue.ok_or_else(stopped)?.send(Job { key, edit, answer });
        sent.await.map_err(|_| stopped())?;
        told.await.map_err(|_| stopped())?
    }
}

async fn serve(database: Arc<Database>, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::new();
    while jobs.recv_many(&mut waiting, GROUP).await > 0 {
        // Nobody waits for the others any more, and nothing of them was written.
        let wanted = waiting.drain(..).filter(|job| !job.answer.is_closed());
        let (edits, answers): (Vec<_>, Vec<_>) =
            wanted.map(|job| ((job.key, job.edit), job.answer)).unzip();
        if edits.is_empty() {
            continue;
        }
        let count = answers.len();
        let written = database.bounded(commit(&database, edits)).await;
        let results = written.unwrap_or_else(|error| {
            database.forget_sessions();
            (0..count).map(|_| Err(error.clone())).collect()
        });
        for (answer, result) in answers.into_iter().zip(results) {
            // The caller may have stopped waiting.
            let _ = answer.send(result);
        }
    }
}

async fn commit(
    database: &Database,
    edits: Vec<(ChannelKey, Edit)>,
) -> Result<Vec<Answer>, StoreError> {
    let client = database.client().await?;
    let keys: BTreeSet<_> = edits.iter().map(|(key, _)| *key).collect();
    let mut drafts = Drafts::new(table::find_all(&client, database.receiver, &keys).await?);
    let results: Vec<_> = edits
        .into_iter()
        .map(|(key, edit)| (key, drafts.apply(key, edit)))
        .collect();
    let lost = drafts.store(&client).await?;
    let answers = results.into_iter().map(|(key, edited)| {
        edited.map(|edit| match lost.contains(&key) {
            true => Written::Lost(edit),
            false => Written::Stored,
        })
    });
    Ok(answers.collect())
}

/// The channels of a group as they were read, and what edits made of them.
struct Drafts(BTreeMap<ChannelKey, Draft>);

struct Draft {
    read: Result<Seen, StoreError>,
    changed: bool,
}

impl Drafts {
    fn new(found: BTreeMap<ChannelKey, Result<Seen, StoreError>>) -> Self {
        let draft = |read| Draft {
            read,
            changed: false,
        };
        Self(
            found
                .into_iter()
                .map(|(key, read)| (key, draft(read)))
                .collect(),
        )
    }

    /// Returns the edit, to be run again if the channel loses its race.
    fn apply(&mut self, key: ChannelKey, mut edit: Edit) -> Result<Edit, StoreError> {
        let mut draft = self.0.get_mut(&key);
        let mut channel: Option<Channel> = match &draft {
            Some(Draft { read: Ok(seen), .. }) => Some(seen.channel.clone()),
            Some(Draft {
                read: Err(error), ..
            }) => return Err(error.clone()),
            None => None,
        };
        // A panic in a decision must not end the task.
        let applied = catch_unwind(AssertUnwindSafe(|| edit.apply(&mut channel)));
        let outcome =
            applied.map_err(|_| StoreError::Unavailable("a decision failed".to_owned()))?;
        if let (EditOutcome::Changed, Some(channel), Some(draft)) = (outcome, channel, &mut draft)
            && let Ok(seen) = &mut draft.read
        {
            seen.channel = channel;
            draft.changed = true;
        }
        Ok(edit)
    }

    /// Returns the channels that were to be changed, and were not.
    async fn store(
        self,
        client: &tokio_postgres::Client,
    ) -> Result<BTreeSet<ChannelKey>, StoreError> {
        let changed = self.0.into_iter().filter(|(_, draft)| draft.changed);
        let rows: Vec<_> = changed.filter_map(|(_, draft)| draft.read.ok()).collect();
        let mut lost: BTreeSet<_> = rows
            .iter()
            .map(|seen| ChannelKey::from(&seen.channel.id))
            .collect();
        if !rows.is_empty() {
            for written in table::replace_all(client, &rows).await? {
                lost.remove(&written);
            }
        }
        Ok(lost)
    }
}
