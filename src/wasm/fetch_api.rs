//! The JavaScript interface of paying requests: quotes, and the paying `fetch`.

use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;

use crate::sender::Limits;
use crate::sender::flow::quote::Quote;
use crate::sender::limits::{DEFAULT_PRICE_AGE, DEFAULT_TIMEOUT};

use super::browser::Browser;
use super::call_options::Watch;
use super::client::{Client, MicroRaiden};
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::fetch::{Template, paying_fetch};
use super::promise::promise;

#[wasm_bindgen]
impl MicroRaiden {
    pub fn quote(&self, input: JsValue, init: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let template = Template::new(&input, &init, &Watch::default()).await?;
            let sender = Browser::sender(&client, template.watch());
            let quote = sender.quote(&template).await?;
            Ok(quote.map_or(JsValue::UNDEFINED, |quote| from_quote(&client, &quote)))
        })
    }

    #[wasm_bindgen(js_name = payingFetch)]
    pub fn paying_fetch(&self, options: &JsValue) -> Result<JsValue, JsValue> {
        let known = [
            "maxPrice",
            "deposit",
            "topUp",
            "receiver",
            "origins",
            "priceAge",
            "repeat",
            "timeout",
            "onPaymentRequired",
        ];
        if is_resource(options) {
            let expected = "limits: `client.payingFetch({ maxPrice })` returns what takes the URL";
            return Err(Failure::argument("options", expected).into());
        }
        let options = Options::watched(options, &known)?;
        let limits = Limits {
            max_price: options.required_amount("maxPrice")?,
            deposit: options.amount("deposit")?,
            top_up: options.amount("topUp")?,
            receiver: options.address("receiver")?,
            origins: match options.get("origins")? {
                Some(list) => convert::origins("origins", &list)?,
                None => Vec::new(),
            },
            price_age: options.whole("priceAge")?.unwrap_or(DEFAULT_PRICE_AGE),
            repeat: options.flag("repeat")?.unwrap_or(false),
            timeout: read_timeout(&options)?,
        };
        let watch = Watch::read_paying(&options)?;
        Ok(paying_fetch(Rc::clone(&self.inner), limits, watch))
    }
}

/// What a caller is told of a payment.
pub(crate) fn from_quote(client: &Rc<Client>, quote: &Quote) -> JsValue {
    let object = Object::new();
    set(&object, "url", &quote.url.as_str().into());
    set(&object, "price", &big_int(&quote.price));
    set(&object, "token", &client.contract.token.to_string().into());
    set(&object, "receiver", &quote.receiver.to_string().into());
    if let Some(id) = quote.channel {
        set(&object, "channel", &client.channel(id));
    }
    if let Some(deposit) = &quote.deposit {
        set(&object, "deposit", &big_int(deposit));
    }
    object.into()
}

/// Whether it is what `fetch` takes first.
fn is_resource(value: &JsValue) -> bool {
    convert::url_text(value).is_some() || convert::tag_of(value) == "[object Request]"
}

/// The timeout in milliseconds, up to the limit of browsers' timers.
fn read_timeout(options: &Options<'_>) -> Result<u32, Failure> {
    const NAME: &str = "timeout";
    let Some(timeout) = options.whole(NAME)? else {
        return Ok(DEFAULT_TIMEOUT);
    };
    i32::try_from(timeout)
        .ok()
        .filter(|timeout| *timeout > 0)
        .map(i32::unsigned_abs)
        .ok_or_else(|| Failure::argument(NAME, "milliseconds from 1 to 2147483647"))
}
