//! What a publisher says, in the page, in the 402 for programs, and in lists for them.

mod catalogue;
mod list;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use microraiden::paywall::{
    AnswerFormat, Content, Goods, Page, PageSettings, Prices, ServerOptions,
};
use microraiden::protocol::Amount;
use microraiden::receiver::Receiver;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::basics::{MANAGER, units};
use crate::seller::{options, receiver, request, send, server};

const SETTINGS: &str = r##"
    name = "Tom & <Jerry>"
    description = "A \"daily\" paper"
    logo = "www/icon.svg"
    accent = { light = "#0f6b5c", dark = "#66d3bf" }
    rate = { currency = "EUR", per-token = "0.95" }
    terms = "https://news.example/terms?a=1&b=2"
    origin = "https://news.example"
    csp = { img-src = ["https://cdn.example"] }

    [about."/dog.jpg"]
    title = "A <b>dog</b>"
    description = "It's \"brown\""
    preview = { picture = "demo/content/doggo.jpg", alt = "\"><script>" }

    [about."/stories/{name}"]
    kind = "Short story"
    preview = { text = "It was a dark </blockquote> night" }
"##;

pub(crate) fn page(settings: &str) -> Page {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = PageSettings::parse(settings.parse().expect("TOML")).expect("settings");
    Page::read_for(&root.join("www"), &root.join("pkg"), settings).expect("the page")
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    };
    write("dog.jpg", &"x".repeat(1_234_567));
    write("free.txt", "free");
    write(
        "news.html",
        "<html><head><title>Cats &amp; <i>dogs</title><meta name=description content='&lt;b&gt; of the day'>",
    );
    write("stories/one.html", "<title>The first</title>");
    write("stories/.hidden.html", "");
    write("js/none.txt", "not sold");
    folder
}

/// Sells the files of [`folder`], 3 units each, 10 of which are a token.
async fn shop(settings: &str) -> (TempDir, Router, Arc<Receiver>) {
    shop_with(settings, |_| {}).await
}

async fn shop_with(
    settings: &str,
    change: impl FnOnce(&mut ServerOptions),
) -> (TempDir, Router, Arc<Receiver>) {
    let folder = folder();
    let prices = Prices::new(units(3)).with("/free.txt", Amount::ZERO);
    let content = Content::new(folder.path(), prices.expect("a pattern")).expect("the folder");
    let mut options = ServerOptions {
        goods: Goods::Files(content),
        page: page(settings),
        ..options()
    };
    change(&mut options);
    let receiver = receiver().await;
    let app = server(&receiver, options);
    (folder, app, receiver)
}

async fn get(
    app: &Router,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, String) {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let (status, headers, body) = send(app, request("GET", path, &headers)).await;
    (status, headers, String::from_utf8(body).expect("text"))
}

async fn html(app: &Router, path: &str) -> String {
    get(app, path, &[("accept", "text/html")]).await.2
}

fn config(page: &str) -> Value {
    let start = page.find("id=\"paywall-config\"").expect("a configuration");
    let text = page[start..].split_once('>').expect("an element").1;
    let text = text.split_once("</script>").expect("its end").0;
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn a_page_says_what_is_sold_and_by_whom() {
    let (_folder, app, _) = shop(SETTINGS).await;
    let shown = html(&app, "/dog.jpg?a=1").await;
    for part in [
        "<html lang=\"en\" dir=\"ltr\">",
        "<title>A &lt;b&gt;dog&lt;/b&gt;: payment required · Tom &amp; &lt;Jerry&gt;</title>",
        "<p slot=\"publisher\" class=\"publisher\" data-testid=\"publisher\"><img class=\"publisher-logo\" src=\"/js/",
        "dir=\"auto\">Tom &amp; &lt;Jerry&gt;</span></p>",
        "slot=\"title\" dir=\"auto\">A &lt;b&gt;dog&lt;/b&gt;</h1>",
        "<div slot=\"about\" class=\"about\"><p class=\"kind\" data-testid=\"kind\">JPEG picture, 1.2\u{a0}MB</p>",
        "data-testid=\"description\" dir=\"auto\">It&#39;s &quot;brown&quot;</p></div>",
        "alt=\"&quot;&gt;&lt;script&gt;\"",
        "data-testid=\"price\">0.3\u{a0}TKN, about €0.285</span>",
        "href=\"https://news.example/terms?a=1&amp;b=2\"",
        "<meta property=\"og:title\" content=\"A &lt;b&gt;dog&lt;/b&gt;\">",
        "<meta property=\"og:site_name\" content=\"Tom &amp; &lt;Jerry&gt;\">",
        "<meta property=\"og:url\" content=\"https://news.example/dog.jpg?a=1\">",
        "<meta property=\"og:image\" content=\"https://news.example/js/",
        "<meta name=\"twitter:card\" content=\"summary_large_image\">",
        "<link rel=\"canonical\" href=\"https://news.example/dog.jpg?a=1\">",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains("\"><script>") && !shown.contains("id=\"files\""));
    let story = html(&app, "/stories/one.html").await;
    let quoted = "<blockquote dir=\"auto\">It was a dark &lt;/blockquote&gt; night</blockquote>";
    assert!(
        story.contains(quoted) && story.contains(">The first</h1>"),
        "{story}"
    );
    assert!(story.contains("content=\"article\"") && story.contains("Short story"));
    let news = html(&app, "/news.html").await;
    assert!(news.contains("Cats &amp; &lt;i&gt;dogs</h1>"), "{news}");
    assert!(news.contains("&lt;b&gt; of the day</p>"), "{news}");
}

/// The publisher's files, the policy, and what is missing where nothing is set.
#[tokio::test]
async fn what_the_page_loads_is_there_and_allowed() {
    let (_folder, app, _) = shop(SETTINGS).await;
    let (_, headers, shown) = get(&app, "/dog.jpg", &[("accept", "text/html")]).await;
    let policy = headers["content-security-policy"].to_str().expect("text");
    assert!(
        policy.contains("img-src 'self' blob: data: https://cdn.example;"),
        "{policy}"
    );
    let marked = shown
        .split(['"', ' '])
        .filter(|part| part.contains("/publisher/"));
    let mut paths: Vec<&str> = marked.filter(|part| part.starts_with("/js/")).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 3, "logo, preview, style sheet: {paths:?}");
    for path in paths {
        let (status, headers, body) = get_bytes(&app, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let kind = headers["content-type"].to_str().expect("text");
        assert!(
            kind.starts_with("image/") || kind.starts_with("text/css"),
            "{kind}"
        );
        assert!(
            headers["cache-control"]
                .to_str()
                .is_ok_and(|said| said.contains("immutable"))
        );
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'") && !body.is_empty());
    }
    let (_folder, plain, _) = shop("").await;
    let shown = html(&plain, "/dog.jpg").await;
    for part in [
        "canonical",
        "og:url",
        "og:image",
        "slot=\"publisher\"",
        "about €",
        "/publisher/",
    ] {
        assert!(!shown.contains(part), "{part}");
    }
    assert!(shown.contains(">dog.jpg</h1>") && shown.contains("og:title"));
    assert_eq!(config(&shown)["page"]["publisher"], Value::Null);
}

async fn get_bytes(app: &Router, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    send(app, request("GET", path, &[])).await
}

#[tokio::test]
async fn scripts_and_programs_are_told_the_same() {
    let (_folder, app, receiver) = shop(SETTINGS).await;
    let told = config(&html(&app, "/dog.jpg?a=1").await);
    let page = &told["page"];
    assert_eq!(page["title"], "A <b>dog</b>");
    assert_eq!(page["description"], "It's \"brown\"");
    assert_eq!(
        (&page["kind"], &page["mediaType"]),
        (&json!("JPEG picture"), &json!("image/jpeg"))
    );
    assert_eq!(
        (&page["size"], &page["language"]),
        (&json!(1_234_567), &json!("en"))
    );
    assert_eq!(
        page["rate"],
        json!({ "currency": "EUR", "perToken": "0.95" })
    );
    assert_eq!(page["terms"], "https://news.example/terms?a=1&b=2");
    assert_eq!(page["url"], "https://news.example/dog.jpg?a=1");
    assert_eq!(page["publisher"]["name"], "Tom & <Jerry>");
    assert!(
        page["publisher"]["logo"]
            .as_str()
            .is_some_and(|logo| logo.ends_with(".svg"))
    );
    assert_eq!(page["preview"]["alt"], "\"><script>");
    for accept in ["application/json", "application/problem+json, */*;q=0.5"] {
        let (status, headers, body) = get(&app, "/dog.jpg?a=1", &[("accept", accept)]).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(headers["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(&problem["page"], page, "{accept}");
        // The problem's own title stays.
        assert_eq!(problem["title"], "Payment Required");
        assert_eq!(problem["receiver"], receiver.address().to_string());
        assert_eq!(problem["contract"], MANAGER.address.to_string());
        for member in ["price", "token", "tokenSymbol", "chainId", "resource"] {
            assert_eq!(problem[member], told[member], "{member}");
        }
    }
}

/// Clients of the original server are answered as ever; a type that they don't know changes it.
#[tokio::test]
async fn original_answers_stay_as_they_are() {
    let original = |options: &mut ServerOptions| options.answers = AnswerFormat::Original;
    let (_folder, app, _) = shop_with(SETTINGS, original).await;
    for accept in ["application/json", "*/*"] {
        let (status, headers, body) = get(&app, "/dog.jpg", &[("accept", accept)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::PAYMENT_REQUIRED, ""));
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["rdn-price"], "3");
    }
    let quirk = get(
        &app,
        "/dog.jpg",
        &[("accept", "application/json, */*;q=0.5")],
    )
    .await;
    assert_eq!(quirk.1["content-type"], "text/html");
    let named = get(&app, "/dog.jpg", &[("accept", "application/problem+json")]).await;
    assert_eq!(named.1["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(&named.2).expect("JSON");
    assert_eq!(problem["code"], "payment-required");
    assert_eq!(named.1["rdn-price"], "3");
}

#[tokio::test]
async fn the_page_speaks_the_visitors_language_or_the_publishers() {
    let (_folder, app, _) = shop(SETTINGS).await;
    let german = [
        ("accept", "text/html"),
        ("accept-language", "de-AT,de;q=0.9,en;q=0.8"),
    ];
    let (_, headers, shown) = get(&app, "/dog.jpg", &german).await;
    for part in [
        "<html lang=\"de\" dir=\"ltr\">",
        "JPEG-Bild, 1,2\u{a0}MB",
        ">0,3\u{a0}TKN, etwa 0,285\u{a0}€<",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    assert_eq!(config(&shown)["page"]["language"], "de");
    let vary: Vec<_> = headers.get_all("vary").iter().collect();
    assert!(
        vary.iter().any(|value| *value == "Accept, Accept-Language"),
        "{vary:?}"
    );
    let (_folder, fixed, _) = shop("language = \"en\"").await;
    let (_, headers, shown) = get(&fixed, "/dog.jpg", &german).await;
    assert!(shown.contains("<html lang=\"en\""));
    assert!(
        headers
            .get_all("vary")
            .iter()
            .all(|value| *value != "Accept, Accept-Language")
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let french = PageSettings::parse("language = \"fr\"".parse().expect("TOML")).expect("a tag");
    let error = Page::read_for(&root.join("www"), &root.join("pkg"), french).expect_err("no words");
    assert!(
        error
            .to_string()
            .contains("no words in `fr`: it has en, de"),
        "{error}"
    );
}
