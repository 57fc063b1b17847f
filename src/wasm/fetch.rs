//! The paying `fetch`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, Request, RequestCache, RequestCredentials, RequestInit, RequestMode,
    RequestRedirect, Response, ResponseType, Url,
};

use crate::protocol::header::{Demand, HeaderError, Payment, name};
use crate::protocol::{Amount, BalanceProof, CreditReport, Numbered};
use crate::sender::flow::incomplete::Fetched;
use crate::sender::numbered::InFlight;
use crate::sender::store::prices::{Place, origin};
use crate::sender::world::Answer;
use crate::sender::{Limits, Resource, Sender};

use super::body::{self, End};
use super::browser::Browser;
use super::call_options::Watch;
use super::client::Client;
use super::cookies;
use super::error::Failure;
use super::http;
use super::promise::{promise, soon};
use super::shown_redirect::{self, ShownRedirect};
use super::store::Turn;

/// The most redirects that are followed, as by browsers.
const MOST_REDIRECTS: usize = 20;

/// A request that can be sent several times.
pub(crate) struct Template {
    request: RefCell<Request>,
    /// Its parsed URL and method.
    place: RefCell<Place>,
    body: Option<Uint8Array>,
    /// Where the answer to a payment led, if that was to be seen.
    led: RefCell<Option<ShownRedirect>>,
    /// Aborted by the signal of the options or of the request.
    watch: Watch,
}

fn place_of(request: &Request) -> Place {
    Place::of(request.method(), request.url())
}

impl Template {
    /// Takes the arguments of `fetch` and reads the body, so that it can be sent again. Rejects a stream
    /// before anything is sent, because it can be read only once.
    pub(crate) async fn new(
        input: &JsValue,
        init: &JsValue,
        watch: &Watch,
    ) -> Result<Self, JsValue> {
        watch.check()?;
        if is_stream(init) {
            let expected = "no stream: a paid request may have to be sent again";
            return Err(Failure::argument("body", expected).into());
        }
        let init = if init.is_undefined() {
            RequestInit::new()
        } else {
            init.clone().unchecked_into()
        };
        let request = match input.dyn_ref::<Request>() {
            Some(request) => Request::new_with_request_and_init(request, &init),
            None => {
                let url = match input.dyn_ref::<Url>() {
                    Some(url) => url.href(),
                    None => input
                        .as_string()
                        .ok_or_else(|| Failure::argument("input", "text, a URL or a Request"))?,
                };
                Request::new_with_str_and_init(&url, &init)
            }
        };
        let request = request.and_then(with_headers).map_err(|error| {
            Failure::argument("request", "one that fetch takes").caused_by(error)
        })?;
        let watch = watch.and(request.signal())?;
        watch.check()?;
        let body = match request.method().as_str() {
            "GET" | "HEAD" => None,
            _ => {
                let read = JsFuture::from(request.array_buffer()?);
                let read = watch.unless_aborted(read).await;
                Some(Uint8Array::new(&read.ok_or_else(|| watch.aborted())??))
            }
        };
        let place = RefCell::new(place_of(&request));
        let request = RefCell::new(request);
        Ok(Self {
            request,
            place,
            body,
            led: RefCell::default(),
            watch,
        })
    }

    /// The progress listener and abort signal of the caller.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    fn request(&self) -> Request {
        Clone::clone(&*self.request.borrow())
    }

    /// Sends the request with these headers added. With a payment it follows no redirect: the payment would
    /// go wherever the redirect points.
    async fn send(
        &self,
        headers: &[(&'static str, String)],
        paid: bool,
    ) -> Result<Response, JsValue> {
        let request = self.request();
        // Also before the price is asked for: servers read a payment from them.
        cookies::expire_payment(&request.url()).await;
        let all = Headers::new_with_headers(&request.headers())?;
        for (name, value) in headers {
            all.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_headers(&all);
        if let Some(body) = self.body.as_ref().filter(|body| body.length() > 0) {
            init.set_body(body);
        } else if self.body.is_some() {
            // The body of the template's request is used up; replace it by an empty one.
            init.set_body(&"".into());
        }
        if paid {
            init.set_redirect(RequestRedirect::Manual);
            // A response from the browser's cache would look like a counted payment.
            init.set_cache(RequestCache::NoStore);
        }
        self.hand_over(&request, &init).await
    }

    async fn hand_over(&self, request: &Request, init: &RequestInit) -> Result<Response, JsValue> {
        let own = request.signal();
        http::send(request, init, self.watch.signal().unwrap_or(&own)).await
    }

    /// Asks for what the payment led to, with what covers it, as a browser does by itself.
    async fn follow(&self, mut led: ShownRedirect) -> Result<Response, JsValue> {
        for _ in 0..MOST_REDIRECTS {
            let response = self.follow_once(&led).await?;
            match ShownRedirect::of(&response, &led.url) {
                Some(next) => led = next,
                None => return Ok(response),
            }
        }
        Err(js_sys::TypeError::new("too many redirects").into())
    }

    async fn follow_once(&self, led: &ShownRedirect) -> Result<Response, JsValue> {
        let template: RequestInit = self.request().unchecked_into();
        let request = Request::new_with_str_and_init(&led.url, &template)?;
        let init = RequestInit::new();
        let covered = led.cover(&request.headers())?;
        init.set_headers(&covered);
        init.set_redirect(RequestRedirect::Manual);
        self.hand_over(&request, &init).await
    }

    /// Changes the destination to where the unpaid request was redirected. Fails if a payment must not go
    /// there: to another origin, or with a body.
    fn move_to(&self, response: &Response) -> Result<(), Failure> {
        let (from, to) = (self.request().url(), response.url());
        if self.body.is_some() || !same_origin(&from, &to) {
            let message = "the request was redirected to another place, which asks to be paid";
            return Err(Failure::new("payment-refused", message)
                .with("reason", "redirected")
                .with("url", to));
        }
        let template: RequestInit = self.request().unchecked_into();
        let moved = Request::new_with_str_and_init(&to, &template).map_err(|error| {
            Failure::new("payment-refused", "the redirect can't be followed").caused_by(error)
        })?;
        self.place.replace(place_of(&moved));
        self.request.replace(moved);
        Ok(())
    }
}

impl Resource for Template {
    type Response = Response;
    type Error = Failure;

    fn place(&self) -> Place {
        self.place.borrow().clone()
    }

    fn gateway(&self, path: &str) -> Option<String> {
        super::gateway::resolve(path, &self.request().url())
    }

    fn is_range(&self) -> bool {
        self.body.is_none() && self.request().headers().has("range").unwrap_or(false)
    }

    fn is_aborted(&self) -> bool {
        self.watch.is_aborted()
    }

    async fn ask(&self) -> Result<Answer<Response>, Failure> {
        let led = self.led.take();
        let response = match led {
            Some(led) => self.follow(led).await,
            None => self.send(&[], false).await,
        };
        let response = response.map_err(|cause| {
            if self.watch.is_aborted() {
                return self.watch.aborted();
            }
            let url = self.request().url();
            let message = format!("{url} can't be reached; nothing was paid");
            Failure::new("server-unreachable", message)
                .with("url", url)
                .caused_by(cause)
        })?;
        let answer = read_answer(response);
        if answer.response.redirected() && matches!(answer.demand, Ok(Some(_))) {
            self.move_to(&answer.response)?;
        }
        Ok(answer)
    }

    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<Response>, Failure> {
        let response = self.send(&headers(payment, numbered), true).await;
        let response = response.map_err(|cause| {
            let url = self.request().url();
            let message = format!("{url} did not answer the paid request");
            Failure::new("server-unreachable", message)
                .with("url", url)
                .caused_by(cause)
        })?;
        if self.body.is_none() {
            let led = ShownRedirect::of(&response, &self.request().url());
            self.led.replace(led);
        }
        Ok(read_answer(response))
    }
}

fn headers(payment: &Payment, numbered: Option<&Numbered>) -> Vec<(&'static str, String)> {
    let numbered = numbered.into_iter().flat_map(Numbered::headers);
    payment.headers().into_iter().chain(numbered).collect()
}

/// Repeats a request with its payment and number, and agrees to no price. `None`: no answer.
pub(crate) async fn ask_outcome(sent: &InFlight, payment: &Payment) -> Option<CreditReport> {
    cookies::expire_payment(&sent.url).await;
    let numbered = Numbered {
        number: sent.number,
        agreed: Amount::ZERO,
    };
    let all = Headers::new().ok()?;
    for (name, value) in headers(payment, Some(&numbered)) {
        all.set(name, &value).ok()?;
    }
    let init = RequestInit::new();
    init.set_method(&sent.method);
    init.set_headers(&all);
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    let request = Request::new_with_str(&sent.url).ok()?;
    let controller = AbortController::new().ok()?;
    let response = http::send(&request, &init, &controller.signal()).await;
    // What it serves was asked for before, by somebody who is gone.
    controller.abort();
    Some(read_report(&response.ok()?))
}

/// The same request in a mode that keeps the headers of a payment. An `<img>` or `<script>` asks in the mode
/// `no-cors`, which drops them without a word, and hides the response. It asks with cookies, too, which few servers
/// allow pages of another origin to do in the mode `cors`: they stay within the origin.
fn with_headers(request: Request) -> Result<Request, JsValue> {
    if request.mode() != RequestMode::NoCors {
        return Ok(request);
    }
    let init = RequestInit::new();
    init.set_mode(RequestMode::Cors);
    if request.credentials() == RequestCredentials::Include {
        init.set_credentials(RequestCredentials::SameOrigin);
    }
    Request::new_with_request_and_init(&request, &init)
}

/// Whether the body in `fetch`'s second argument is a `ReadableStream`. Skips non-objects: `Reflect.get`
/// throws on them, which takes as long as signing.
fn is_stream(init: &JsValue) -> bool {
    let get = |object: &JsValue, name: &str| match object.is_object() {
        true => Reflect::get(object, &name.into()).ok(),
        false => None,
    };
    get(init, "body")
        .and_then(|body| get(&body, "getReader"))
        .is_some_and(|reader| reader.is_function())
}

fn read_answer(response: Response) -> Answer<Response> {
    Answer {
        status: response.status(),
        demand: read_demand(&response),
        shown: read_shown(&response),
        credit: read_report(&response),
        redirected: response.type_() == ResponseType::Opaqueredirect
            || shown_redirect::is_redirect(&response),
        has_body: body::is_there(&response),
        response,
    }
}

/// The demand of a 402; `None` for any other response, or a 402 that is not about a channel.
fn read_demand(response: &Response) -> Result<Option<Demand>, HeaderError> {
    if response.status() != 402 {
        return Ok(None);
    }
    let headers = response.headers();
    Demand::read(|name| headers.get(name).ok()?)
}

fn read_report(response: &Response) -> CreditReport {
    let headers = response.headers();
    CreditReport::read(|name| headers.get(name).ok()?)
}

/// The proof in the headers of a response, if they are complete.
fn read_shown(response: &Response) -> Option<BalanceProof> {
    let headers = response.headers();
    let get = |name| headers.get(name).ok().flatten();
    Some(BalanceProof {
        balance: get(name::SENDER_BALANCE)?.parse().ok()?,
        signature: get(name::BALANCE_SIGNATURE)?.parse().ok()?,
    })
}

/// A function with the signature of `fetch` that pays within the limits.
pub(crate) fn paying_fetch(client: Rc<Client>, limits: Limits, watch: Watch) -> JsValue {
    let limits = Rc::new(limits);
    Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |input: JsValue, init: JsValue| {
        let (client, watch) = (Rc::clone(&client), watch.clone());
        let limits = Rc::clone(&limits);
        promise(async move {
            let template = Template::new(&input, &init, &watch).await?;
            let sender = Browser::sender(&client, template.watch());
            let fetched = sender.fetch(&template, &limits).await?;
            Ok(handed_on(sender, fetched).into())
        })
    })
    .into_js_value()
}

/// The response for the caller. If its body is paid for until it is complete, the core is told when it is.
fn handed_on(sender: Sender<Browser>, fetched: Fetched<Response, Turn>) -> Response {
    let Fetched {
        response,
        incomplete,
    } = fetched;
    let Some(incomplete) = incomplete else {
        return response;
    };
    // Where the end can't be stored, the next request for it costs nothing.
    let ended = move |end| match end {
        End::Complete => soon(async move {
            let _ = sender.complete_body(incomplete).await;
        }),
        End::Broken => {
            // Whoever asks again at once finds its lock free.
            let broken = incomplete.broken();
            soon(async move {
                let _ = sender.break_body(broken).await;
            });
        }
    };
    // A status, headers and a body of a response make one.
    body::handed_on(&response, Box::new(ended)).unwrap_or(response)
}

fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|one| origin(other) == Some(one))
}
