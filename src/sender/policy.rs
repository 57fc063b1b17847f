//! The user's spending policy, which applies on top of the page's own limits.
//!
//! There is one policy per chain and account, kept in storage and therefore the same in all tabs. It is
//! checked while the channel's lock is held, before anything is signed.

use crate::json::{Value, json};

use crate::protocol::{Address, Amount};

use super::escrow::{DEFAULT_OPENINGS, Escrow, Escrowed};
use super::spending::Spending;

/// The highest [`Rate::payments`].
pub const MAX_RATE_PAYMENTS: u32 = 1000;
pub(super) const DAY: u64 = 24 * 60 * 60 * 1000;

/// A user's rules. Amounts are token base units; a rule that is `None` sets no limit, except
/// [`max_openings`](Self::max_openings).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Nothing is signed at all.
    pub stopped: bool,
    /// The only receivers that may be paid.
    pub receivers: Option<Vec<Address>>,
    /// The only channel managers that may hold tokens.
    pub contracts: Option<Vec<Address>>,
    /// For each of these receivers the only origins that speak for it, regardless of its binding.
    pub origins: Vec<(Address, Vec<String>)>,
    /// The highest price of one request.
    pub max_price: Option<Amount>,
    /// The highest deposit of one channel.
    pub max_deposit: Option<Amount>,
    /// The most channels opened for each origin per day (UTC). `None`: [`DEFAULT_OPENINGS`] by `fetch`,
    /// any number manually.
    pub max_openings: Option<u32>,
    /// The most that openings and top ups escrow for each origin per day (UTC).
    pub daily_escrow: Option<Amount>,
    /// The most spent for each origin per day (UTC).
    pub daily_budget: Option<Amount>,
    /// The highest rate of payments.
    pub max_rate: Option<Rate>,
    /// By how many percent a price may exceed the one last paid at the same place.
    pub max_price_rise: Option<u32>,
    /// Nothing is signed while the page is hidden.
    pub pause_when_hidden: bool,
    /// The most that one channel's receiver may hold of what it has not served, where payments carry numbers. 0:
    /// one payment at a time. `None`: 16 prices, and a quarter of the deposit at most.
    pub max_credit: Option<Amount>,
}

/// A rate limit: this many payments in this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Payments, from 1 to [`MAX_RATE_PAYMENTS`].
    pub payments: u32,
    /// Seconds, at least 1.
    pub seconds: u32,
}

impl Rate {
    /// Whether a payment made at `at` is within the window; both in milliseconds since 1970.
    pub(super) fn holds(self, at: u64, now: u64) -> bool {
        at.abs_diff(now) < u64::from(self.seconds) * 1000
    }
}

/// The rule that forbids a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The stored policy or its counters can't be read, so nothing is allowed.
    #[error("the stored spending policy can't be read; set it again")]
    Unreadable,
    /// The stop switch is on.
    #[error("payments are stopped by the policy")]
    Stopped,
    /// The page is hidden.
    #[error("the page is hidden, and the policy pays only while it is seen")]
    Hidden,
    /// The receiver is not on the list.
    #[error("the policy does not allow the receiver {0} to be paid")]
    Receiver(Address),
    /// The contract is not on the list.
    #[error("the policy does not allow the contract {0}")]
    Contract(Address),
    /// Other origins speak for the receiver.
    #[error("{origin} wants {receiver} to be paid, for whom by the policy only {} speaks", .allowed.join(", "))]
    Origin {
        /// The receiver.
        receiver: Address,
        /// The origin that names it.
        origin: String,
        /// The origins allowed to name it.
        allowed: Vec<String>,
    },
    /// The price is above the policy's limit.
    #[error("the price of {price} token units is above the policy's {limit}")]
    Price {
        /// The price.
        price: Amount,
        /// The most.
        limit: Amount,
    },
    /// The price rose by more than the policy allows.
    #[error("the price rose from {before} to {price} token units, more than the policy allows")]
    PriceRise {
        /// The price last paid.
        before: Amount,
        /// The price now.
        price: Amount,
    },
    /// The channel's deposit would be above the policy's limit.
    #[error("a deposit of {deposit} token units is above the policy's {limit}")]
    Deposit {
        /// The deposit that the channel would have.
        deposit: Amount,
        /// The most.
        limit: Amount,
    },
    /// The origin has used up the day's openings.
    #[error("{limit} channels a day are opened for {origin}, and so many were today")]
    Openings {
        /// The origin.
        origin: String,
        /// The most in a day.
        limit: u32,
    },
    /// The origin has used up the day's escrow limit.
    #[error(
        "of the {limit} token units that the policy lets be escrowed for {origin} in a day {left} are left"
    )]
    Escrow {
        /// The origin.
        origin: String,
        /// The most in a day.
        limit: Amount,
        /// What is left of it.
        left: Amount,
    },
    /// The origin has used up the day's budget.
    #[error("{origin} has {left} of the {budget} token units left that the policy allows in a day")]
    Budget {
        /// The origin.
        origin: String,
        /// The budget.
        budget: Amount,
        /// What is left of it.
        left: Amount,
    },
    /// The rate limit is reached.
    #[error("the policy allows {} payments in {} seconds", .0.payments, .0.seconds)]
    Rate(Rate),
}

/// One payment before it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Spend<'a> {
    /// The account that is paid.
    pub receiver: Address,
    /// The channel's contract.
    pub contract: Address,
    /// The origin of the resource.
    pub origin: &'a str,
    /// The price paid.
    pub price: Amount,
    /// The price last paid at the same place.
    pub before: Option<Amount>,
    /// By how much it raises the highest balance ever sent: the most it can cost.
    pub exposed: Amount,
    /// Milliseconds since 1970.
    pub now: u64,
    /// Whether the page is hidden.
    pub hidden: bool,
}

impl Policy {
    /// Whether tokens may be added to a channel whose deposit then is `deposit`.
    pub fn allow_deposit(
        &self,
        contract: Address,
        receiver: Address,
        deposit: Amount,
    ) -> Result<(), PolicyError> {
        if self.stopped {
            return Err(PolicyError::Stopped);
        }
        self.allow_parties(contract, receiver)?;
        match self.max_deposit {
            Some(limit) if deposit > limit => Err(PolicyError::Deposit { deposit, limit }),
            _ => Ok(()),
        }
    }

    /// Checks whether this may be escrowed, and counts it if so.
    pub fn allow_escrow(
        &self,
        escrowed: &mut Escrowed,
        escrow: &Escrow<'_>,
    ) -> Result<(), PolicyError> {
        if self.pause_when_hidden && escrow.hidden {
            return Err(PolicyError::Hidden);
        }
        escrowed.turn_to(escrow.now);
        let sum = escrowed.of(escrow.origin);
        let origin = || escrow.origin.to_owned();
        let default = (!escrow.manual).then_some(DEFAULT_OPENINGS);
        let limit = self.max_openings.or(default).filter(|_| escrow.opens);
        if let Some(limit) = limit.filter(|limit| sum.openings >= *limit) {
            let origin = origin();
            return Err(PolicyError::Openings { origin, limit });
        }
        if let Some(limit) = self.daily_escrow {
            let left = limit.saturating_sub(sum.amount);
            if escrow.amount > left {
                let origin = origin();
                return Err(PolicyError::Escrow {
                    origin,
                    limit,
                    left,
                });
            }
        }
        // Count only openings that are limited: manual ones without a rule must not use up the default
        // that limits servers.
        let openings = u32::from(limit.is_some());
        escrowed.note(escrow.origin, openings, escrow.amount);
        Ok(())
    }

    /// Checks whether a proof that was sent before may be resent.
    pub fn allow_resending(
        &self,
        contract: Address,
        receiver: Address,
        hidden: bool,
    ) -> Result<(), PolicyError> {
        if self.stopped {
            return Err(PolicyError::Stopped);
        }
        if self.pause_when_hidden && hidden {
            return Err(PolicyError::Hidden);
        }
        self.allow_parties(contract, receiver)
    }

    /// Checks whether this may be paid, and counts it if so.
    pub fn allow_spend(
        &self,
        spending: &mut Spending,
        spend: &Spend<'_>,
    ) -> Result<(), PolicyError> {
        self.allow_resending(spend.contract, spend.receiver, spend.hidden)?;
        let price = spend.price;
        if let Some(limit) = self.max_price.filter(|limit| price > *limit) {
            return Err(PolicyError::Price { price, limit });
        }
        if let (Some(percent), Some(before)) = (self.max_price_rise, spend.before)
            && !within_rise(before, price, percent)
        {
            return Err(PolicyError::PriceRise { before, price });
        }
        spending.turn_to(spend.now);
        // Don't rate-limit a proof that only asks for the balance: it pays nothing.
        if let Some(rate) = self.max_rate.filter(|_| !price.is_zero()) {
            let recent = spending.recent.iter();
            let used = recent.filter(|at| rate.holds(**at, spend.now)).count();
            if used >= rate.payments as usize {
                return Err(PolicyError::Rate(rate));
            }
        }
        let spent = spending.spent(spend.origin);
        if let Some(budget) = self.daily_budget {
            let left = budget.saturating_sub(spent);
            if spend.exposed > left {
                let origin = spend.origin.to_owned();
                return Err(PolicyError::Budget {
                    origin,
                    budget,
                    left,
                });
            }
        }
        spending.note(spend, self);
        Ok(())
    }

    /// Whether it counts payments, so that all tabs need a lock around the counters.
    pub fn counts(&self) -> bool {
        self.daily_budget.is_some() || self.max_rate.is_some()
    }

    /// Whether it needs counters that an earlier policy did not keep.
    pub fn counts_more_than(&self, earlier: &Self) -> bool {
        let budget = self.daily_budget.is_some() && earlier.daily_budget.is_none();
        budget || (self.max_rate.is_some() && self.max_rate != earlier.max_rate)
    }

    /// The time from which payments count: the start of the day or of the rate's window, whichever is
    /// earlier.
    pub fn counts_from(&self, now: u64) -> u64 {
        let day = now - now % DAY;
        let window = |rate: Rate| now.saturating_sub(u64::from(rate.seconds) * 1000);
        self.max_rate.map_or(day, |rate| day.min(window(rate)))
    }

    /// Whether the policy names this origin as one that speaks for the receiver; `Ok(false)`: it has no
    /// rule for the receiver.
    pub fn allow_origin(&self, origin: &str, receiver: Address) -> Result<bool, PolicyError> {
        let rules = self.origins.iter().filter(|(of, _)| *of == receiver);
        let allowed: Vec<&String> = rules.clone().flat_map(|(_, origins)| origins).collect();
        if rules.count() == 0 || allowed.iter().any(|allowed| *allowed == origin) {
            return Ok(!allowed.is_empty());
        }
        Err(PolicyError::Origin {
            receiver,
            origin: origin.to_owned(),
            allowed: allowed.into_iter().cloned().collect(),
        })
    }

    /// Whether the policy lists the receiver among those that may be paid.
    pub fn names(&self, receiver: Address) -> bool {
        let list = self.receivers.as_ref();
        list.is_some_and(|list| list.contains(&receiver))
    }

    fn allow_parties(&self, contract: Address, receiver: Address) -> Result<(), PolicyError> {
        let forbids = |list: &Option<Vec<Address>>, address| {
            list.as_ref().is_some_and(|list| !list.contains(&address))
        };
        if forbids(&self.contracts, contract) {
            return Err(PolicyError::Contract(contract));
        }
        if forbids(&self.receivers, receiver) {
            return Err(PolicyError::Receiver(receiver));
        }
        Ok(())
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        let addresses = |list: &Option<Vec<Address>>| {
            let texts = |list: &Vec<Address>| list.iter().map(Address::to_string).collect();
            list.as_ref().map(texts)
        };
        let receivers: Option<Vec<String>> = addresses(&self.receivers);
        let contracts: Option<Vec<String>> = addresses(&self.contracts);
        let amount = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
        json!({
            "version": 1_u32,
            "stopped": self.stopped,
            "receivers": receivers,
            "contracts": contracts,
            "origins": write_origins(&self.origins),
            "maxPrice": amount(self.max_price),
            "maxDeposit": amount(self.max_deposit),
            "maxOpenings": self.max_openings,
            "dailyEscrow": amount(self.daily_escrow),
            "dailyBudget": amount(self.daily_budget),
            "maxRate": self.max_rate.map(|r| json!({ "payments": r.payments, "seconds": r.seconds })),
            "maxPriceRise": self.max_price_rise,
            "pauseWhenHidden": self.pause_when_hidden,
            "maxCredit": amount(self.max_credit),
        })
        .to_string()
    }

    /// Reads a stored text. `None`: it is malformed, and nothing may be paid.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        if value["version"].as_u64() != Some(1) {
            return None;
        }
        let addresses = |name: &str| match &value[name] {
            Value::Null => Some(None),
            list => {
                let parse = |item: &Value| item.as_str()?.parse().ok();
                Some(Some(
                    list.as_array()?.iter().map(parse).collect::<Option<_>>()?,
                ))
            }
        };
        let amount = |name: &str| match &value[name] {
            Value::Null => Some(None),
            text => Some(Some(text.as_str()?.parse().ok()?)),
        };
        let whole = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let max_rate = match &value["maxRate"] {
            Value::Null => None,
            rate => Some(Rate {
                payments: whole(&rate["payments"])?,
                seconds: whole(&rate["seconds"])?,
            }),
        };
        let optional = |name: &str| match &value[name] {
            Value::Null => Some(None),
            number => Some(Some(whole(number)?)),
        };
        Some(Self {
            stopped: value["stopped"].as_bool()?,
            receivers: addresses("receivers")?,
            contracts: addresses("contracts")?,
            origins: read_origins(&value["origins"])?,
            max_price: amount("maxPrice")?,
            max_deposit: amount("maxDeposit")?,
            max_openings: optional("maxOpenings")?,
            daily_escrow: amount("dailyEscrow")?,
            daily_budget: amount("dailyBudget")?,
            max_rate,
            max_price_rise: optional("maxPriceRise")?,
            pause_when_hidden: value["pauseWhenHidden"].as_bool()?,
            max_credit: amount("maxCredit")?,
        })
    }
}

fn write_origins(rules: &[(Address, Vec<String>)]) -> Value {
    let texts = |origins: &Vec<String>| origins.iter().map(String::as_str).collect::<Value>();
    let member = |(receiver, origins): &(Address, _)| (receiver.to_string(), texts(origins));
    Value::Object(rules.iter().map(member).collect())
}

fn read_origins(value: &Value) -> Option<Vec<(Address, Vec<String>)>> {
    if value.is_null() {
        return Some(Vec::new());
    }
    let member = |(receiver, origins): &(String, Value)| {
        let origins = origins.as_array()?.iter();
        let origins = origins.map(|origin| origin.as_str().map(str::to_owned));
        Some((receiver.parse().ok()?, origins.collect::<Option<_>>()?))
    };
    value.as_object()?.iter().map(member).collect()
}

/// Whether `price` is at most `percent` above `before`, without rounding.
fn within_rise(before: Amount, price: Amount, percent: u32) -> bool {
    use crate::protocol::amount::Uint256;
    // 192 bits times a factor of 33 bits take less than 256 bits.
    let wide = |amount: Amount, factor: u64| Uint256::from(amount).saturating_mul(factor.into());
    wide(price, 100) <= wide(before, 100 + u64::from(percent))
}
