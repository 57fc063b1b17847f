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

type EditFn = dyn FnOnce(&mut Option<Channel>) -> EditOutcome + Send;

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
    /// section: no slow work in it.
    pub fn new(edit: impl FnOnce(&mut Option<Channel>) -> EditOutcome + Send + 'static) -> Self {
        Self {
            makes: true,
            edit: Box::new(edit),
        }
    }

    /// Skips a channel that is not there or settled.
    pub(in crate::receiver) fn of_known(
        edit: impl FnOnce(&mut Channel) -> EditOutcome + Send + 'static,
    ) -> Self {
        Self::of_record(|channel| {
            if channel.settled.is_some() {
                return EditOutcome::Unchanged;
            }
            edit(channel)
        })
    }

    /// Skips a channel that is not there, so that the store need not lock out others that would make it.
    pub(in crate::receiver) fn of_record(
        edit: impl FnOnce(&mut Channel) -> EditOutcome + Send + 'static,
    ) -> Self {
        let edit = |stored: &mut Option<Channel>| match stored {
            Some(channel) => edit(channel),
            None => EditOutcome::Unchanged,
        };
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
            *stored = Some(channel);
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
    pub(in crate::receiver) fn change(change: impl FnOnce(&mut Channel) + Send + 'static) -> Self {
        Self::of_known(move |channel| {
            change(channel);
            channel.modified = SystemTime::now();
            EditOutcome::Changed
        })
    }

    /// Edits a channel that a store has read.
    pub fn apply(self, channel: &mut Option<Channel>) -> EditOutcome {
        (self.edit)(channel)
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}
