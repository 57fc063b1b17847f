//! The paying `fetch`.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Headers, Request, RequestInit, RequestRedirect, Response, Url};

use std::rc::Rc;

use crate::protocol::header::{Demand, HeaderError, Refusal, name};
use crate::sender::Limits;

use super::client::Client;
use super::error::Failure;
use super::http;
use super::watch::Watch;

/// A request that can be sent several times.
pub(crate) struct Template {
    request: Request,
    body: Option<Uint8Array>,
    /// Where the request goes.
    pub(crate) url: String,
}

impl Template {
    /// Takes the arguments of `fetch` and reads the body, so that it can be sent again.
    async fn new(input: &JsValue, init: &JsValue) -> Result<Self, JsValue> {
        let init = if init.is_undefined() {
            RequestInit::new()
        } else {
            init.clone().unchecked_into()
        };
        let request = match input.dyn_ref::<Request>() {
            Some(request) => Request::new_with_request_and_init(request, &init)?,
            None => {
                let url = match input.dyn_ref::<Url>() {
                    Some(url) => url.href(),
                    None => input
                        .as_string()
                        .ok_or_else(|| Failure::argument("input", "text, a URL or a Request"))?,
                };
                Request::new_with_str_and_init(&url, &init)?
            }
        };
        let body = match request.method().as_str() {
            "GET" | "HEAD" => None,
            _ => Some(Uint8Array::new(
                &JsFuture::from(request.array_buffer()?).await?,
            )),
        };
        let url = request.url();
        Ok(Self { request, body, url })
    }

    /// Sends the request with these headers added. A request that carries a payment follows no
    /// redirect: the payment would go wherever the answer points.
    pub(crate) async fn send(
        &self,
        headers: &[(&'static str, String)],
        paid: bool,
    ) -> Result<Response, JsValue> {
        let all = Headers::new_with_headers(&self.request.headers())?;
        for (name, value) in headers {
            all.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_headers(&all);
        if let Some(body) = self.body.as_ref().filter(|body| body.length() > 0) {
            init.set_body(body);
        } else if self.body.is_some() {
            // The body of the template was read already; an empty one takes its place.
            init.set_body(&"".into());
        }
        if paid {
            init.set_redirect(RequestRedirect::Error);
        }
        http::send(&Request::new_with_request_and_init(&self.request, &init)?).await
    }
}

/// What a 402 demands; `None` for another answer, or a 402 that is not about a channel.
pub(crate) fn read_demand(response: &Response) -> Result<Option<Demand>, HeaderError> {
    if response.status() != 402 {
        return Ok(None);
    }
    let headers = response.headers();
    const PLAIN: [&str; 7] = [
        name::CONTRACT_ADDRESS,
        name::RECEIVER_ADDRESS,
        name::PRICE,
        name::TOKEN_ADDRESS,
        name::GATEWAY_PATH,
        name::SENDER_BALANCE,
        name::BALANCE_SIGNATURE,
    ];
    let names = PLAIN.into_iter().chain(Refusal::ALL.map(Refusal::header));
    let read: Vec<(&str, String)> = names
        .filter_map(|name| Some((name, headers.get(name).ok()??)))
        .collect();
    Demand::read(|name| {
        read.iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value.as_str())
    })
}

/// A function with the signature of `fetch` that pays within the limits.
pub(crate) fn paying_fetch(client: Rc<Client>, limits: Limits, watch: Watch) -> JsValue {
    Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |input: JsValue, init: JsValue| {
        let (client, watch) = (Rc::clone(&client), watch.clone());
        future_to_promise(async move {
            fetch(&client, &limits, &watch, &input, &init)
                .await
                .map(JsValue::from)
        })
    })
    .into_js_value()
}

async fn fetch(
    client: &Client,
    limits: &Limits,
    watch: &Watch,
    input: &JsValue,
    init: &JsValue,
) -> Result<Response, JsValue> {
    watch.check()?;
    let mut template = Template::new(input, init).await?;
    let response = template.send(&[], false).await.map_err(|cause| {
        let message = format!("{} can't be reached; nothing was paid", template.url);
        JsValue::from(
            Failure::new("server-unreachable", message)
                .with("url", template.url.as_str())
                .caused_by(cause),
        )
    })?;
    let demand = read_demand(&response).map_err(Failure::from)?;
    let Some(demand) = demand else {
        return Ok(response);
    };
    // A redirect of the free request may have led elsewhere: pay only where the caller asked.
    let repeatable = template.body.is_none() && same_origin(&template.url, &response.url());
    if response.redirected() && !repeatable {
        let message = "the request was redirected to another place, which asks to be paid";
        return Err(Failure::new("payment-refused", message)
            .with("reason", "redirected")
            .with("url", response.url())
            .into());
    }
    if response.redirected() {
        template.request = Request::new_with_str_and_init(
            &response.url(),
            template.request.unchecked_ref::<RequestInit>(),
        )?;
        template.url = response.url();
    }
    Ok(client.pay(&template, limits, demand, watch).await?)
}

fn same_origin(one: &str, other: &str) -> bool {
    match (Url::new(one), Url::new(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}
