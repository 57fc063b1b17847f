//! The programs' logs: lines on standard error, as much of them as the environment variable
//! `RUST_LOG` asks for (`info` if it is not set; `warn,microraiden=debug` and the like).
//!
//! | event | level | fields |
//! |---|---|---|
//! | `paid` | info | `sender`, `block`, `paid`, `balance`, `path` |
//! | `payment refused` | info | `sender`, `block`, `balance`, `reason`, `path` |
//! | `refused` | info; debug above a limit | `reason`, `path` |
//! | `payment asked for` | debug | `path` |
//! | `a payment could not be stored` | error | `sender`, `block`, `path`, `error` |
//! | `agreed to close` | info | `sender`, `block`, `balance` |
//! | `request denied` | info | `reason` |
//! | `channel confirmed`, `channel settled` | info | `sender`, `block` |
//! | `the sender requests closing with less than it paid: answering` | warn | `sender`, `block`, `requested`, `accepted`, `settle_block` |
//! | `closing the channel with its proof` | info | `sender`, `block`, `hash`, `nonce` |
//! | `a channel could not be closed yet` | error | `sender`, `block`, `error` |
//!
//! `block` is the channel's open block, `reason` the `code` of [`AnswerFormat`](super::AnswerFormat) and of
//! the metrics; amounts are token base units.
//!
//! No request can fill the disk: of what a client sends, as in `path`, at most 200 bytes are written, in
//! quotes and with control characters escaped; of any other field, such as a node's message, at most 1,000.
//! `…` stands for the rest. One event is one line.
//!
//! No event holds a key, a signature or a secret. Libraries are less careful: the database client logs its
//! queries with all signatures in them. So nothing of theirs below `info` is written, whatever `RUST_LOG`
//! says.

use std::fmt::Write;
use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use super::hosts::SITE_SPAN;
use super::log_text::Truncated;

/// The most bytes of a field.
const LONGEST: usize = 1000;

const VARIABLE: &str = "RUST_LOG";

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// `RUST_LOG` can't be read.
    #[error("{VARIABLE} can't be used: {0}; say for example info, or warn,microraiden=debug")]
    Filter(String),
    /// The settings of traces (feature `otel`) can't be used.
    #[error("traces can't be sent as the variables OTEL_… say: {0}")]
    Traces(String),
    /// This process writes logs already.
    #[error("logs are written already")]
    Twice,
}

/// Starts logging, for the whole process.
pub fn start() -> Result<(), LogError> {
    let wanted = match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => text
            .parse::<Targets>()
            .map_err(|error| LogError::Filter(error.to_string()))?,
        // What it would do to tables, refinery says before they are known to be ours.
        _ => Targets::new()
            .with_default(LevelFilter::INFO)
            .with_target("refinery_core", LevelFilter::WARN),
    };
    let harmless = filter_fn(|written| {
        let own = written.target().starts_with("microraiden");
        // Other spans are for traces.
        let of_site = own && written.name() == SITE_SPAN;
        of_site || written.is_event() && (own || *written.level() <= Level::INFO)
    });
    let fields = fmt::format::debug_fn(|writer, field, value| {
        if field.name() != "message" {
            write!(writer, "{}=", field.name())?;
        }
        write!(Truncated::new(writer, LONGEST), "{value:?}")
    });
    let lines = fmt::layer()
        .fmt_fields(fields.delimited(" "))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(wanted.and(harmless));
    let registry = registry();
    #[cfg(feature = "otel")]
    let registry = registry.with(super::traces::layer().map_err(LogError::Traces)?);
    registry.with(lines).try_init().map_err(|_| LogError::Twice)
}

/// Sends the traces that are left (feature `otel`), before the program ends.
pub fn end() {
    #[cfg(feature = "otel")]
    super::traces::flush();
}
