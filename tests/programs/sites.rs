//! One server for several sites, as a program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, Generation, PrivateKey, Uint256};
use reqwest::{Response, StatusCode};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::time::{sleep, timeout};

use crate::basics::{key, units};
use crate::chain::{AnvilChain, ETHER};
use crate::node::FixedNode;
use crate::program::{command, settings, url};

const NEWS: u8 = 0x21;
const PICTURES: u8 = 0x22;
const SENDER: u8 = 0x23;
const PATIENCE: Duration = Duration::from_secs(60);

fn key_file(folder: &TempDir, number: u8) -> PathBuf {
    let file = folder.path().join(format!("key-{number}"));
    fs::write(&file, key(number).to_hex().as_str()).expect("a file");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&file, private).expect("its mode");
    file
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is wrong with one site ends the program, which says where that site is.
#[tokio::test]
async fn what_is_wrong_with_a_site_names_the_site() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let (news, pictures) = (key_file(&folder, NEWS), key_file(&folder, PICTURES));
    let (news, pictures) = (news.display(), pictures.display());
    let missing = folder.path().join("missing");
    let missing = missing.display();
    let first = format!(
        "[[site]]\nhost = \"news.example\"\nkey-file = \"{news}\"\nfiles = \"demo/content\"\n"
    );
    let second = "[[site]]\nhost = \"pics.example\"\n";
    for (site, sentence) in [
        (
            format!("key-file = \"{news}\"\nfiles = \"demo/content\"\n"),
            "it has receiver, contract and store of another site",
        ),
        (
            format!("key-file = \"{missing}\"\nfiles = \"demo/content\"\n"),
            "missing can't be read",
        ),
        (
            format!("key-file = \"{pictures}\"\nfiles = \"{missing}\"\n"),
            "missing can't be read",
        ),
        (
            format!("key-file = \"{pictures}\"\nupstream = \"ftp://a\"\n"),
            "--upstream",
        ),
        (
            format!("key-file = \"{pictures}\"\nfiles = \"demo/content\"\npage = \"{missing}\"\n"),
            "missing can't be used",
        ),
        (
            format!(
                "key-file = \"{pictures}\"\nfiles = \"demo/content\"\nstore = \"{missing}/a.db\"\n"
            ),
            "can't be opened",
        ),
        (
            format!(
                "key-file = \"{pictures}\"\nfiles = \"demo/content\"\nlisten = \"127.0.0.1:0\"\n"
            ),
            "`listen` is the server's",
        ),
        (
            format!("key-file = \"{pictures}\"\nfiles = \"demo/content\"\nprise = 3\n"),
            "there is no setting `prise`",
        ),
    ] {
        let sites = settings(
            &chain,
            &folder,
            &format!("price = 3\n{first}{second}{site}"),
        );
        let output = command(&folder, &sites).current_dir(root()).output();
        let output = timeout(PATIENCE, output)
            .await
            .expect("in time")
            .expect("it ends");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{site}");
        assert!(said.contains(sentence), "{site}: {said}");
        assert!(
            said.contains("paywall.toml") && said.contains("[[site]] 2 (line"),
            "{site}: {said}"
        );
        for number in [NEWS, PICTURES] {
            let secret = key(number).to_hex();
            assert!(!said.contains(secret.trim_start_matches("0x")), "{said}");
        }
    }
}

/// A sender's channel to one of the sites.
struct Account<'a> {
    chain: &'a AnvilChain,
    key: PrivateKey,
    channel: ChannelId,
}

impl Account<'_> {
    fn payment(&self, balance: u64) -> Payment {
        let manager = self.chain.contract.manager;
        Payment {
            sender: self.channel.sender,
            open_block: self.channel.open_block,
            proof: manager.sign_balance(&self.key, &self.channel, units(balance)),
            contract: None,
            receiver: None,
        }
    }
}

async fn get(url: &str, host: &str, path: &str, payment: Option<Payment>) -> Response {
    let mut request = reqwest::Client::new().get(format!("{url}{path}"));
    request = request.header("host", host);
    for (name, value) in payment.map_or_else(Vec::new, |payment| payment.headers()) {
        request = request.header(name, value);
    }
    request.send().await.expect("an answer")
}

/// Both sites are paid on a real chain; one's sender cheats, which is answered, and the other goes on.
#[tokio::test]
async fn two_sites_of_one_process_on_a_real_chain() {
    let chain = AnvilChain::start(Generation::V02).await;
    let folder = TempDir::new().expect("a folder");
    let mut sites = format!(
        "rpc-url = \"{}\"\ncontract = \"{}\"\nlisten = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n\
         poll-interval-ms = 50\npage = \"{}\"\nstore = \"{}\"\n",
        chain.url,
        chain.contract.manager.address,
        root().join("www").display(),
        folder.path().join("both.db").display(),
    );
    for (number, host, price) in [(NEWS, "news.example", 3), (PICTURES, "pics.example", 5)] {
        chain.set_ether(key(number).address(), ETHER).await;
        sites += &format!(
            "[[site]]\nhost = \"{host}\"\nkey-file = \"{}\"\nfiles = \"{}\"\nprice = {price}\n",
            key_file(&folder, number).display(),
            root().join("demo/content").display(),
        );
    }
    let mut server = command(&folder, &sites).spawn().expect("it starts");
    let url = url(&mut server).await;
    let sender = key(SENDER);
    let mut accounts = Vec::new();
    for number in [NEWS, PICTURES] {
        let channel = chain.open(&sender, key(number).address(), units(100)).await;
        accounts.push(Account {
            chain: &chain,
            key: key(SENDER),
            channel,
        });
    }
    let [news, pictures] = &accounts[..] else {
        panic!("two");
    };
    let status = async |host: &str, payment: Payment| {
        get(&url, host, "/doggo.jpg", Some(payment)).await.status()
    };
    let refused = StatusCode::PAYMENT_REQUIRED;
    assert_eq!(status("pics.example", news.payment(5)).await, refused);
    assert_eq!(status("news.example", pictures.payment(3)).await, refused);
    assert_eq!(
        status("news.example", news.payment(3)).await,
        StatusCode::OK
    );
    assert_eq!(
        status("news.example", news.payment(6)).await,
        StatusCode::OK
    );
    assert_eq!(
        status("pics.example", pictures.payment(5)).await,
        StatusCode::OK
    );
    let unknown = get(&url, "other.example", "/doggo.jpg", Some(news.payment(9))).await;
    assert_eq!(unknown.status(), StatusCode::MISDIRECTED_REQUEST);

    // The sender closes for less than it paid.
    let manager = chain.contract.manager;
    let low = manager.sign_balance(&sender, &news.channel, units(3));
    chain.request_close(&news.channel, &low).await;
    let answered = async {
        while !chain.is_settled(&news.channel).await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, answered).await.expect("it is answered");
    assert_eq!(chain.tokens(key(NEWS).address()).await, Uint256::new(6));
    assert_eq!(status("news.example", news.payment(9)).await, refused);
    assert_eq!(
        status("pics.example", pictures.payment(10)).await,
        StatusCode::OK
    );
    assert!(!chain.is_settled(&pictures.channel).await);

    server.start_kill().expect("it runs");
    server.wait().await.expect("it ends");
    let mut log = String::new();
    let mut errors = server.stderr.take().expect("its log");
    errors.read_to_string(&mut log).await.expect("text");
    let named = |line: &str, site: &str| line.contains(&format!("site{{name={site}}}"));
    let paid = log
        .lines()
        .filter(|line| line.contains("paid="))
        .collect::<Vec<_>>();
    assert_eq!(
        paid.iter()
            .filter(|line| named(line, "news.example"))
            .count(),
        2,
        "{log}"
    );
    assert_eq!(
        paid.iter()
            .filter(|line| named(line, "pics.example"))
            .count(),
        2,
        "{log}"
    );
    // Whichever thread tells it.
    let mut closing = log
        .lines()
        .filter(|line| line.contains("the sender requests closing"));
    assert!(closing.all(|line| named(line, "news.example")), "{log}");
    for number in [NEWS, PICTURES] {
        let secret = key(number).to_hex();
        assert!(!log.contains(secret.trim_start_matches("0x")), "{log}");
    }
}
