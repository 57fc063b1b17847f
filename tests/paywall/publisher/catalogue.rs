//! What is sold, in `openapi.json` and `llms.txt`.

use axum::http::StatusCode;
use microraiden::paywall::{Content, Goods, Prices, ServerOptions, TokenLabel};
use serde_json::{Value, json};

use super::{SETTINGS, folder, get, html, page, shop};
use crate::basics::units;
use crate::seller::{options, receiver, server, speaking};

#[tokio::test]
async fn programs_find_all_prices() {
    let (_folder, app, receiver) = shop(SETTINGS).await;
    for path in ["/openapi.json", "/api/1/openapi.json"] {
        let (status, headers, body) = get(&app, path, &[]).await;
        assert_eq!(
            (status, &headers["content-type"]),
            (
                StatusCode::OK,
                &"application/json".parse().expect("a value")
            )
        );
        let document: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["info"]["title"], "Tom & <Jerry>");
        assert_eq!(document["servers"][0]["url"], "https://news.example");
        let paths = document["paths"].as_object().expect("paths");
        assert_eq!(paths.len(), 4);
        let dog = &paths["/dog.jpg"]["get"];
        assert_eq!(dog["summary"], "A <b>dog</b>");
        let info = &dog["x-payment-info"];
        assert_eq!(
            info["price"],
            json!({ "mode": "fixed", "amount": "0.3", "currency": "TKN" })
        );
        let terms = &info["protocols"][0]["microraiden"];
        assert_eq!(
            (&terms["price"], &terms["tokenDecimals"]),
            (&json!("3"), &json!(1))
        );
        assert_eq!(terms["receiver"], receiver.address().to_string());
        assert!(dog["responses"]["402"].is_object());
        assert_eq!(paths["/free.txt"]["get"]["x-payment-info"], Value::Null);
        assert!(paths["/free.txt"]["get"]["responses"]["402"].is_null());
    }
    let (status, headers, text) = get(&app, "/llms.txt", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains_key("etag") && headers["cache-control"] == "no-cache");
    assert!(
        text.starts_with("# Tom & <Jerry>\n\n> A \"daily\" paper\n"),
        "{text}"
    );
    assert!(text.contains("- [A \\<b\\>dog\\</b\\>](/dog.jpg): JPEG picture, 1.2\u{a0}MB, 0.3\u{a0}TKN, about €0.285. It's"), "{text}");
    assert!(
        text.contains("](/free.txt): Text, 4\u{a0}bytes, Free\n"),
        "{text}"
    );
    assert!(text.contains(&receiver.address().to_string()));
}

/// The terms that announce the extension, and its headers where something has a price.
#[tokio::test]
async fn programs_are_told_of_the_credit_extension_where_it_is_spoken() {
    for (receiver, speaks) in [(speaking(60).await, true), (receiver().await, false)] {
        let app = server(&receiver, options());
        let (_, _, body) = get(&app, "/openapi.json", &[]).await;
        let document: Value = serde_json::from_str(&body).expect("JSON");
        let names = |value: &Value| -> Vec<String> {
            let members = value.as_object();
            members.map_or_else(Vec::new, |members| members.keys().cloned().collect())
        };
        let operation = &document["paths"]["/doggo.jpg"]["get"];
        let asked = &operation["parameters"];
        let served = names(&operation["responses"]["200"]["headers"]);
        let refused = names(&document["components"]["responses"]["PaymentRequired"]["headers"]);
        let credit = &operation["x-payment-info"]["protocols"][0]["microraiden"]["credit"];
        if !speaks {
            assert_eq!((asked, served.len(), refused.len()), (&Value::Null, 0, 0));
            assert_eq!(
                (credit, &document["components"]["headers"]),
                (&Value::Null, &Value::Null)
            );
            assert!(!body.contains("RDN-Payment-Number") && !body.contains("RDN-Credit"));
            continue;
        }
        assert_eq!(credit, &json!({ "window": 64, "repeat": 60 }));
        let parameters = ["RDN-Payment-Number", "RDN-Price"];
        let place = |name| json!({ "$ref": format!("#/components/parameters/{name}") });
        assert_eq!(*asked, json!(parameters.map(place)));
        for name in parameters {
            let parameter = &document["components"]["parameters"][name];
            assert_eq!(
                (&parameter["name"], &parameter["in"]),
                (&json!(name), &json!("header"))
            );
        }
        let of_payment = [
            "RDN-Charged",
            "RDN-Credit",
            "RDN-Newest-Number",
            "RDN-Paid",
            "RDN-Payment-Number",
        ];
        assert_eq!(served, of_payment);
        let of_refusal = [
            "RDN-Charged",
            "RDN-Credit",
            "RDN-Credit-Refused",
            "RDN-Newest-Number",
        ];
        assert_eq!(refused, of_refusal);
        for name in of_payment.iter().chain(&of_refusal) {
            assert!(
                document["components"]["headers"][name]["schema"].is_object(),
                "{name}"
            );
        }
    }
}

/// A file of that name is sold like any other.
#[tokio::test]
async fn own_files_come_before_lists_for_programs() {
    let folder = folder();
    std::fs::write(folder.path().join("llms.txt"), "mine").expect("written");
    let content = Content::new(folder.path(), Prices::new(units(3))).expect("the folder");
    let goods = Goods::Files(content);
    let app = server(&receiver().await, ServerOptions { goods, ..options() });
    assert_eq!(
        get(&app, "/llms.txt", &[]).await.0,
        StatusCode::PAYMENT_REQUIRED
    );
    assert_eq!(get(&app, "/api/1/llms.txt", &[]).await.0, StatusCode::OK);
    assert_eq!(get(&app, "/openapi.json", &[]).await.0, StatusCode::OK);
}

const PATTERNS: [&str; 6] = [
    "/dog.jpg",
    "/free",
    "/free/not/{name}",
    "/free/{rest}",
    "/stories/{name}",
    "/{path}",
];

/// Which paths another server has is not known: patterns stand for them, and its own files stay its own.
#[tokio::test]
async fn another_servers_prices_are_listed_by_pattern() {
    let (address, _) = crate::upstream::start(crate::upstream::PLAIN).await;
    let options = ServerOptions {
        page: page(SETTINGS),
        token_label: TokenLabel::new("TKN", 200),
        ..options()
    };
    let app = crate::upstream::paywall_with(&receiver().await, address, options);
    let (_, _, body) = get(&app, "/api/1/openapi.json", &[]).await;
    let document: Value = serde_json::from_str(&body).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let names: Vec<&String> = paths.keys().collect();
    assert_eq!(names, PATTERNS);
    assert_eq!(paths["/free/{rest}"]["get"]["x-payment-info"], Value::Null);
    let all = &paths["/{path}"]["get"];
    assert_eq!(all["x-payment-info"]["price"]["amount"], "3");
    assert_eq!(all["parameters"][0]["name"], "path");
    assert_eq!(
        get(&app, "/openapi.json", &[]).await.0,
        StatusCode::PAYMENT_REQUIRED
    );
    let shown = html(&app, "/stories/two?page=2").await;
    assert!(
        shown.contains("Short story") && shown.contains(">two?page=2</h1>"),
        "{shown}"
    );
}
