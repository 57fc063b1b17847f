//! The real server, killed again and again while it is paid: no payment is lost for which content
//! was served, and none is counted twice. A hundred times over a file; over a database, where each
//! start takes longer and the store itself is not killed, thirty times.

pub(crate) mod server;

use crate::basics::units;
use crate::payer;
use std::time::Duration;

use microraiden::receiver::{ChannelKey, store};
use microraiden::tls::Trust;
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{sleep, timeout};

use crate::node::FixedNode;
use crate::payer::Payer;
use server::Server;

const PAYERS: u8 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_it_keeps_what_it_was_paid() {
    let folder = TempDir::new().expect("a folder");
    outlive(100, &file_in(&folder)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_over_a_database_it_keeps_what_it_was_paid() {
    let cluster = crate::cluster::Cluster::start();
    outlive(30, &cluster.url("postgres")).await;
}

fn file_in(folder: &TempDir) -> String {
    folder.path().join("channels.db").display().to_string()
}

/// Kills so many servers over one store, each while it is paid: after it has served none, one, two or three payments, and a
/// moment.
async fn outlive(lives: u32, store: &str) {
    let mut payers: Vec<_> = (1..=PAYERS).map(Payer::new).collect();
    let chain = FixedNode::start(&payers).await;
    for life in 0..lives {
        let server = Server::start(&chain, store, None).await;
        let url = server.url.clone();
        let (served, mut seen) = unbounded_channel();
        let tasks: Vec<_> = payers
            .into_iter()
            .map(|payer| tokio::spawn(payer.pay_until_it_dies(url.clone(), served.clone())))
            .collect();
        for _ in 0..life % 4 {
            let served = timeout(Duration::from_secs(60), seen.recv()).await;
            served.expect("it serves").expect("payers are there");
        }
        // Not a wait for anything: the moments of death are spread over what a server does.
        sleep(Duration::from_millis(u64::from(life * 37 % 60))).await;
        server.kill().await;
        payers = Vec::new();
        for task in tasks {
            payers.push(task.await.expect("the server keeps its word"));
        }
    }
    let server = Server::start(&chain, store, None).await;
    for payer in &mut payers {
        payer.agree(&server.url).await.expect("the server answers");
    }
    server.kill().await;

    let trust = Trust::system().expect("TLS works");
    let store = store::open_at(Some(store), &chain.identity(), &trust).await;
    let store = store.expect("opened");
    let (mut served, mut unanswered) = (0, 0);
    for payer in &payers {
        let kept = store.get(ChannelKey::from(&payer.channel)).await;
        let kept = kept.expect("read").expect("the channel");
        let counted = payer.served + payer.unanswered;
        assert_eq!(kept.balance(), units(counted));
        assert_eq!(kept.charged(), units(counted));
        served += payer.served;
        unanswered += payer.unanswered;
    }
    // Otherwise the server was killed at idle, and nothing was shown.
    assert!(
        served > u64::from(lives) && unanswered > 0,
        "{served} served, {unanswered} counted whose answers died with the server"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_served() {
    let folder = TempDir::new().expect("a folder");
    let store = file_in(&folder);
    let mut payer = Payer::new(1);
    let chain = FixedNode::start(std::slice::from_ref(&payer)).await;
    // Room for the tables, and for some payments in the log.
    let server = Server::start(&chain, &store, Some(400)).await;
    let refused = loop {
        assert!(payer.served < 1000, "the limit does not work");
        match payer.pay(&server.url).await {
            Ok(()) => {}
            Err(refused) => break refused,
        }
    };
    assert!(payer.served > 0);
    for _ in 0..3 {
        assert_eq!(refused, payer::Trouble::Unavailable);
        let again = payer.pay(&server.url).await;
        assert_eq!(again, Err(payer::Trouble::Unavailable));
    }
    server.kill().await;
    let server = Server::start(&chain, &store, None).await;
    payer.agree(&server.url).await.expect("the server answers");
    payer.pay(&server.url).await.expect("paid");
    server.kill().await;
}
