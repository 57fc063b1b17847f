//! Which of several processes acts for the receiver: follows the chain, and sends its transactions.
//!
//! The lease ends by the store's clock, unless its holder renews it. The holder leaves beside it what the others have to
//! know, and can't read elsewhere in the store.

use std::time::Duration;

/// What a process says of the lease of its receiver.
#[derive(Clone, Debug)]
pub struct LeaseClaim {
    /// Who asks: another text for each process, and for each start.
    pub holder: String,
    /// Whether it is to have the lease, if nobody else has. Who has it already renews it with that.
    pub takes: bool,
    /// For how long from now on; no time at all gives it back.
    pub time: Duration,
    /// What the holder tells the others, and how long ago that was found out. `None`: what was told before.
    pub report: Option<(String, Duration)>,
}

/// Who has the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseAnswer {
    /// Nobody else can have it: the store is this process's, or the processes that share it need none.
    Alone,
    /// Who asked has it, for the time that was asked for.
    Held {
        /// How often it went from one holder to another before, in all.
        takeovers: u64,
    },
    /// Somebody else has it, or nobody.
    NotHeld {
        /// What the last holder told.
        report: Option<String>,
        /// How long ago the holder found that out.
        age: Duration,
    },
}
