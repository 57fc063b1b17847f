//! Escrowing tokens: opening and topping up, by ERC223 or by approval.

use crate::chain::TokenContract;
use crate::protocol::abi::Words;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, Hash, ManagerEvent, rules, token};
use crate::sender::ChannelRecord;

use super::client::Client;
use super::error::Failure;
use super::storage;
use super::transact::Plan;
use super::watch::{Action, Watch};

impl Client {
    /// Opens a channel, waits for it and stores its record.
    pub(crate) async fn open(
        &self,
        receiver: Address,
        deposit: Amount,
        watch: &Watch,
    ) -> Result<ChannelRecord, Failure> {
        let manager = &self.contract.manager;
        rules::open(manager, self.contract.token, receiver, deposit)?;
        storage::storage()?;
        let by_transfer = manager.create_by_transfer(self.sender(), receiver, deposit);
        let by_approval = manager.create_call(receiver, deposit);
        let receipt = self
            .escrow(deposit, Action::Open, by_transfer, by_approval, watch)
            .await?;
        let open_block = u32::try_from(receipt.block)
            .map_err(|_| Failure::new("rpc-malformed", "the open block is beyond 32 bits"))?;
        let created = |log| match ManagerEvent::read(manager.generation, log) {
            Ok(ManagerEvent::Created {
                sender,
                receiver: to,
                ..
            }) => log.address == manager.address && sender == self.sender() && to == receiver,
            _ => false,
        };
        if !receipt.logs.iter().any(created) {
            let message = "the transaction was mined but opened no channel";
            let hash = receipt.transaction.to_string();
            return Err(Failure::new("transaction-reverted", message).with("hash", hash));
        }
        let mut record = self.new_record(receiver, open_block, deposit);
        self.look(&mut record, watch).await?;
        storage::save(&record)?;
        Ok(record)
    }

    /// Adds to the deposit, waits for it and stores the new deposit.
    pub(crate) async fn top_up(
        &self,
        record: &mut ChannelRecord,
        added: Amount,
        watch: &Watch,
    ) -> Result<Hash, Failure> {
        let manager = &self.contract.manager;
        let info = self.contract.info(&self.node(watch), &record.id).await?;
        rules::top_up(manager.generation, info.as_ref(), added)?;
        let by_transfer = manager.top_up_by_transfer(&record.id, added);
        let by_approval = manager.top_up_call(record.id.receiver, record.id.open_block, added);
        let receipt = self
            .escrow(added, Action::TopUp, by_transfer, by_approval, watch)
            .await?;
        self.look(record, watch).await?;
        storage::save(record)?;
        Ok(receipt.transaction)
    }

    /// One transfer with data where the token has it (ERC223), else approval and a call.
    async fn escrow(
        &self,
        amount: Amount,
        action: Action,
        by_transfer: Vec<u8>,
        by_approval: Vec<u8>,
        watch: &Watch,
    ) -> Result<crate::chain::Receipt, Failure> {
        let (manager, token) = (self.contract.manager.address, self.contract.token);
        let required = Uint256::from(amount);
        let balance = TokenContract(token)
            .balance(&self.node(watch), self.sender())
            .await?;
        if balance < required {
            let message = format!("the account has {balance} token units, {required} are needed");
            return Err(Failure::new("insufficient-tokens", message)
                .with_amount("balance", balance)
                .with_amount("required", required));
        }
        if self.has_transfer_with_data(&by_transfer, watch).await? {
            return self
                .transact(Plan::call(action, token, by_transfer), watch)
                .await;
        }
        self.approve(manager, required, watch).await?;
        self.transact(Plan::call(action, manager, by_approval), watch)
            .await
    }

    /// Whether the token executes this very transfer and answers true. A token without the
    /// function reverts, or answers nothing where a fallback function swallows the call.
    async fn has_transfer_with_data(&self, data: &[u8], watch: &Watch) -> Result<bool, Failure> {
        match self
            .node(watch)
            .call_from(self.sender(), self.contract.token, data)
            .await
        {
            Ok(answer) => Ok(Words::new(&answer).boolean() == Ok(true)),
            Err(error) if error.is_revert() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Allows the manager to take the tokens. An old allowance that does not suffice is set to zero
    /// first, because many tokens refuse to change one that is not zero.
    async fn approve(
        &self,
        manager: Address,
        required: Uint256,
        watch: &Watch,
    ) -> Result<(), Failure> {
        let token = self.contract.token;
        let node = self.node(watch);
        let allowance = TokenContract(token)
            .allowance(&node, self.sender(), manager)
            .await?;
        if allowance >= required {
            return Ok(());
        }
        if allowance > Uint256::ZERO {
            let reset = token::approve(manager, Uint256::ZERO);
            self.transact(Plan::call(Action::ApproveReset, token, reset), watch)
                .await?;
        }
        let approval = token::approve(manager, required);
        self.transact(Plan::call(Action::Approve, token, approval), watch)
            .await?;
        Ok(())
    }
}
