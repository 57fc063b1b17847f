//! The client's account as the signer of the sender's flows.

use crate::chain::submit::Draft;
use crate::json::json;
use crate::protocol::{Amount, BalanceProof, ChannelId, CloseRequest, Hash, Signature, hex_text};
use crate::sender::store::journal::Action;
use crate::sender::wallet::batch::{self, BatchCall, BatchId, BatchStatus};
use crate::sender::world::{Host, NotSent, Signer};

use super::account::Account;
use super::browser::Browser;
use super::error::Failure;

impl Signer for Browser {
    async fn sign(&self, channel: &ChannelId, balance: Amount) -> Result<BalanceProof, Failure> {
        self.check()?;
        let client = &self.client;
        let proof = client
            .account
            .sign_balance(&client.contract, channel, balance, &self.watch);
        // What a wallet signs after that leaves this function no more.
        let proof = self.watch.unless_aborted(proof).await;
        let proof = proof.unwrap_or_else(|| Err(self.watch.aborted()));
        // A wallet that has moved in the meantime refuses in its own words.
        proof.map_err(|error| match client.check_frozen() {
            _ if self.watch.is_aborted() => error,
            Err(frozen) => frozen.caused_by(error.into()),
            Ok(()) => error,
        })
    }

    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Failure> {
        let (message, action) = (request.message(), Action::CooperativeClose);
        let account = &self.client.account;
        let signed = account.sign_message(request.chain_id, &message, action, &self.watch);
        let signed = self.watch.unless_aborted(signed).await;
        signed.unwrap_or_else(|| Err(self.watch.aborted()))
    }

    fn signs_alone(&self) -> bool {
        !matches!(self.client.account, Account::Injected(_))
    }

    async fn sign_transaction(&self, hash: &Hash) -> Result<Signature, Failure> {
        self.client.account.sign_hash(hash, &self.watch).await
    }

    fn wallet(&self) -> Option<String> {
        match &self.client.account {
            Account::Local(_) | Account::Signer(_) => None,
            Account::Injected(wallet) => Some(wallet.identity.clone()),
        }
    }

    async fn ready(&self) -> Result<(), Failure> {
        let client = &self.client;
        let ready = client.account.ready(client.contract.chain_id);
        self.watch.or_abort(ready).await
    }

    async fn can_send_together(&self) -> bool {
        let Account::Injected(wallet) = &self.client.account else {
            return false;
        };
        batch::is_able(wallet, wallet.address, self.client.contract.chain_id).await
    }

    async fn send_together(
        &self,
        action: Action,
        calls: &[BatchCall<'_>],
    ) -> Result<Option<BatchId>, NotSent<Failure>> {
        let Account::Injected(wallet) = &self.client.account else {
            return Ok(None);
        };
        let chain_id = self.client.contract.chain_id;
        let sent = wallet.send_together(chain_id, calls, action, &self.watch);
        // The user may still agree to what the wallet shows: the chain tells.
        let sent = self.watch.unless_aborted(sent).await;
        sent.unwrap_or_else(|| {
            Err(NotSent {
                certain: false,
                error: self.watch.aborted(),
            })
        })
    }

    async fn batch_status(&self, id: &BatchId) -> BatchStatus {
        match &self.client.account {
            Account::Injected(wallet) => batch::status(wallet, id).await,
            Account::Local(_) | Account::Signer(_) => BatchStatus::Pending,
        }
    }

    async fn send(
        &self,
        action: Action,
        draft: &Draft<'_>,
        gas_limit: u64,
    ) -> Result<Hash, NotSent<Failure>> {
        let Account::Injected(wallet) = &self.client.account else {
            return Err(NotSent {
                certain: true,
                error: Failure::new("wallet-error", "the transaction is not signed"),
            });
        };
        let request = json!({
            "from": draft.from.to_string(),
            "to": draft.to.to_string(),
            "value": format!("{:#x}", draft.value),
            "data": hex_text::encode(draft.data),
            "gas": format!("{gas_limit:#x}"),
            "chainId": format!("{:#x}", draft.chain_id),
        });
        let given_up = |certain| NotSent {
            certain,
            error: self.watch.aborted(),
        };
        if self.watch.is_aborted() {
            return Err(given_up(true));
        }
        // The user may still agree to what the wallet shows: the chain tells.
        let sent = self
            .watch
            .unless_aborted(wallet.send(request, action, &self.watch));
        sent.await.unwrap_or_else(|| Err(given_up(false)))
    }
}
