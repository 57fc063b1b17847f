//! Checks and stores which origins speak for a receiver.

use crate::protocol::header::{Demand, Payment};
use crate::protocol::{Address, BalanceProof};

use super::super::limits::{LimitError, Limits};
use super::super::record::ChannelRecord;
use super::super::store::bindings::Binding;
use super::super::world::{Resource, World};
use super::Sender;

/// Proof that an origin is stored as speaking for a receiver; only [`Sender::bind`] makes one. Payments are
/// built, and gateways stored, through it.
#[derive(Debug)]
pub(super) struct Bound(());

impl Bound {
    /// The payment headers of a request.
    pub(super) fn payment(&self, record: &ChannelRecord, proof: BalanceProof) -> Payment {
        Payment {
            sender: record.id.sender,
            open_block: record.id.open_block,
            proof,
            contract: Some(record.manager.address),
            receiver: Some(record.id.receiver),
        }
    }

    /// The URL at which the receiver is asked for its closing signature.
    pub(super) fn gateway<R: Resource>(&self, resource: &R, demand: &Demand) -> Option<String> {
        let path = demand.gateway.as_deref()?;
        resource.gateway(path)
    }
}

/// Whether an origin that may speak for a receiver is bound to it.
enum BindingState {
    /// Bound.
    Bound,
    /// Not bound yet; this is the binding to store.
    Allowed(Binding),
}

impl<W: World> Sender<W> {
    /// The origins that speak for a receiver; `None`: no origin yet. An unreadable text is set aside.
    pub async fn binding(&self, receiver: Address) -> Result<Option<Binding>, W::Error> {
        let name = self.key().binding(receiver);
        let Some(text) = self.world.read(&name).await? else {
            return Ok(None);
        };
        let binding = Binding::from_json(&text);
        if binding.is_none() {
            self.move_aside(&name).await?;
        }
        Ok(binding)
    }

    /// The receivers that an origin speaks for.
    pub async fn receivers_of(&self, origin: &str) -> Result<Vec<Address>, W::Error> {
        let prefix = self.key().bindings();
        let mut receivers = Vec::new();
        for name in self.world.names(&prefix).await? {
            let receiver = name.strip_prefix(&prefix).unwrap_or_default().parse();
            let text = self.world.read(&name).await?;
            let binding = text.and_then(|text| Binding::from_json(&text));
            if let (Ok(receiver), Some(binding)) = (receiver, binding)
                && binding.includes(origin)
            {
                receivers.push(receiver);
            }
        }
        Ok(receivers)
    }

    async fn binding_state(
        &self,
        origin: &str,
        receiver: Address,
        named: &[String],
    ) -> Result<BindingState, W::Error> {
        let ruled = self.allow_origin(origin, receiver).await?;
        let Some(mut binding) = self.binding(receiver).await? else {
            return Ok(BindingState::Allowed(Binding::new(origin)));
        };
        if binding.includes(origin) {
            return Ok(BindingState::Bound);
        }
        if ruled || named.iter().any(|named| named == origin) {
            binding.include(origin);
            return Ok(BindingState::Allowed(binding));
        }
        Err(LimitError::Origin {
            receiver,
            origin: origin.to_owned(),
            bound: binding.origins().to_vec(),
        }
        .into())
    }

    /// Fails unless the origin may speak for the receiver. Stores nothing.
    pub(super) async fn check_origin(
        &self,
        origin: &str,
        receiver: Address,
        limits: &Limits,
    ) -> Result<(), W::Error> {
        match self
            .binding_state(origin, receiver, &limits.origins)
            .await?
        {
            BindingState::Bound => Ok(()),
            BindingState::Allowed(_) => self.check_receivers(origin, receiver, limits).await,
        }
    }

    /// Fails for a second receiver of one origin, unless the caller or the policy names it: each receiver
    /// costs a deposit.
    async fn check_receivers(
        &self,
        origin: &str,
        receiver: Address,
        limits: &Limits,
    ) -> Result<(), W::Error> {
        let known = self.receivers_of(origin).await?;
        let Some(expected) = known.first().copied() else {
            return Ok(());
        };
        let named = limits.receiver == Some(receiver)
            || known.contains(&receiver)
            || self.policy().await?.names(receiver)
            || self.allow_origin(origin, receiver).await?;
        if named {
            return Ok(());
        }
        Err(LimitError::SecondReceiver {
            origin: origin.to_owned(),
            asked: receiver,
            expected,
        }
        .into())
    }

    /// Binds the receiver to the origin, if the origin may speak for it, before a proof is sent there.
    pub(super) async fn bind(
        &self,
        origin: &str,
        receiver: Address,
        named: &[String],
    ) -> Result<Bound, W::Error> {
        if let BindingState::Allowed(_) = self.binding_state(origin, receiver, named).await? {
            // One lock for all bindings of the sender, so that no other page changes them meanwhile.
            let _turn = self.world.turn(&self.key().bindings_lock()).await?;
            if let BindingState::Allowed(binding) =
                self.binding_state(origin, receiver, named).await?
            {
                let name = self.key().binding(receiver);
                self.world.write(&name, &binding.to_json()).await?;
            }
        }
        Ok(Bound(()))
    }
}
