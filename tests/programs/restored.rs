//! A store lost and restored from a backup, with the real programs over it: a database from a base backup and its
//! archive, to a point in time; a file from a copy.

use std::path::Path;
use std::process::Stdio;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{CloseRequest, PrivateKey};
use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::process::Command;

use crate::basics::{MANAGER, key, units};
use crate::durability::server::Server;
use crate::node::{CHAIN_ID, FixedNode, receiver_key};
use crate::payer::{OPEN_BLOCK, PATH, PRICE, Payer};
use crate::program::get;

const PAYERS: u8 = 4;

/// A sender that knows what it has paid.
struct Sender {
    key: PrivateKey,
    payer: Payer,
    paid: u64,
}

impl Sender {
    fn new(number: u8) -> Self {
        Self {
            key: key(number),
            payer: Payer::new(number),
            paid: 0,
        }
    }

    /// The status, and the balance that the server shows.
    async fn send(&self, server: &Server, balance: u64) -> (StatusCode, Option<u64>) {
        let channel = self.payer.channel;
        let payment = Payment {
            sender: channel.sender,
            open_block: OPEN_BLOCK,
            proof: MANAGER.sign_balance(&self.key, &channel, units(balance)),
            contract: None,
            receiver: None,
        };
        let answer = get(format!("{}{PATH}", server.url), Some(payment)).await;
        let known = answer.headers().get("rdn-sender-balance");
        let known = known.map(|v| v.to_str().expect("text").parse().expect("a number"));
        (answer.status(), known)
    }

    async fn pay(&mut self, server: &Server, times: u64) {
        for _ in 0..times {
            let (status, known) = self.send(server, self.paid + PRICE).await;
            assert_eq!((status, known), (StatusCode::OK, Some(self.paid)));
            self.paid += PRICE;
        }
    }

    /// Asks the server to agree to closing.
    async fn close(&self, server: &Server, balance: u64) -> (StatusCode, String) {
        let channel = self.payer.channel;
        let request = CloseRequest {
            channel,
            balance: units(balance),
            contract: MANAGER.address,
            chain_id: CHAIN_ID,
        };
        let url = format!(
            "{}/api/1/channels/{}/{OPEN_BLOCK}?balance={balance}",
            server.url, channel.sender
        );
        let signature = request.sign(&self.key).to_string();
        let asked = reqwest::Client::new().delete(url);
        let answer = asked
            .header("rdn-request-signature", signature)
            .send()
            .await;
        let answer = answer.expect("an answer");
        (answer.status(), answer.text().await.expect("text"))
    }
}

/// What the program says.
async fn collect(chain: &FixedNode, store: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_microraiden-collect"))
        .args(["--rpc-url", &chain.url])
        .args(["--contract", &MANAGER.address.to_string()])
        .args(["--store", store])
        .args(arguments)
        .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("it starts");
    let logged = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{logged}");
    String::from_utf8(output.stdout).expect("text")
}

async fn chain_of(senders: &[Sender]) -> FixedNode {
    let payers: Vec<_> = (1..).take(senders.len()).map(Payer::new).collect();
    FixedNode::start(&payers).await
}

/// Over a store that shows the balances `known`, while the senders have paid more.
async fn go_on(chain: &FixedNode, store: &str, senders: &mut [Sender], known: &[u64]) {
    // Without the mark, nobody who has paid since can pay.
    let server = Server::start(chain, store, None).await;
    for (sender, known) in senders.iter().zip(known) {
        let (status, shown) = sender.send(&server, sender.paid + PRICE).await;
        assert_eq!(
            (status, shown),
            (StatusCode::PAYMENT_REQUIRED, Some(*known))
        );
    }
    server.kill().await;

    let told = collect(chain, store, &["restored"]).await;
    assert!(told.ends_with(&format!("{PAYERS} channels\n")), "{told}");
    for (sender, known) in senders.iter().zip(known) {
        let line = format!(
            "marked {} {OPEN_BLOCK} {known}\n",
            sender.payer.channel.sender
        );
        assert!(told.contains(&line), "{told}");
    }
    assert_eq!(
        collect(chain, store, &["close-all", "--dry-run"]).await,
        "0 channels\n"
    );
    // The mark outlives a restart.
    Server::start(chain, store, None).await.kill().await;
    let server = Server::start(chain, store, None).await;
    for (sender, known) in senders.iter_mut().zip(known).skip(1) {
        for balance in [*known, sender.paid] {
            let (status, said) = sender.close(&server, balance).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(said.contains("restored a backup"), "{said}");
        }
        // The next payment is served once, at its price, and tells what was lost.
        let (status, shown) = sender.send(&server, sender.paid + PRICE).await;
        assert_eq!((status, shown), (StatusCode::OK, Some(*known)));
        sender.paid += PRICE;
        let (status, shown) = sender.send(&server, sender.paid).await;
        assert_eq!(
            (status, shown),
            (StatusCode::PAYMENT_REQUIRED, Some(sender.paid)),
            "counted once"
        );
        sender.pay(&server, 3).await;
        let (status, said) = sender.close(&server, sender.paid).await;
        assert_eq!(status, StatusCode::OK, "{said}");
    }
    server.kill().await;
    // One has not come back.
    let told = collect(chain, store, &["restored", "--end"]).await;
    assert!(told.ends_with("\n1 channels\n"), "{told}");
    let server = Server::start(chain, store, None).await;
    let first = &senders[0];
    assert_eq!(first.close(&server, known[0]).await.0, StatusCode::OK);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_a_copy() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("channels.db");
    let copy = folder.path().join("copy.db");
    let place = |file: &Path| file.display().to_string();
    let mut senders: Vec<_> = (1..=PAYERS).map(Sender::new).collect();
    let chain = chain_of(&senders).await;
    let server = Server::start(&chain, &place(&file), None).await;
    for (times, sender) in (2..).zip(&mut senders) {
        sender.pay(&server, times).await;
    }
    let known: Vec<_> = senders.iter().map(|sender| sender.paid).collect();
    // While the server runs, as `.backup` of SQLite's program does.
    let from = rusqlite::Connection::open(&file).expect("opened");
    let saved = from.execute("VACUUM INTO ?", [place(&copy)]);
    saved.expect("copied");
    for (times, sender) in (1..).zip(&mut senders) {
        sender.pay(&server, times).await;
    }
    server.kill().await;
    drop(from);
    for name in ["channels.db", "channels.db-wal", "channels.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    std::fs::rename(copy, &file).expect("restored");
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("private");
    go_on(&chain, &place(&file), &mut senders, &known).await;
}

#[cfg(feature = "postgres")]
mod database {
    use std::fs;
    use std::time::Duration;

    use crate::cluster::{Cluster, programs};

    use super::*;

    const POINT: &str = "before-the-loss";

    /// What the program says.
    async fn run(program: &str, arguments: &[&str]) -> String {
        let output = Command::new(programs().join(program))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    async fn ask(cluster: &Cluster, statement: &str) -> String {
        let host = cluster.socket();
        let line = ["-h", host, "-U", "tests", "-Atqc", statement, "postgres"];
        run("psql", &line).await.trim().to_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_to_a_point_in_time() {
        let folder = TempDir::new().expect("a folder");
        let archive = folder.path().join("archive");
        fs::create_dir(&archive).expect("made");
        let archive = archive.display().to_string();
        let setting = |text: String| ["-c".to_owned(), text];
        let settings = [
            setting("archive_mode=on".to_owned()),
            setting(format!(
                "archive_command=cp %p {archive}/.%f && mv {archive}/.%f {archive}/%f"
            )),
        ];
        // Its own user writes the archive.
        for place in [folder.path(), Path::new(&archive)] {
            let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
            fs::set_permissions(place, everybody).expect("open");
        }
        let home = TempDir::new().expect("a folder");
        let cluster = Cluster::with(home, 5432, settings.as_flattened());

        let mut senders: Vec<_> = (1..=PAYERS).map(Sender::new).collect();
        let chain = chain_of(&senders).await;
        let server = Server::start(&chain, &cluster.url("postgres"), None).await;
        for (times, sender) in (1..).zip(&mut senders) {
            sender.pay(&server, times).await;
        }
        // While the server runs.
        let home = TempDir::new().expect("a folder");
        let data = home.path().join("data").display().to_string();
        let line = [
            "-h",
            cluster.socket(),
            "-U",
            "tests",
            "-D",
            &data,
            "-c",
            "fast",
        ];
        run("pg_basebackup", &line).await;
        for sender in &mut senders {
            sender.pay(&server, 2).await;
        }
        let known: Vec<_> = senders.iter().map(|sender| sender.paid).collect();
        let made = format!("SELECT pg_create_restore_point('{POINT}')");
        ask(&cluster, &made).await;
        for (times, sender) in (1..).zip(&mut senders) {
            sender.pay(&server, times).await;
        }
        let last = ask(&cluster, "SELECT pg_walfile_name(pg_switch_wal())").await;
        let last = Path::new(&archive).join(last);
        while !last.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.kill().await;
        drop(cluster);

        fs::write(format!("{data}/recovery.signal"), "").expect("written");
        let settings = [
            setting(format!("restore_command=cp {archive}/%f %p")),
            setting(format!("recovery_target_name={POINT}")),
            setting("recovery_target_action=promote".to_owned()),
            // Until it takes writes nobody is let in.
            setting("hot_standby=off".to_owned()),
        ];
        let restored = Cluster::with(home, 5432, settings.as_flattened());
        let url = restored.url("postgres");
        go_on(&chain, &url, &mut senders, &known).await;
    }
}
