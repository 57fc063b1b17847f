//! What is sold, for programs: `openapi.json` and `llms.txt`.
//!
//! Both are at `/api/1/`; beside files also at `/`, where the folder has no file of that name when the server starts.
//! Each operation of the OpenAPI document that costs something has an `x-payment-info`:
//!
//! | member | |
//! |---|---|
//! | `price.mode` | `fixed` |
//! | `price.amount` | in the token's own unit, exactly, as text; without decimals of the token in base units |
//! | `price.currency` | the token's symbol, a claim; for a token without one its address |
//! | `protocols[0].microraiden` | the terms as a 402 has them, but for `resource` and `gateway`; `price` is in base units |
//!
//! Where the receiver speaks the [credit extension](crate::protocol::credit), the operations that cost something have its
//! headers, too: those of the request as parameters, those of the answers with their statuses.
//!
//! Before another server, which paths there are is not known: patterns of prices and descriptions stand for them.

mod credit;

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::protocol::Amount;

use super::GATEWAY_PATH;
use super::content::Content;
use super::credit::CreditAnswer;
use super::page::{OwnPage, beside as in_currency, show};
use super::server::{App, Goods, apart, listed};
use super::token::TokenLabel;
use super::words::Words;

const OPENAPI: &str = "/openapi.json";
const LLMS: &str = "/llms.txt";
/// Where a pattern's rest or the path itself is left open.
const ANY: &str = "/{path}";

/// Those that are there in any case.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(&format!("{GATEWAY_PATH}{OPENAPI}"), get(openapi))
        .route(&format!("{GATEWAY_PATH}{LLMS}"), get(llms))
}

/// Those where programs look first, unless files are there.
pub(super) fn beside(content: &Content) -> Router<App> {
    let mut routes = Router::new();
    if content.find(OPENAPI).is_none() {
        routes = routes.route(OPENAPI, get(openapi));
    }
    if content.find(LLMS).is_none() {
        routes = routes.route(LLMS, get(llms));
    }
    routes
}

/// What is sold at a path, or at the paths of a pattern.
struct Entry {
    /// As OpenAPI writes it.
    path: String,
    price: Amount,
    title: String,
    description: Option<String>,
    /// As in `JPEG picture, 1.2 MB`.
    kind: Option<String>,
    media_type: Option<String>,
}

fn entries(app: &App, words: &Words) -> Vec<Entry> {
    match &app.goods {
        Goods::Files(_) => listed(app)
            .into_iter()
            .map(|file| {
                let facts = app.page.facts_of(&file.path, Some(&file.file), words);
                Entry {
                    kind: facts.kind_and_size(words),
                    path: file.path,
                    price: file.price,
                    title: facts.title,
                    description: facts.description,
                    media_type: facts.media_type,
                }
            })
            .collect(),
        Goods::Server { prices, .. } => {
            let publisher = app.page.publisher();
            let told = publisher
                .patterns()
                .map(|pattern| (pattern, prices.of(pattern)));
            let mut all: BTreeMap<&str, Amount> = told.collect();
            all.extend(prices.patterns());
            let mut entries: Vec<Entry> = all
                .into_iter()
                .map(|(pattern, price)| {
                    let (title, description) = publisher.said_of(pattern);
                    let path = template(pattern);
                    Entry {
                        title: title.unwrap_or_else(|| path.clone()),
                        path,
                        price,
                        description,
                        kind: None,
                        media_type: None,
                    }
                })
                .collect();
            if entries.iter().all(|entry| entry.path != ANY) {
                entries.push(Entry {
                    path: ANY.to_owned(),
                    price: prices.default_price(),
                    title: "All other paths".to_owned(),
                    description: None,
                    kind: None,
                    media_type: None,
                });
            }
            entries
        }
    }
}

/// A pattern as OpenAPI writes it: `{*rest}` has no other counterpart than `{rest}`.
fn template(pattern: &str) -> String {
    pattern.replace("{*", "{")
}

async fn openapi(State(app): State<App>, headers: HeaderMap) -> Response {
    apart(move || openapi_now(&app, &headers)).await
}

fn openapi_now(app: &App, headers: &HeaderMap) -> Response {
    let words = app.page.words(headers);
    let mut paths = Map::new();
    for entry in entries(app, words) {
        paths.insert(entry.path.clone(), json!({ "get": operation(app, &entry) }));
    }
    let settings = &app.page.publisher().settings;
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": settings.name().unwrap_or("Paywall"),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": { "responses": { "PaymentRequired": payment_required() } },
    });
    if app.receiver.terms().credit.is_some() {
        credit::describe(&mut document);
    }
    if let Some(description) = settings.description() {
        document["info"]["description"] = json!(description);
    }
    if let Some(terms) = &settings.terms {
        document["info"]["termsOfService"] = json!(terms.as_str());
    }
    if let Some(origin) = &settings.origin {
        document["servers"] = json!([{ "url": origin.join("") }]);
    }
    answer(app, "application/json", document.to_string())
}

fn operation(app: &App, entry: &Entry) -> Value {
    let what = entry.kind.as_deref().unwrap_or("What is there");
    let mut found = json!({ "description": what });
    if let Some(kind) = &entry.media_type {
        found["content"] = json!({ kind: {} });
    }
    let mut operation = json!({ "summary": entry.title, "responses": { "200": found } });
    if let Some(description) = &entry.description {
        operation["description"] = json!(description);
    }
    let mut parameters: Vec<Value> = parameters(&entry.path).map(parameter).collect();
    if !entry.price.is_zero() {
        if app.receiver.terms().credit.is_some() {
            parameters.extend(credit::asked());
            operation["responses"]["200"]["headers"] = credit::served();
        }
        operation["responses"]["402"] = json!({ "$ref": "#/components/responses/PaymentRequired" });
        operation["x-payment-info"] = payment(app, entry.price);
    }
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    operation
}

/// The names in braces.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

fn parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn payment(app: &App, price: Amount) -> Value {
    let contract = app.receiver.contract();
    let label = app.token_label.as_ref();
    let token = contract.token.to_string();
    let mut terms = json!({
        "price": price.to_string(),
        "receiver": app.receiver.address().to_string(),
        "contract": contract.manager.address.to_string(),
        "token": token,
        "chainId": contract.chain_id,
        "generation": contract.manager.generation.name(),
    });
    if let Some(label) = label {
        terms["tokenSymbol"] = json!(label.symbol());
        terms["tokenDecimals"] = json!(label.decimals());
    }
    if let Some(credit) = &app.receiver.terms().credit {
        let CreditAnswer { offer, .. } = CreditAnswer::announcing(credit);
        terms["credit"] = json!({ "window": offer.window, "repeat": offer.repeat });
    }
    let amount = label.map_or_else(|| price.to_string(), |label| label.number(price));
    json!({
        "price": {
            "mode": "fixed",
            "amount": amount,
            "currency": label.map_or(token.as_str(), TokenLabel::symbol),
        },
        "protocols": [{ "microraiden": terms }],
    })
}

fn payment_required() -> Value {
    let members = [
        "title",
        "status",
        "detail",
        "code",
        "resource",
        "price",
        "receiver",
        "contract",
        "token",
        "generation",
    ];
    let text = |name: &&str| {
        let kind = if *name == "status" {
            "integer"
        } else {
            "string"
        };
        ((*name).to_owned(), json!({ "type": kind }))
    };
    let mut properties: Map<String, Value> = members.iter().map(text).collect();
    properties.insert("chainId".to_owned(), json!({ "type": "integer" }));
    for name in ["page", "credit"] {
        properties.insert(name.to_owned(), json!({ "type": "object" }));
    }
    json!({
        "description": "Costs a payment in a µRaiden channel. The headers RDN-* say the terms.",
        "content": {
            "application/problem+json": {
                "schema": { "type": "object", "properties": properties },
            },
        },
    })
}

async fn llms(State(app): State<App>, headers: HeaderMap) -> Response {
    apart(move || llms_now(&app, &headers)).await
}

fn llms_now(app: &App, headers: &HeaderMap) -> Response {
    let words = app.page.words(headers);
    let settings = &app.page.publisher().settings;
    let mut text = format!("# {}\n", settings.name().unwrap_or("Paywall"));
    if let Some(description) = settings.description() {
        let _ = write!(text, "\n> {}\n", markdown(description));
    }
    let contract = app.receiver.contract();
    let _ = write!(
        text,
        "\nA request for something that costs is answered 402, with its terms in headers RDN-* and as \
         application/problem+json. It is paid by a signature over a balance in a µRaiden payment channel with receiver \
         {} in contract {} on chain {}. All prices: {GATEWAY_PATH}{OPENAPI}\n",
        app.receiver.address(),
        contract.manager.address,
        contract.chain_id,
    );
    if let Some(terms) = &settings.terms {
        let _ = write!(text, "\n[{}]({})\n", words.say("terms"), terms.as_str());
    }
    let _ = write!(text, "\n## {}\n\n", words.say("files"));
    let label = app.token_label.as_ref();
    for entry in entries(app, words) {
        let rate = in_currency(settings.rate.as_ref(), label, entry.price, words);
        let price = show(label, entry.price, words);
        let facts = entry.kind.into_iter().chain([price]).chain(rate);
        let facts: Vec<String> = facts.collect();
        let title = markdown(&entry.title);
        let _ = write!(
            text,
            "- [{title}]({}): {}",
            entry.path,
            markdown(&facts.join(", "))
        );
        if let Some(description) = entry.description {
            let _ = write!(text, ". {}", markdown(&description));
        }
        text.push('\n');
    }
    answer(app, "text/plain; charset=utf-8", text)
}

/// A text of one line, in which nothing is markup.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn answer(app: &App, kind: &'static str, text: String) -> Response {
    let mut answer = Response::new(Body::from(text));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if app.page.is_in_many_languages() {
        let vary = HeaderValue::from_static("Accept-Language");
        headers.insert(header::VARY, vary);
    }
    answer.extensions_mut().insert(OwnPage);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_templates() {
        assert_eq!(template("/a/{b}/{*rest}"), "/a/{b}/{rest}");
        let names: Vec<&str> = parameters("/a/{b}/{rest}").collect();
        assert_eq!(names, ["b", "rest"]);
        assert_eq!(parameters("/a").count(), 0);
        assert_eq!(markdown("[a](b) *c*"), "\\[a\\](b) \\*c\\*");
    }
}
