//! The cache of prices that were paid.

use super::super::store::keys;
use super::super::store::prices::{KnownPrice, Place};
use super::super::world::World;
use super::Sender;

/// The newest prices that are kept.
const PRICES_LENGTH: usize = 500;

impl<W: World> Sender<W> {
    fn price_names(&self) -> String {
        keys::prices(self.contract.chain_id, self.contract.manager.address)
    }

    /// Whether more prices are cached than are kept.
    pub(super) async fn is_price_cache_full(&self) -> Result<bool, W::Error> {
        Ok(self.world.names(&self.price_names()).await?.len() > PRICES_LENGTH)
    }

    /// Evicts the oldest prices above the number kept.
    pub(super) async fn trim_prices(&self) -> Result<(), W::Error> {
        let names = self.world.names(&self.price_names()).await?;
        if names.len() <= PRICES_LENGTH {
            return Ok(());
        }
        let mut prices = Vec::with_capacity(names.len());
        for name in names {
            let text = self.world.read(&name).await?;
            let price = text.and_then(|text| KnownPrice::from_json(&text));
            prices.push((price.map_or(0, |price| price.at), name));
        }
        // One at a time: a sort would be two kilobytes of the download.
        while prices.len() > PRICES_LENGTH {
            let oldest = prices.iter().enumerate().min_by_key(|(_, (at, _))| *at);
            let Some(index) = oldest.map(|(index, _)| index) else {
                break;
            };
            let (_, name) = prices.swap_remove(index);
            self.world.remove(&name).await?;
        }
        Ok(())
    }

    /// The price last paid at a place.
    pub(super) async fn known_price(&self, place: &Place) -> Result<Option<KnownPrice>, W::Error> {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        let text = self.world.read(&name).await?;
        Ok(text.and_then(|text| KnownPrice::from_json(&text)))
    }

    pub(super) async fn remember_price(&self, place: &Place, price: &KnownPrice) {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        // A price that is not cached costs one more round trip, nothing else.
        let _ = self.world.write(&name, &price.to_json()).await;
    }

    pub(super) async fn forget_price(&self, place: &Place) {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        let _ = self.world.remove(&name).await;
    }
}
