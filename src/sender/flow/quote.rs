//! What a payment takes, told before anything is signed, opened or topped up for it.

use crate::protocol::header::Demand;
use crate::protocol::{Address, Amount, ChannelId};

use super::super::limits::check_contract;
use super::super::payment::PaymentError;
use super::super::world::{Resource, World};
use super::Sender;
use super::apply_verdict::Attempt;

/// What a payment takes. Amounts are token base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The URL that is paid for.
    pub url: String,
    /// What the server demands for the request.
    pub price: Amount,
    /// The account that is paid.
    pub receiver: Address,
    /// The channel that pays; `None`: there is none yet.
    pub channel: Option<ChannelId>,
    /// What goes into the contract first: the deposit of a new channel, or what is added to this one's.
    pub deposit: Option<Amount>,
}

impl<W: World> Sender<W> {
    /// Asks a server for its price, and pays nothing; `None`: the resource is free.
    pub async fn quote<R>(&self, resource: &R) -> Result<Option<Quote>, W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        let Some(demand) = self.ask_unpaid(resource).await?.demand? else {
            return Ok(None);
        };
        check_contract(&self.contract.manager, &demand)?;
        let (price, receiver) = (demand.price, demand.receiver);
        Ok(Some(Quote {
            url: resource.place().url,
            price,
            receiver,
            channel: self.channel_to_pay_from(receiver, price).await?,
            deposit: None,
        }))
    }

    /// Lets the caller decline a payment before anything is done for it. One question covers a deposit and the
    /// payment from it; another price, or a deposit that was not told, is another question.
    pub(super) async fn ask_caller(
        &self,
        demand: &Demand,
        channel: Option<ChannelId>,
        deposit: Option<Amount>,
        attempt: &mut Attempt,
    ) -> Result<(), W::Error> {
        let agreed = attempt.agreed.as_ref();
        if agreed.is_some_and(|agreed| {
            agreed.price == demand.price && (deposit.is_none() || agreed.deposit == deposit)
        }) {
            return Ok(());
        }
        let quote = Quote {
            url: attempt.place.url.clone(),
            price: demand.price,
            receiver: demand.receiver,
            channel,
            deposit,
        };
        if !self.world.agrees(&quote).await? {
            let price = demand.price;
            return Err(PaymentError::Declined { price }.into());
        }
        attempt.agreed = Some(quote);
        Ok(())
    }
}
