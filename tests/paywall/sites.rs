//! Several sites of one server.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use microraiden::paywall::{
    Content, Goods, Health, HostName, Metrics, Prices, RateLimit, ServerOptions, Site, metrics,
    router_by_host,
};
use microraiden::protocol::ChannelId;
use microraiden::protocol::header::Payment;
use microraiden::receiver::{
    ChainStatus, Channel, ChannelKey, ChannelStatus, MemoryStore, Receiver, StoreExt,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::basics::{CONTRACT, MANAGER, key, units};
use crate::publisher::page;
use crate::seller::{OPEN_BLOCK, options, request, send};

/// The keys of the receivers.
const NEWS: u8 = 2;
const PICTURES: u8 = 9;

struct Sites {
    app: Router,
    receivers: Vec<Arc<Receiver>>,
    metrics: Vec<Arc<Metrics>>,
    _folders: Vec<TempDir>,
}

/// The channel of key 1 to a receiver.
fn channel(receiver: u8) -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(receiver).address(),
        open_block: OPEN_BLOCK,
    }
}

fn payment(receiver: u8, balance: u64) -> Payment {
    Payment {
        sender: key(1).address(),
        open_block: OPEN_BLOCK,
        proof: MANAGER.sign_balance(&key(1), &channel(receiver), units(balance)),
        contract: None,
        receiver: None,
    }
}

fn names(hosts: &[&str]) -> Vec<HostName> {
    let names = hosts.iter().map(|host| host.parse().expect("a name"));
    names.collect()
}

/// `news.example` sells news.txt for 3, `pictures.example` and `pics.example` sell cat.txt for 5.
async fn sites(default: Option<u8>, change: impl Fn(&mut ServerOptions)) -> Sites {
    let mut sites = Vec::new();
    let (mut receivers, mut counted, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for (number, hosts, price, file, title) in [
        (NEWS, &["news.example"][..], 3, "news.txt", "The News"),
        (
            PICTURES,
            &["pictures.example", "pics.example"],
            5,
            "cat.txt",
            "The Pictures",
        ),
    ] {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join(file), title).expect("a file");
        let store = MemoryStore::default();
        let opened = Channel::new(channel(number), units(100), ChannelStatus::Open);
        store.insert(opened).await.expect("memory");
        let receiver = Receiver::new(CONTRACT, key(number), Arc::new(store));
        receiver.set_status(ChainStatus::Ready);
        let receiver = Arc::new(receiver);
        let metrics = Arc::new(Metrics::of_site(hosts[0]));
        let content = Content::new(folder.path(), Prices::new(units(price)));
        let mut options = ServerOptions {
            goods: Goods::Files(content.expect("the folder")),
            page: page(&format!("name = \"{title}\"")),
            metrics: Some(Arc::clone(&metrics)),
            trusted_proxies: "10.0.0.1".parse().expect("an address"),
            ..options()
        };
        change(&mut options);
        sites.push(Site {
            name: hosts[0].to_owned(),
            hosts: names(hosts),
            is_default: default == Some(number),
            receiver: Arc::clone(&receiver),
            options,
        });
        receivers.push(receiver);
        counted.push(metrics);
        folders.push(folder);
    }
    Sites {
        app: router_by_host(sites),
        receivers,
        metrics: counted,
        _folders: folders,
    }
}

impl Sites {
    async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let (status, headers, body) = send(&self.app, request).await;
        let price = headers
            .get("rdn-price")
            .map(|price| price.to_str().expect("text"));
        let body = String::from_utf8(body).expect("text");
        (status, price.unwrap_or_default().to_owned(), body)
    }

    async fn get(&self, host: &str, path: &str) -> (StatusCode, String, String) {
        let headers = [("host", host.to_owned())];
        self.send(request("GET", path, &headers)).await
    }

    async fn pay(&self, host: &str, path: &str, payment: Payment) -> StatusCode {
        let mut headers = payment.headers();
        headers.push(("host", host.to_owned()));
        self.send(request("GET", path, &headers)).await.0
    }

    async fn balance(&self, site: usize, receiver: u8) -> String {
        let key = ChannelKey::from(&channel(receiver));
        let stored = self.receivers[site].store().get(key).await;
        let stored = stored.expect("memory").expect("the channel");
        stored.balance().to_string()
    }
}

#[tokio::test]
async fn each_host_has_its_own_goods_prices_receiver_and_page() {
    let sites = sites(None, |_| {}).await;
    for (host, file, price, receiver, title, other) in [
        (
            "news.example",
            "/news.txt",
            "3",
            NEWS,
            "The News",
            "/cat.txt",
        ),
        (
            "pictures.example",
            "/cat.txt",
            "5",
            PICTURES,
            "The Pictures",
            "/news.txt",
        ),
        (
            "pics.example",
            "/cat.txt",
            "5",
            PICTURES,
            "The Pictures",
            "/news.txt",
        ),
    ] {
        let (status, asked, body) = sites.get(host, file).await;
        assert_eq!(
            (status, asked.as_str()),
            (StatusCode::PAYMENT_REQUIRED, price)
        );
        let problem: Value = serde_json::from_str(&body).expect("JSON");
        let address = key(receiver).address().to_string();
        assert_eq!(problem["receiver"], address, "{problem}");
        assert_eq!(sites.get(host, other).await.0, StatusCode::NOT_FOUND);
        let html = [
            ("host", host.to_owned()),
            ("accept", "text/html".to_owned()),
        ];
        let (_, _, list) = sites.send(request("GET", "/", &html)).await;
        assert!(list.contains(title) && list.contains(file), "{list}");
        assert!(!list.contains(other), "{list}");
        let (_, _, sold) = sites.get(host, "/llms.txt").await;
        assert!(sold.contains(&address) && sold.contains(file), "{sold}");
        assert!(!sold.contains(other), "{sold}");
    }
}

#[tokio::test]
async fn names_are_compared_without_case_port_and_last_dot() {
    let sites = sites(None, |_| {}).await;
    for host in [
        "NEWS.example",
        "news.example:8443",
        "news.example.",
        "News.Example.:80",
    ] {
        assert_eq!(sites.get(host, "/news.txt").await.1, "3", "{host}");
    }
    // An absolute URL counts more than the header (RFC 9112, 3.2.2).
    let host = [("host", "news.example".to_owned())];
    let absolute = request("GET", "http://pics.example/cat.txt", &host);
    assert_eq!(sites.send(absolute).await.1, "5");
}

/// It learns nothing of the sites that there are.
#[tokio::test]
async fn an_unknown_host_is_told_so() {
    let strangers = [
        "other.example",
        "example",
        "a.news.example",
        "news.example.evil.example",
        "newsxexample",
        "127.0.0.1",
    ];
    let sites = sites(None, |_| {}).await;
    for host in strangers {
        for path in ["/news.txt", "/", "/api/1/stats", "/cm", "/js/main.js"] {
            let (status, price, body) = sites.get(host, path).await;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}{path}");
            assert_eq!(price, "");
            assert_eq!(body, "There is no site of this name here.\n");
        }
        let paid = sites.pay(host, "/news.txt", payment(NEWS, 3)).await;
        assert_eq!(paid, StatusCode::MISDIRECTED_REQUEST);
    }
    assert_eq!(sites.balance(0, NEWS).await, "0");
    let nameless = sites.send(request("GET", "/news.txt", &[])).await;
    assert_eq!(nameless.0, StatusCode::MISDIRECTED_REQUEST);
    let mut preflight = request(
        "OPTIONS",
        "/news.txt",
        &[("host", "other.example".to_owned())],
    );
    let headers = preflight.headers_mut();
    headers.insert("origin", "https://a.example".parse().expect("a value"));
    headers.insert(
        "access-control-request-method",
        "GET".parse().expect("a value"),
    );
    assert_eq!(
        sites.send(preflight).await.0,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn the_default_site_answers_for_all_other_names() {
    let sites = sites(Some(PICTURES), |_| {}).await;
    assert_eq!(sites.get("other.example", "/cat.txt").await.1, "5");
    assert_eq!(sites.get("news.example", "/news.txt").await.1, "3");
    let nameless = sites.send(request("GET", "/cat.txt", &[])).await;
    assert_eq!(nameless.1, "5");
}

#[tokio::test]
async fn a_host_that_can_be_read_in_two_ways_is_refused() {
    let sites = sites(Some(NEWS), |_| {}).await;
    for host in [
        "a b",
        "news.example/",
        "me@news.example",
        "",
        "http://news.example",
    ] {
        let (status, _, body) = sites.get(host, "/news.txt").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{host}: {body}");
    }
    let twice = [
        ("host", "news.example".to_owned()),
        ("host", "pics.example".to_owned()),
    ];
    let (status, ..) = sites.send(request("GET", "/news.txt", &twice)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_trusted_proxies_name_another_host() {
    let sites = sites(None, |_| {}).await;
    for (client, file, price) in [
        ("10.0.0.1:1", "/cat.txt", "5"),
        ("10.0.0.2:1", "/news.txt", "3"),
    ] {
        let headers = [
            ("host", "news.example".to_owned()),
            ("x-forwarded-host", "evil.example, pics.example".to_owned()),
        ];
        let mut request = request("GET", file, &headers);
        let client: SocketAddr = client.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(client));
        assert_eq!(sites.send(request).await.1, price, "{client}");
    }
}

/// The channels are those of one sender from one block; only the receiver differs.
#[tokio::test]
async fn a_payment_to_one_site_does_not_pay_for_another() {
    let sites = sites(None, |_| {}).await;
    let (news, pictures) = ("news.example", "pics.example");
    let refused = StatusCode::PAYMENT_REQUIRED;
    assert_eq!(
        sites.pay(pictures, "/cat.txt", payment(NEWS, 5)).await,
        refused
    );
    assert_eq!(
        sites.pay(news, "/news.txt", payment(PICTURES, 3)).await,
        refused
    );
    assert_eq!(sites.balance(0, NEWS).await, "0");
    assert_eq!(sites.balance(1, PICTURES).await, "0");
    assert_eq!(
        sites.pay(news, "/news.txt", payment(NEWS, 3)).await,
        StatusCode::OK
    );
    // Nor does what was taken there.
    assert_eq!(
        sites.pay(pictures, "/cat.txt", payment(NEWS, 3)).await,
        refused
    );
    assert_eq!(
        sites.pay(pictures, "/cat.txt", payment(PICTURES, 5)).await,
        StatusCode::OK
    );
    assert_eq!(sites.balance(0, NEWS).await, "3");
    assert_eq!(sites.balance(1, PICTURES).await, "5");
}

#[tokio::test]
async fn sites_share_the_limit_of_an_address() {
    let sites = sites(None, |options| {
        options.limits.per_address = NonZeroU32::new(3).map(RateLimit::per_hour);
    })
    .await;
    let mut statuses = Vec::new();
    for host in [
        "news.example",
        "pics.example",
        "news.example",
        "pics.example",
    ] {
        let mut request = request("GET", "/cm", &[("host", host.to_owned())]);
        let client: SocketAddr = "10.0.0.2:1".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(client));
        statuses.push(sites.send(request).await.0.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}

#[tokio::test]
async fn metrics_and_state_name_the_site() {
    let sites = sites(None, |_| {}).await;
    let paid = sites
        .pay("news.example", "/news.txt", payment(NEWS, 3))
        .await;
    assert_eq!(paid, StatusCode::OK);
    let names = ["news.example", "pictures.example"].map(|name| Some(name.to_owned()));
    let health = Health::of_sites(Duration::from_secs(60), names);
    let told = metrics::router_of_sites(sites.metrics.clone(), health.clone());
    let ask = async |path: &str| {
        let (status, _, body) = send(&told, request("GET", path, &[])).await;
        (status, String::from_utf8(body).expect("text"))
    };
    assert_eq!(ask("/metrics").await.0, StatusCode::SERVICE_UNAVAILABLE);
    health.site_follows(1, &sites.receivers[1]);
    let (status, ready) = ask("/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    let starting = &ready["reasons"][0];
    assert_eq!(
        (&starting["code"], &starting["site"]),
        (&"starting".into(), &"news.example".into())
    );
    health.site_follows(0, &sites.receivers[0]);
    assert_eq!(ask("/ready").await.0, StatusCode::OK);

    let (status, text) = ask("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "microraiden_payments_total{site=\"news.example\"} 1",
        "microraiden_payments_total{site=\"pictures.example\"} 0",
        "microraiden_chain_ready{site=\"news.example\"} 1",
        "microraiden_chain_ready{site=\"pictures.example\"} 1",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in {text}");
    }
    let types = text.lines().filter(|line| line.starts_with("# TYPE"));
    let types: Vec<_> = types.collect();
    let mut once = types.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(types.len(), once.len(), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);

    // One that can't be paid does not stop the other one.
    sites.receivers[0].set_status(ChainStatus::EtherTooLow);
    let (status, ready) = ask("/ready").await;
    assert_eq!(status, StatusCode::OK);
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    let reason = &ready["reasons"][0];
    assert_eq!(
        (&reason["code"], &reason["site"]),
        (&"ether-too-low".into(), &"news.example".into())
    );
    sites.receivers[1].set_status(ChainStatus::Offline);
    assert_eq!(ask("/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn names_of_hosts() {
    for good in ["a.example", "A.Example.", "127.0.0.1", "[::1]", "localhost"] {
        assert!(good.parse::<HostName>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "a.example:80",
        "http://a",
        "*.example",
        "a/b",
        "me@a",
        "ä.example",
        "a b",
        ".",
    ] {
        assert!(bad.parse::<HostName>().is_err(), "{bad}");
    }
}
