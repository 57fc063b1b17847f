//! The JavaScript interface for what a page shows its user: policy, ledger, open ends.

use std::rc::Rc;

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::protocol::{Address, Amount};
use crate::sender::Policy;
use crate::sender::flow::unfinished::{EndKind, EndState, OpenEnd};
use crate::sender::policy::{MAX_RATE_PAYMENTS, Rate};
use crate::sender::store::ledger::LedgerEntry;

use super::browser::Browser;
use super::call_options::Watch;
use super::client::MicroRaiden;
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::promise::promise;

#[wasm_bindgen]
impl MicroRaiden {
    pub fn policy(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let policy = Browser::sender(&client, &Watch::default()).policy().await?;
            Ok(from_policy(&policy))
        })
    }

    #[wasm_bindgen(js_name = setPolicy)]
    pub fn set_policy(&self, policy: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let policy = read_policy(&policy)?;
            let sender = Browser::sender(&client, &Watch::default());
            sender.set_policy(&policy).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn stop(&self, stopped: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let stopped = stopped.is_undefined() || convert::flag("stopped", &stopped)?;
            let sender = Browser::sender(&client, &Watch::default());
            let mut policy = sender.policy().await?;
            policy.stopped = stopped;
            sender.set_policy(&policy).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn ledger(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let ledger = Browser::sender(&client, &Watch::default()).ledger().await?;
            Ok(from_ledger(&ledger))
        })
    }

    #[wasm_bindgen(js_name = exportLedger)]
    pub fn export_ledger(&self, format: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let format = convert::optional_text("format", &format)?;
            let ledger = Browser::sender(&client, &Watch::default()).ledger().await?;
            match format.as_deref() {
                None | Some("csv") => Ok(crate::sender::store::ledger::to_csv(&ledger).into()),
                Some("json") => Ok(crate::sender::store::ledger::to_json(&ledger).into()),
                Some(_) => Err(Failure::argument("format", "\"csv\" or \"json\"").into()),
            }
        })
    }
}

pub(crate) fn from_ends(ends: &[OpenEnd]) -> JsValue {
    ends.iter().map(from_end).collect::<Array>().into()
}

fn from_end(end: &OpenEnd) -> JsValue {
    let object = Object::new();
    set(&object, "receiver", &end.receiver.to_string().into());
    if let Some(block) = end.open_block {
        set(&object, "openBlock", &block.into());
    }
    let kind = match end.kind {
        EndKind::Payment { balance } => {
            set(&object, "balance", &big_int(&balance));
            "payment"
        }
        EndKind::Transaction { action, hash } => {
            set(&object, "action", &action.name().into());
            set(&object, "hash", &convert::from_hash(hash.as_ref()));
            "transaction"
        }
        EndKind::Closing {
            settle_block,
            blocks_left,
        } => {
            set(&object, "settleBlock", &settle_block.into());
            set(&object, "blocksLeft", &(blocks_left as f64).into());
            "closing"
        }
        EndKind::Balance => "balance",
    };
    set(&object, "kind", &kind.into());
    let state = match &end.state {
        EndState::Waiting => "waiting",
        EndState::Due => "due",
        EndState::Done => "done",
        EndState::Failed(error) => {
            set(&object, "error", &Failure::from(error.clone()).into());
            "failed"
        }
    };
    set(&object, "state", &state.into());
    object.into()
}

fn from_ledger(entries: &[LedgerEntry]) -> JsValue {
    let entries = entries.iter().map(|entry| {
        let object = Object::new();
        set(&object, "time", &(entry.at as f64).into());
        set(&object, "url", &entry.url.as_str().into());
        set(&object, "receiver", &entry.receiver.to_string().into());
        set(&object, "openBlock", &entry.open_block.into());
        set(&object, "amount", &big_int(&entry.amount));
        set(&object, "balance", &big_int(&entry.balance));
        set(&object, "outcome", &entry.outcome.name().into());
        JsValue::from(object)
    });
    entries.collect::<Array>().into()
}

fn from_policy(policy: &Policy) -> JsValue {
    let object = Object::new();
    set(&object, "stopped", &policy.stopped.into());
    set(&object, "pauseWhenHidden", &policy.pause_when_hidden.into());
    let lists = [
        ("receivers", &policy.receivers),
        ("contracts", &policy.contracts),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            let text = |address: &Address| JsValue::from(address.to_string());
            set(&object, name, &list.iter().map(text).collect::<Array>());
        }
    }
    if !policy.origins.is_empty() {
        let rules = Object::new();
        for (receiver, origins) in &policy.origins {
            let origins = origins.iter().map(JsValue::from).collect::<Array>();
            set(&rules, &receiver.to_string(), &origins);
        }
        set(&object, "origins", &rules);
    }
    let amounts: [(&str, Option<Amount>); 5] = [
        ("maxPrice", policy.max_price),
        ("maxDeposit", policy.max_deposit),
        ("dailyEscrow", policy.daily_escrow),
        ("dailyBudget", policy.daily_budget),
        ("maxCredit", policy.max_credit),
    ];
    for (name, amount) in amounts {
        if let Some(amount) = amount {
            set(&object, name, &big_int(&amount));
        }
    }
    if let Some(rate) = policy.max_rate {
        let value = Object::new();
        set(&value, "payments", &rate.payments.into());
        set(&value, "seconds", &rate.seconds.into());
        set(&object, "maxRate", &value);
    }
    if let Some(openings) = policy.max_openings {
        set(&object, "maxOpenings", &openings.into());
    }
    if let Some(percent) = policy.max_price_rise {
        set(&object, "maxPriceRise", &percent.into());
    }
    object.into()
}

/// The names of a policy's rules.
const RULES: [&str; 13] = [
    "stopped",
    "receivers",
    "contracts",
    "origins",
    "maxPrice",
    "maxDeposit",
    "maxOpenings",
    "dailyEscrow",
    "dailyBudget",
    "maxRate",
    "maxPriceRise",
    "pauseWhenHidden",
    "maxCredit",
];

fn read_policy(value: &JsValue) -> Result<Policy, Failure> {
    let options = Options::of("policy", value, &RULES)?;
    let small = |options: &Options<'_>, name: &str| -> Result<Option<u32>, Failure> {
        let number = options.whole(name)?;
        let number = number.map(|n| u32::try_from(n).map_err(|_| n)).transpose();
        number.map_err(|_| Failure::argument(name, "below 2^32"))
    };
    let max_rate = match options.get("maxRate")? {
        None => None,
        Some(rate) => {
            let rate = Options::of("maxRate", &rate, &["payments", "seconds"])?;
            let payments = small(&rate, "payments")?;
            let payments = payments.filter(|n| (1..=MAX_RATE_PAYMENTS).contains(n));
            let expected = format!("a whole number from 1 to {MAX_RATE_PAYMENTS}");
            let seconds = small(&rate, "seconds")?.filter(|n| *n > 0);
            Some(Rate {
                payments: payments.ok_or_else(|| Failure::argument("payments", &expected))?,
                seconds: seconds
                    .ok_or_else(|| Failure::argument("seconds", "a whole number above 0"))?,
            })
        }
    };
    Ok(Policy {
        stopped: options.flag("stopped")?.unwrap_or(false),
        receivers: addresses(&options, "receivers")?,
        contracts: addresses(&options, "contracts")?,
        origins: origins(&options)?,
        max_price: options.amount("maxPrice")?,
        max_deposit: options.amount("maxDeposit")?,
        max_openings: small(&options, "maxOpenings")?,
        daily_escrow: options.amount("dailyEscrow")?,
        daily_budget: options.amount("dailyBudget")?,
        max_rate,
        max_price_rise: small(&options, "maxPriceRise")?,
        pause_when_hidden: options.flag("pauseWhenHidden")?.unwrap_or(false),
        max_credit: options.amount("maxCredit")?,
    })
}

fn addresses(options: &Options<'_>, name: &str) -> Result<Option<Vec<Address>>, Failure> {
    let Some(list) = options.get(name)? else {
        return Ok(None);
    };
    if !Array::is_array(&list) {
        return Err(Failure::argument(name, "a list of addresses"));
    }
    let list = Array::from(&list);
    let read = list.iter().map(|address| convert::address(name, &address));
    read.collect::<Result<_, _>>().map(Some)
}

/// `{ [receiver]: origins }`
fn origins(options: &Options<'_>) -> Result<Vec<(Address, Vec<String>)>, Failure> {
    const NAME: &str = "origins";
    let Some(rules) = options.get(NAME)? else {
        return Ok(Vec::new());
    };
    let rules = rules
        .dyn_ref::<Object>()
        .ok_or_else(|| Failure::argument(NAME, "an object of lists of origins"))?;
    let read = |entry: JsValue| {
        let entry = Array::from(&entry);
        let receiver = convert::address(NAME, &entry.get(0))?;
        Ok((receiver, convert::origins(NAME, &entry.get(1))?))
    };
    Object::entries(rules).iter().map(read).collect()
}
