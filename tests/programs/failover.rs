//! The real server over a database that fails over, goes dark or stands still, while it is paid: what was served is
//! never lost, what can't be stored is answered 503 in the documented time, and payments go on by themselves.

use std::time::{Duration, Instant};

use microraiden::receiver::{ChannelKey, store};
use microraiden::tls::Trust;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::basics::units;
use crate::cluster::Cluster;
use crate::durability::server::Server;
use crate::line::{Line, State};
use crate::node::FixedNode;
use crate::payer::Payer;
use crate::pgbouncer::PgBouncer;

const PAYERS: u8 = 6;
/// What a call of the store takes at most, and a little more. A payment makes two: it looks, and it writes.
const LONGEST_CALL: Duration = Duration::from_secs(13);

/// A server that is paid all the time.
struct Busy {
    server: Server,
    chain: FixedNode,
    payers: Vec<JoinHandle<Payer>>,
    stop: watch::Sender<bool>,
    told: UnboundedReceiver<bool>,
}

impl Busy {
    async fn start(store: &str) -> Self {
        let payers: Vec<_> = (1..=PAYERS).map(Payer::new).collect();
        let chain = FixedNode::start(&payers).await;
        let server = Server::start(&chain, store, None).await;
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = unbounded_channel();
        let payers = payers.into_iter().map(|payer| {
            tokio::spawn(payer.pay_through(server.url.clone(), stopped.clone(), tell.clone()))
        });
        Self {
            payers: payers.collect(),
            server,
            chain,
            stop,
            told,
        }
    }

    /// Until this many answers in a row were of this kind: something served, or 503.
    async fn until(&mut self, served: bool, count: u32) {
        // Of before.
        while self.told.try_recv().is_ok() {}
        let seen = async {
            let mut row = 0;
            while row < count {
                let told = self.told.recv().await.expect("the server keeps its word");
                row = if told == served { row + 1 } else { 0 };
            }
        };
        timeout(Duration::from_secs(60), seen).await.expect("seen");
    }

    /// Promotes the standby and, once it serves, compares all.
    async fn fail_over(mut self, standby: &Cluster, tell: impl FnOnce()) {
        let began = Instant::now();
        standby.promote();
        tell();
        self.until(true, 200).await;
        println!(
            "served again {:?} after the standby was promoted",
            began.elapsed()
        );
        let longest = self.compare(&standby.url("postgres")).await;
        assert!(longest < 2 * LONGEST_CALL, "{longest:?}");
    }

    /// Compares what the payers and the store at this place know. Returns the longest time that an answer took.
    async fn compare(self, place: &str) -> Duration {
        self.stop.send(true).expect("they pay");
        let trust = Trust::system().expect("TLS works");
        let store = store::open_at(Some(place), &self.chain.identity(), &trust).await;
        let store = store.expect("opened");
        let (mut served, mut unanswered, mut longest) = (0, 0, Duration::ZERO);
        for payer in self.payers {
            let mut payer = payer.await.expect("the server keeps its word");
            payer.agree(&self.server.url).await.expect("it answers");
            let kept = store.get(ChannelKey::from(&payer.channel)).await;
            let kept = kept.expect("read").expect("the channel");
            let counted = units(payer.served + payer.unanswered);
            assert_eq!((kept.balance(), kept.charged()), (counted, counted));
            served += payer.served;
            unanswered += payer.unanswered;
            longest = longest.max(payer.longest);
        }
        println!("{served} served, {unanswered} stored without an answer, longest {longest:?}");
        self.server.kill().await;
        longest
    }
}

/// A primary that dies, a standby that takes its place, and a pooler that is told so.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_behind_a_pooler_loses_nothing() {
    let primary = Cluster::start();
    let standby = primary.with_standby();
    let pooler = PgBouncer::start(&primary, "postgres");
    let mut busy = Busy::start(&pooler.url("postgres")).await;
    busy.until(true, 200).await;
    primary.kill();
    busy.until(false, 20).await;
    busy.fail_over(&standby, || pooler.point_at(&standby)).await;
}

/// The server is told of both. It uses the one that takes writes, whether the other one is gone or hangs.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_among_several_hosts_loses_nothing() {
    for hangs in [false, true] {
        let primary = Cluster::start();
        let standby = primary.with_standby();
        let hosts = [&primary, &standby].map(|host| host.socket().replace('/', "%2F"));
        let url = format!("postgres://tests@{}/postgres", hosts.join(","));
        let mut busy = Busy::start(&url).await;
        busy.until(true, 200).await;
        match hangs {
            true => primary.freeze(),
            false => primary.kill(),
        }
        busy.until(false, 20).await;
        busy.fail_over(&standby, || ()).await;
    }
}

/// What the standby has not confirmed is not served: with a standby that hangs, every payment is answered 503.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_standby_nothing_is_served() {
    let primary = Cluster::start();
    let standby = primary.with_standby();
    let url = primary.url("postgres");
    let mut busy = Busy::start(&url).await;
    busy.until(true, 100).await;
    standby.freeze();
    busy.until(false, 12).await;
    standby.thaw();
    busy.until(true, 100).await;
    let longest = busy.compare(&url).await;
    assert!(longest < 2 * LONGEST_CALL, "{longest:?}");
}

/// A disk that takes seconds for a flush, as the server sees it: a commit waits for a standby that stands still
/// again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_commit_is_waited_for() {
    const FLUSH: Duration = Duration::from_secs(2);
    let primary = Cluster::start();
    let standby = primary.with_standby();
    let url = primary.url("postgres");
    let mut busy = Busy::start(&url).await;
    busy.until(true, 100).await;
    let slow = async {
        loop {
            standby.freeze();
            sleep(FLUSH).await;
            standby.thaw();
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = slow => {},
        () = busy.until(true, 100) => {},
    }
    standby.thaw();
    let longest = busy.compare(&url).await;
    assert!(FLUSH < longest && longest < LONGEST_CALL, "{longest:?}");
}

/// A network that is silent, and one that refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_network_is_answered_in_time() {
    let cluster = Cluster::start();
    let line = Line::to(cluster.socket()).await;
    let url = format!("postgres://tests@127.0.0.1:{}/postgres", line.port);
    let mut busy = Busy::start(&url).await;
    for state in [State::Dark, State::Cut] {
        busy.until(true, 100).await;
        line.set(state);
        busy.until(false, 12).await;
        line.set(State::Up);
        let began = Instant::now();
        busy.until(true, 100).await;
        println!("{state:?}: served again after {:?}", began.elapsed());
    }
    let longest = busy.compare(&cluster.url("postgres")).await;
    assert!(longest < 2 * LONGEST_CALL, "{longest:?}");
}
