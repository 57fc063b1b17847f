//! The thread that writes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::receiver::store::activity::GroupCount;
use crate::receiver::store::identity::Owner;
use crate::receiver::store::{Batch, StoreActivity, StoreError};

use super::group;

/// The most writes in one transaction, and the most that wait for the next one.
const GROUP: usize = 1024;

/// The queue of the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    count: Arc<GroupCount>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    owner: Owner,
    batch: Batch,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(GROUP);
        let count = Arc::new(GroupCount::default());
        let counted = Arc::clone(&count);
        let thread = thread::Builder::new()
            .name("channel-store".to_owned())
            .spawn(move || serve(connection, jobs, &counted))?;
        Ok(Self {
            queue: Some(queue),
            count,
            thread: Some(thread),
        })
    }

    pub(super) fn activity(&self) -> StoreActivity {
        self.count.activity()
    }

    /// Answers once the batch is on disk, or surely not wanted there.
    pub(super) async fn write(&self, owner: Owner, batch: Batch) -> Result<(), StoreError> {
        let stopped = || StoreError::Unavailable("the writer has stopped".to_owned());
        let (answer, told) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        let sent = queue.send(Job {
            owner,
            batch,
            answer,
        });
        let sent = sent.await;
        sent.map_err(|_| stopped())?;
        told.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without a queue the thread finishes what it has and closes the file.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut connection: Connection, mut jobs: mpsc::Receiver<Job>, counted: &GroupCount) {
    let mut waiting = Vec::new();
    while jobs.blocking_recv_many(&mut waiting, GROUP) > 0 {
        let jobs = waiting.drain(..);
        let (batches, answers): (Vec<_>, Vec<_>) =
            jobs.map(|job| ((job.owner, job.batch), job.answer)).unzip();
        let count = answers.len();
        counted.add(count);
        let write = || group::write(&mut connection, batches);
        // A panic in an edit rolls the transaction back, and must not end the thread.
        let written = catch_unwind(AssertUnwindSafe(write))
            .unwrap_or_else(|_| Err(StoreError::Unavailable("a decision failed".to_owned())));
        let results = written.unwrap_or_else(|error| vec![Err(error); count]);
        for (answer, result) in answers.into_iter().zip(results) {
            // The caller may have stopped waiting.
            let _ = answer.send(result);
        }
    }
}
