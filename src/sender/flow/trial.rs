//! Finds out, before anything is deposited, whether the wallet can sign balance proofs at all.
//!
//! Devices, multi-signature accounts and smart accounts often can't: what was deposited for them could be paid
//! to nobody. So before the first deposit a wallet is asked for a proof that is worth nothing: of the balance 0,
//! in a channel to the zero address opened in block 0, which can't exist. It is the message of the contract's
//! generation, as a payment is. The answer is remembered for wallet and account.

use crate::protocol::{Address, Amount, ChannelId};

use super::super::store::keys;
use super::super::wallet::Ability;
use super::super::world::{Failing, World};
use super::{FlowError, Sender};

/// Whether a balance of this channel is signed only to see whether the wallet can: block 0 has no channel.
pub const fn is_trial(channel: &ChannelId) -> bool {
    channel.open_block == 0
}

impl<W: World> Sender<W> {
    /// The channel that can't exist.
    const fn dead_channel(&self) -> ChannelId {
        ChannelId {
            sender: self.account,
            receiver: Address::ZERO,
            open_block: 0,
        }
    }

    /// Fails if the account's wallet can't sign proofs. Asks its user once.
    pub(super) async fn try_signer(&self) -> Result<(), W::Error> {
        let Some(wallet) = self.world.wallet() else {
            return Ok(());
        };
        let name = keys::signer(self.account, &wallet);
        // Other tabs wait, so that the user is asked once.
        let lock = keys::signer_lock(self.account, &wallet);
        let _turn = self.world.turn(&lock).await?;
        let unable = || W::Error::from(FlowError::CannotSign(self.account));
        match self.ability(&name).await? {
            Some(Ability::Able) => return Ok(()),
            Some(Ability::Unable { .. }) => return Err(unable()),
            None => {}
        }
        self.world.check()?;
        let channel = self.dead_channel();
        match self.world.sign(&channel, Amount::ZERO).await {
            Ok(_) => self.world.write(&name, &Ability::Able.to_json()).await,
            Err(error) if error.means_unable_to_sign() => {
                let at = self.world.now();
                // If it can't be stored, the user is asked again.
                let _ = self
                    .world
                    .write(&name, &Ability::Unable { at }.to_json())
                    .await;
                Err(unable().caused_by(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers that the wallet has signed a proof.
    pub(super) async fn note_signed(&self) {
        let Some(wallet) = self.world.wallet() else {
            return;
        };
        let name = keys::signer(self.account, &wallet);
        // If it can't be stored, the user is asked once more.
        if self.ability(&name).await.ok().flatten() != Some(Ability::Able) {
            let _ = self.world.write(&name, &Ability::Able.to_json()).await;
        }
    }

    async fn ability(&self, name: &str) -> Result<Option<Ability>, W::Error> {
        let text = self.world.read(name).await?;
        Ok(text.and_then(|text| Ability::from_json(&text, self.world.now())))
    }
}
