//! Takes what a receiver was paid: closes all channels, or withdraws and leaves them open.

#[cfg(test)]
#[path = "../../tests/support/documented.rs"]
mod documented;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use microraiden::chain::http::{Endpoint, HttpTransport};
use microraiden::chain::{Failover, Node};
use microraiden::paywall::{KeyOptions, TermOptions, logs};
use microraiden::protocol::{Address, Amount, ChannelId};
use microraiden::receiver::{
    Channel, Claim, HeadAge, Identity, Receiver, Select, StoreExt, Watcher, contract, store,
};
use microraiden::tls::Trust;

/// Takes what a receiver was paid, on the chain. The server may go on running.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The Ethereum node: http:// or https://. Several, with commas between them or each with this
    /// option, are held against each other, and stand in for one that fails
    #[arg(long, required = true, value_delimiter = ',')]
    rpc_url: Vec<String>,
    /// A PEM file with certificate authorities that are believed besides those of the system: for the
    /// node and the database
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// The channel manager contract
    #[arg(long)]
    contract: Address,
    /// Where the server keeps the channels, as the server was told
    #[arg(long, env = "MICRORAIDEN_STORE", hide_env_values = true)]
    store: Option<String>,
    /// How many blocks, its own included, confirm a settlement, as the server was told
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    confirmations: u64,
    #[command(flatten)]
    terms: TermOptions,
    #[command(flatten)]
    key: KeyOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Closes all channels in which something was paid, and waits until that is confirmed
    CloseAll {
        /// Only tell what would be closed
        #[arg(long)]
        dry_run: bool,
    },
    /// Withdraws what was paid and leaves the channels open (contracts of generation 0.2)
    Withdraw {
        /// Leave channels alone that would pay less, in token base units
        #[arg(long, default_value = "1")]
        minimum: Amount,
        /// Only tell what would be withdrawn
        #[arg(long)]
        dry_run: bool,
    },
    /// After the store was restored from a backup, and before the server is started: reads the chain, and marks all open
    /// channels. In a marked one the receiver agrees to no closing, and the sender's next payment proves what was
    /// paid since the backup
    Restored {
        /// End the marks that are left: the accepted balances are the true ones, or what was lost is given up
        #[arg(long)]
        end: bool,
    },
}

/// Between two looks at the chain.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<()> {
    logs::start()?;
    let arguments = Arguments::parse();
    let key = arguments.key.read()?;
    let trust = Trust::new(arguments.ca_file.as_deref())?;
    let transport = HttpTransport::several(&arguments.rpc_url, &trust)?;
    let nodes = transport.nodes();
    let node = Node::new(transport);
    let contract = contract::find(&node, arguments.contract).await?;
    contract::check_chain(&nodes, &contract).await?;
    let identity = Identity::new(&contract, key.address());
    let store = store::open_at(arguments.store.as_deref(), &identity, &trust).await?;
    let terms = arguments.terms.terms(&contract);
    let receiver = Arc::new(Receiver::new(contract, key, store).with_terms(terms));
    match arguments.command {
        Command::CloseAll { dry_run } => {
            let claims = receiver.closable(&node).await?;
            tell("close", &claims);
            if !dry_run {
                receiver.close_all(&claims).await?;
                let closes = |channel: &Channel| channel.payout.is_some();
                follow(nodes, &receiver, arguments.confirmations, closes).await?;
                println!("all closed");
            }
        }
        Command::Withdraw { minimum, dry_run } => {
            let claims = receiver.withdrawable(&node, minimum).await?;
            tell("withdraw", &claims);
            if !dry_run {
                receiver.withdraw_all(&claims).await?;
                let withdraws = Channel::withdraws;
                follow(nodes, &receiver, arguments.confirmations, withdraws).await?;
                tell_withdrawn(&receiver, &claims).await?;
            }
        }
        Command::Restored { end: true } => tell_marks("ended", &receiver.end_restored().await?),
        Command::Restored { end: false } => {
            let mut watcher = watcher(nodes, &receiver, arguments.confirmations);
            while let Err(error) = watcher.poll().await {
                tracing::warn!(%error, "the chain has to be read first");
                tokio::time::sleep(PAUSE).await;
            }
            tell_marks("marked", &receiver.mark_restored().await?);
        }
    }
    Ok(())
}

fn tell_marks(what: &str, channels: &[Channel]) {
    for channel in channels {
        let ChannelId {
            sender, open_block, ..
        } = channel.id;
        println!("{what} {sender} {open_block} {}", channel.balance());
    }
    println!("{} channels", channels.len());
}

fn tell(what: &str, claims: &[Claim]) {
    for Claim { channel, due, .. } in claims {
        println!("{what} {} {} {due}", channel.sender, channel.open_block);
    }
    println!("{} channels", claims.len());
}

/// What became of each: one that is closed meanwhile is paid out by that.
async fn tell_withdrawn(receiver: &Receiver, claims: &[Claim]) -> Result<()> {
    for claim in claims {
        let stored = receiver.store().get((&claim.channel).into()).await?;
        let done = stored.is_some_and(|channel| channel.withdrawn >= claim.balance);
        let what = if done { "withdrawn" } else { "not withdrawn" };
        let ChannelId {
            sender, open_block, ..
        } = claim.channel;
        println!("{what} {sender} {open_block} {}", claim.due);
    }
    Ok(())
}

/// Sends the transactions, and sends them again, until the watcher has seen what each did.
async fn follow(
    nodes: Failover<Endpoint>,
    receiver: &Arc<Receiver>,
    confirmations: u64,
    waits: impl Fn(&Channel) -> bool,
) -> Result<()> {
    let mut watcher = watcher(nodes, receiver, confirmations);
    loop {
        // What goes wrong is logged by the watcher and tried again.
        let _ = watcher.poll().await;
        let left = receiver.store().all(Select::Payouts).await?;
        if !left.iter().any(&waits) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn watcher(
    nodes: Failover<Endpoint>,
    receiver: &Arc<Receiver>,
    confirmations: u64,
) -> Watcher<Endpoint> {
    let start_block = receiver.contract().start_block.into();
    let followed = Arc::clone(receiver);
    // It sells nothing, so an old head does no harm.
    Watcher::over(nodes, followed, confirmations, start_block).with_head_age(HeadAge::Any)
}

#[cfg(test)]
#[allow(clippy::panic)] // Tests.
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn options_of_the_documents_are_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let words = ["--bin", "microraiden-collect", "--"];
        let lines = documented::commands(root, &words);
        assert!(lines.len() > 1);
        for (file, line) in lines {
            let line = std::iter::once("microraiden-collect".to_owned()).chain(line);
            let read = Arguments::try_parse_from(line);
            read.unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
}
