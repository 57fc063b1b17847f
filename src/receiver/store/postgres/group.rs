//! Channels that are asked for together, of all receivers, are read by one statement, and what waits to be changed is
//! written by another.
//!
//! No lock is held between the two. The second one writes only rows that are still as the first one read them
//! (`xmin` and the time of the last change tell), and waits for none that another session has locked. A change that loses this race is handed
//! back, to be made by a transaction of its own, which decides anew.
//!
//! A payment looks at its channel before it is written, so that the write has it already; without that it is read
//! first. Where a decision refuses by what was read earlier, it is made anew as well: nothing is refused by the past.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::receiver::channel::Channel;
use crate::receiver::store::activity::GroupCount;
use crate::receiver::store::{Edit, EditOutcome, StoreActivity, StoreError};

use super::database::Database;
use super::table::{RowKey, Seen};

/// Groups at once. The changes of one channel are always in one lane, so that they do not race each other.
const LANES: usize = 4;
/// The most changes in a group, and the most that wait for the next one.
const GROUP: usize = 256;

/// The most channels that are kept for the writes that follow their reading.
const RECENT: usize = 4096;

/// The queues of the tasks that read and write, which end with it.
pub(super) struct Lanes {
    reads: mpsc::Sender<Job<(), Option<Channel>>>,
    writes: Vec<mpsc::Sender<Job<Edit, Written>>>,
    hasher: RandomState,
    shared: Arc<Shared>,
}

/// Something to do with a channel, and who waits for it.
struct Job<T, A> {
    key: RowKey,
    task: T,
    answer: oneshot::Sender<Result<A, StoreError>>,
}

/// What the tasks share.
struct Shared {
    database: Arc<Database>,
    /// Channels as they were read a moment ago.
    recent: Mutex<BTreeMap<RowKey, Seen>>,
    /// Of writes.
    count: GroupCount,
}

impl Shared {
    fn recent(&self) -> MutexGuard<'_, BTreeMap<RowKey, Seen>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a change was made.
pub(super) enum Written {
    /// It is on disk, or was not wanted there.
    Stored,
    /// Nothing was written, as another session has changed or locked the channel.
    Lost(Edit),
}

type WriteAnswer = Result<Written, StoreError>;

impl Lanes {
    /// In the runtime of the caller.
    pub(super) fn start(database: &Arc<Database>) -> Self {
        let shared = Arc::new(Shared {
            database: Arc::clone(database),
            recent: Mutex::default(),
            count: GroupCount::default(),
        });
        let (reads, asked) = mpsc::channel(GROUP);
        tokio::spawn(serve(Arc::clone(&shared), asked, read));
        let writes = (0..LANES).map(|_| {
            let (queue, asked) = mpsc::channel(GROUP);
            tokio::spawn(serve(Arc::clone(&shared), asked, commit));
            queue
        });
        Self {
            reads,
            writes: writes.collect(),
            hasher: RandomState::new(),
            shared,
        }
    }

    pub(super) fn activity(&self) -> StoreActivity {
        self.shared.count.activity()
    }

    /// A channel, settled or not.
    pub(super) async fn read(&self, key: RowKey) -> Result<Option<Channel>, StoreError> {
        ask(&self.reads, key, ()).await
    }

    /// Changes a channel. The edit makes none that is not there.
    pub(super) async fn write(&self, key: RowKey, edit: Edit) -> WriteAnswer {
        let lane = self.hasher.hash_one(key) % LANES as u64;
        let lane = usize::try_from(lane).unwrap_or_default();
        ask(&self.writes[lane], key, edit).await
    }
}

async fn ask<T, A>(queue: &mpsc::Sender<Job<T, A>>, key: RowKey, task: T) -> Result<A, StoreError> {
    let stopped = || StoreError::Unavailable("the store has stopped".to_owned());
    let (answer, told) = oneshot::channel();
    let sent = queue.send(Job { key, task, answer }).await;
    sent.map_err(|_| stopped())?;
    told.await.map_err(|_| stopped())?
}

/// Does all that waits together, until nobody is left who could ask.
async fn serve<T, A>(
    shared: Arc<Shared>,
    mut jobs: mpsc::Receiver<Job<T, A>>,
    work: impl AsyncFn(&Shared, Vec<(RowKey, T)>) -> Result<Vec<Result<A, StoreError>>, StoreError>,
) {
    let mut waiting = Vec::new();
    while jobs.recv_many(&mut waiting, GROUP).await > 0 {
        // Nobody waits for the others any more, and nothing of them was written.
        let wanted = waiting.drain(..).filter(|job| !job.answer.is_closed());
        let (tasks, answers): (Vec<_>, Vec<_>) =
            wanted.map(|job| ((job.key, job.task), job.answer)).unzip();
        if tasks.is_empty() {
            continue;
        }
        let count = answers.len();
        let done = shared.database.bounded(work(&shared, tasks)).await;
        let results = done.unwrap_or_else(|error| {
            shared.database.forget_sessions();
            shared.recent().clear();
            (0..count).map(|_| Err(error.clone())).collect()
        });
        for (answer, result) in answers.into_iter().zip(results) {
            // The caller may have stopped waiting.
            let _ = answer.send(result);
        }
    }
}

async fn read(
    shared: &Shared,
    asked: Vec<(RowKey, ())>,
) -> Result<Vec<Result<Option<Channel>, StoreError>>, StoreError> {
    let keys: BTreeSet<_> = asked.iter().map(|(key, ())| *key).collect();
    let found = shared.database.find_all(&keys).await?;
    let answers = asked.iter().map(|(key, ())| match found.get(key) {
        Some(Ok(seen)) => Ok(Some(seen.channel.clone())),
        Some(Err(error)) => Err(error.clone()),
        None => Ok(None),
    });
    let answers = answers.collect();
    let mut recent = shared.recent();
    if recent.len() > RECENT {
        recent.clear();
    }
    for (key, seen) in found {
        if let Ok(seen) = seen {
            recent.insert(key, seen);
        }
    }
    Ok(answers)
}

async fn commit(
    shared: &Shared,
    edits: Vec<(RowKey, Edit)>,
) -> Result<Vec<WriteAnswer>, StoreError> {
    shared.count.add(edits.len());
    let mut unread: BTreeSet<_> = edits.iter().map(|(key, _)| *key).collect();
    let mut drafts = Drafts::default();
    {
        let mut recent = shared.recent();
        unread.retain(|key| match recent.remove(key) {
            Some(seen) => {
                drafts.learn(*key, Ok(seen), true);
                false
            }
            None => true,
        });
    }
    if !unread.is_empty() {
        for (key, read) in shared.database.find_all(&unread).await? {
            drafts.learn(key, read, false);
        }
    }
    let results: Vec<_> = edits
        .into_iter()
        .map(|(key, edit)| (key, drafts.apply(key, edit)))
        .collect();
    let lost = drafts.store(&shared.database).await?;
    let answers = results.into_iter().map(|(key, edited)| {
        edited.map(|edit| match lost.contains(&key) {
            true => Written::Lost(edit),
            false => Written::Stored,
        })
    });
    Ok(answers.collect())
}

/// The channels of a group as they were read, and what edits made of them.
#[derive(Default)]
struct Drafts(BTreeMap<RowKey, Draft>);

struct Draft {
    read: Result<Seen, StoreError>,
    /// Whether it was read before the group was gathered, and may have changed.
    early: bool,
    changed: bool,
    /// Whether an edit left it as it was.
    refused: bool,
}

impl Drafts {
    fn learn(&mut self, key: RowKey, read: Result<Seen, StoreError>, early: bool) {
        let draft = Draft {
            read,
            early,
            changed: false,
            refused: false,
        };
        self.0.insert(key, draft);
    }

    /// Returns the edit, to be run again if the channel loses its race.
    fn apply(&mut self, key: RowKey, mut edit: Edit) -> Result<Edit, StoreError> {
        let mut draft = self.0.get_mut(&key);
        let mut channel = match &draft {
            Some(Draft { read, .. }) => Some(read.as_ref().map_err(Clone::clone)?.channel.clone()),
            None => None,
        };
        // A panic in a decision must not end the task.
        let applied = catch_unwind(AssertUnwindSafe(|| edit.apply(&mut channel)));
        let outcome =
            applied.map_err(|_| StoreError::Unavailable("a decision failed".to_owned()))?;
        if let Some(draft) = &mut draft {
            match (outcome, channel, &mut draft.read) {
                (EditOutcome::Changed, Some(channel), Ok(seen)) => {
                    seen.channel = channel;
                    draft.changed = true;
                }
                _ => draft.refused = true,
            }
        }
        Ok(edit)
    }

    /// Returns the channels whose edits have to run again.
    async fn store(self, database: &Database) -> Result<BTreeSet<RowKey>, StoreError> {
        let mut lost = BTreeSet::new();
        let mut rows = Vec::new();
        for (key, draft) in self.0 {
            match draft.read {
                Ok(seen) if draft.changed => {
                    lost.insert(key);
                    rows.push(seen);
                }
                Ok(_) if draft.early && draft.refused => {
                    lost.insert(key);
                }
                _ => {}
            }
        }
        if !rows.is_empty() {
            for written in database.replace_all(&rows).await? {
                lost.remove(&written);
            }
        }
        Ok(lost)
    }
}
