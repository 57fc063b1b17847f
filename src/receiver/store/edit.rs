//! Changes of channels.

use core::fmt;
use std::time::SystemTime;

use crate::receiver::channel::Channel;

/// One change of one channel, which may be made, changed or removed by it.
pub struct Edit {
    /// Whether it may make a channel that is not there.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub(super) makes: bool,
    edit: Box<EditFn>,
}

type EditFn = dyn FnMut(&mut Option<Channel>) -> EditOutcome + Send;

/// Whether what an edit left is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditOutcome {
    /// Store it.
    Changed,
    /// Leave the channel as it was.
    Unchanged,
}

impl Edit {
    /// An edit by this function, which sees settled channels too. It runs inside the store's critical
    /// section: no slow work in it. It runs again, on what is stored by then, where another write to the channel
    /// came in between: only its last run counts.
    pub fn new(edit: impl FnMut(&mut Option<Channel>) -> EditOutcome + Send + 'static) -> Self {
        Self {
            makes: true,
            edit: Box::new(edit),
        }
    }

    /// Skips a channel that is not there or settled.
    pub(in crate::receiver) fn of_known(
        mut edit: impl FnMut(&mut Channel) -> EditOutcome + Send + 'static,
    ) -> Self {
        Self::of_record(move |channel| {
            if channel.settled.is_some() {
                return EditOutcome::Unchanged;
            }
            edit(channel)
        })
    }

    /// Skips a channel that is not there, so that the store need not lock out others that would make it.
    pub(in crate::receiver) fn of_record(
        mut edit: impl FnMut(&mut Channel) -> EditOutcome + Send + 'static,
    ) -> Self {
        Self::of_stored(move |stored| match stored {
            Some(channel) => edit(channel),
            None => EditOutcome::Unchanged,
        })
    }

    /// An edit by a function that makes no channel that is not there.
    pub(super) fn of_stored(
        edit: impl FnMut(&mut Option<Channel>) -> EditOutcome + Send + 'static,
    ) -> Self {
        Self {
            makes: false,
            edit: Box::new(edit),
        }
    }

    /// Adds a channel unless it is there already.
    pub(in crate::receiver) fn insert(channel: Channel) -> Self {
        Self::new(move |stored| {
            if stored.is_some() {
                return EditOutcome::Unchanged;
            }
            *stored = Some(channel.clone());
            EditOutcome::Changed
        })
    }

    /// Forgets a channel.
    pub(in crate::receiver) fn remove() -> Self {
        Self::new(|stored| {
            *stored = None;
            EditOutcome::Changed
        })
    }

    /// Changes a channel that is there and not settled.
    pub(in crate::receiver) fn change(
        mut change: impl FnMut(&mut Channel) + Send + 'static,
    ) -> Self {
        Self::of_known(move |channel| {
            change(channel);
            channel.modified = SystemTime::now();
            EditOutcome::Changed
        })
    }

    /// Edits a channel that a store has read.
    pub fn apply(&mut self, channel: &mut Option<Channel>) -> EditOutcome {
        (self.edit)(channel)
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}
