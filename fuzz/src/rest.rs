//! Whole requests to the server: `METHOD path`, header lines, an empty line, the body. Nothing is a
//! fault of the server, no answer holds the sender's proof or the administrator's secret, and what is
//! sold was paid for.
use std::sync::{Arc, LazyLock};

use super::Head;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use microraiden::chain::http::HttpTransport;
use microraiden::chain::{ManagerContract, Node};
use microraiden::paywall::cors::CredentialOrigins;
use microraiden::paywall::{
    Access, AdminSecret, AnswerFormat, Content, Goods, Page, Prices, RequestLimits, ServerOptions,
    TokenLabel, TrustedProxies, router,
};
use microraiden::protocol::Signature;
use microraiden::protocol::{Address, Amount, ChannelId, Generation, Manager, PrivateKey};
use microraiden::receiver::{
    Account, ChainStatus, Channel, ChannelKey, ChannelStatus, MemoryStore, Receiver, StoreExt,
};
use tokio::runtime::Runtime;
use tower::ServiceExt;

const SECRET: &str = "correct-horse-battery";
const MANAGER: Manager = Manager {
    address: Address([7; 20]),
    generation: Generation::V02,
};
const PRICE: Amount = Amount::from_u64(3);
/// No answer of the REST interface is longer.
const LONGEST: usize = 1 << 14;

struct Server {
    runtime: Runtime,
    receiver: Arc<Receiver>,
    app: Router,
    /// In which 3 units were paid.
    channel: Channel,
    poem: Vec<u8>,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| server().expect("a server"));

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let Some(request) = read(text) else {
        return;
    };
    let Server {
        runtime,
        receiver,
        app,
        channel,
        poem,
    } = &*SERVER;
    let path = request.uri().path().to_owned();
    let (status, body, after) = runtime.block_on(async {
        receiver
            .store()
            .insert(channel.clone())
            .await
            .expect("memory");
        let response = app.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        let after = receiver.store().get(ChannelKey::from(&channel.id)).await;
        (parts.status, body, after.expect("memory"))
    });
    // These two ask a node, which is not there.
    let asks = ["/api/1/stats", "/api/1/admin"]
        .iter()
        .any(|start| path.starts_with(start));
    assert!(!status.is_server_error() || asks, "{status}");
    let after = after.expect("a channel with a proof is kept");
    assert!(after.proof().expect("a proof").balance >= Amount::from_u64(3));
    if status.is_success() && !poem.is_empty() && *body == **poem {
        assert_eq!(
            after.charged(),
            channel.charged().checked_add(PRICE).expect("small")
        );
        return;
    }
    assert_eq!(after.charged(), channel.charged());
    assert!(
        body.len() < LONGEST || !path.starts_with("/api/"),
        "{} bytes",
        body.len()
    );
    let answer = String::from_utf8_lossy(&body);
    let proof = channel.proof().expect("a proof").signature.to_string();
    assert!(!answer.contains(&proof[2..]) && !answer.contains(SECRET));
    if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&body)
        && let Some(closing) = answer["close_signature"].as_str()
    {
        let closing: Signature = closing.parse().expect("a signature");
        assert_eq!(Some(closing), after.closing_signature);
        let proof = channel.proof().expect("a proof");
        assert_eq!(
            MANAGER.verify_closing(&channel.id, &proof, &closing),
            Ok(())
        );
    }
}

fn read(text: &str) -> Option<Request<Body>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
    let (method, path) = first.split_once(' ')?;
    let request = Request::builder().method(method).uri(path);
    let mut request = request.body(Body::from(body.to_owned())).ok()?;
    *request.headers_mut() = Head::read(rest).headers();
    // A file by parts is left to the file server.
    request.headers_mut().remove("range");
    Some(request)
}

fn server() -> Result<Server, Box<dyn std::error::Error>> {
    let root = super::project();
    let (sender, key) = (
        PrivateKey::from_bytes(&[1; 32])?,
        PrivateKey::from_bytes(&[2; 32])?,
    );
    let id = ChannelId {
        sender: sender.address(),
        receiver: key.address(),
        open_block: 3,
    };
    let channel = Channel {
        account: Account::paid(MANAGER.sign_balance(&sender, &id, Amount::from_u64(3))),
        ..Channel::new(id, Amount::from_u64(100), ChannelStatus::Open)
    };
    let contract = ManagerContract {
        manager: MANAGER,
        chain_id: 1,
        token: Address([6; 20]),
        challenge_period: 500,
        start_block: 0,
    };
    let store = Arc::new(MemoryStore::default());
    let receiver = Arc::new(Receiver::new(contract, key, store));
    receiver.set_status(ChainStatus::Ready);
    // The picture is given away, the poem is sold.
    let prices = Prices::new(PRICE).with("/doggo.jpg", Amount::ZERO)?;
    let options = ServerOptions {
        goods: Goods::Files(Content::new(root.join("demo/content"), prices)?),
        page: Page::read(&root.join("www"), &root.join("pkg"))?,
        access: Access {
            original: true,
            admin: Some(AdminSecret::new(SECRET)?),
        },
        answers: AnswerFormat::Problem,
        credential_origins: CredentialOrigins::default(),
        limits: RequestLimits::default(),
        trusted_proxies: TrustedProxies::default(),
        metrics: None,
        public_rpc_url: "http://127.0.0.1:1".to_owned(),
        faucet: None,
        start_block: 0,
        token_label: TokenLabel::new("TKN", 18),
        node: Node::new(HttpTransport::new("http://127.0.0.1:1")?),
    };
    let app = router(Arc::clone(&receiver), options);
    Ok(Server {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
        receiver,
        app,
        channel,
        poem: std::fs::read(root.join("demo/content/poem.txt"))?,
    })
}
