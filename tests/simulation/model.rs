//! The receiver's server, the network, one browser's storage, and what must never happen.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use microraiden::protocol::header::{Demand, Payment, Refusal};
use microraiden::protocol::{
    Amount, BalanceProof, ChannelId, CloseRequest, CreditReport, Hash, Numbered, Signature,
};
use microraiden::sender::flow::quote::Quote;
use microraiden::sender::store::keys::SenderKey;
use microraiden::sender::world::{Agreement, ClosingBalance};
use microraiden::sender::{ChannelRecord, RecordKey};

use super::chain::{Chain, small};
use super::chance::Chance;
use super::numbered::{Account, Asked};
use super::parties::{CONTRACT, MANAGER, receiver, receiver_of, sender};

/// What may go wrong, in percent of the occasions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub lose_request: u64,
    pub lose_answer: u64,
    pub duplicate: u64,
    /// Of lost requests: arrives later.
    pub delay: u64,
    pub server_error: u64,
    /// No answer ever comes, and the connection stays.
    pub silent: u64,
    /// Payments are answered late, and only that confirmations are missing.
    pub dawdle: u64,
    pub price_change: u64,
    pub free: u64,
    pub crash: u64,
    pub reorganise: u64,
    pub drop_transaction: u64,
    pub replace_transaction: u64,
    pub full_storage: u64,
    pub node_error: u64,
    pub refuse_signature: u64,
    /// Reads of the chain are a block or two old.
    pub lag: u64,
    /// Nodes refuse to look for logs in many blocks.
    pub short_ranges: u64,
    /// A caller gives up.
    pub give_up: u64,
    /// Answers to payments are lies.
    pub hostile: u64,
    /// A node answers an error to a transaction, whether or not it takes it.
    pub send_error: u64,
    /// A wallet lets somebody else send a transaction, or hands it to nodes that keep it to themselves.
    pub sponsored: u64,
    /// 0: the key is in the page. 100: a wallet asks, and its answers come late or never.
    pub wallet: u64,
    /// 100: the wallet can't sign proofs.
    pub cannot_sign: u64,
    /// 100: the receivers speak the credit extension.
    pub credit: u64,
}

impl Faults {
    pub const NONE: Self = Self {
        lose_request: 0,
        lose_answer: 0,
        duplicate: 0,
        delay: 0,
        server_error: 0,
        silent: 0,
        dawdle: 0,
        price_change: 0,
        free: 0,
        crash: 0,
        reorganise: 0,
        drop_transaction: 0,
        replace_transaction: 0,
        full_storage: 0,
        node_error: 0,
        refuse_signature: 0,
        lag: 0,
        short_ranges: 0,
        give_up: 0,
        hostile: 0,
        send_error: 0,
        sponsored: 0,
        wallet: 0,
        cannot_sign: 0,
        credit: 0,
    };
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    pub proof: Option<BalanceProof>,
    pub agreed: bool,
}

impl Held {
    pub fn balance(&self) -> Amount {
        self.proof.map_or(Amount::ZERO, |proof| proof.balance)
    }
}

/// What came back over the network.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub demand: Option<Demand>,
    pub shown: Option<BalanceProof>,
    pub credit: CreditReport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusing {
    /// Takes it all the same.
    Takes,
    /// Does not take it, now or later.
    ForGood,
    /// Takes it when it comes again.
    Once,
    /// Takes it when it comes the fourth time.
    Thrice,
}

type Key = (u32, [u8; 20]);

pub fn key(id: &ChannelId) -> Key {
    (id.open_block, id.receiver.0)
}

pub struct Model {
    pub chance: Chance,
    pub faults: Faults,
    pub now: u64,
    pub steps: u64,
    pub storage: BTreeMap<String, String>,
    pub locks: BTreeSet<String>,
    pub chain: Chain,
    pub held: BTreeMap<Key, Held>,
    /// What receivers that speak the extension know besides.
    pub accounts: BTreeMap<Key, Account>,
    /// The most credit that the policy allows.
    pub most_credit: Option<u64>,
    /// How often they have charged a number.
    pub charges: u64,
    /// What each number that left was for: its path and proof.
    numbers: BTreeMap<(Key, u64), (String, BalanceProof)>,
    pub price: u64,
    delayed: Vec<Asked>,
    /// All proofs that ever left a page, by channel.
    pub let_out: BTreeMap<Key, Vec<BalanceProof>>,
    /// Signed transactions that ever left a page.
    pub handed_in: BTreeSet<Hash>,
    /// Payments that went to servers of others.
    pub leaked: Vec<Payment>,
    /// Channels of which an answer has refused the highest proof let out.
    refused: BTreeSet<Key>,
    /// Sum of the prices of what was served, by receiver.
    pub served: u64,
    pub crashes: u64,
    /// Percent of the paid answers in which the receiver shows what it had before.
    pub shows: u64,
    /// So many of the next reads of the chain's state and logs show nothing.
    pub blind: u32,
    /// So many reads are blind after the receipt of an opening or top up.
    pub after_receipt: u32,
    /// The receiver knows no channel; after it has said so, so many reads are blind.
    pub denies_channels: bool,
    pub after_denial: u32,
    /// A node refuses the next transaction, and does this with it.
    pub refuses: Option<Refusing>,
    /// What it refuses for ever.
    pub refused_hashes: BTreeSet<Hash>,
    /// What it refuses so many times more.
    pub refused_times: Option<(Hash, u32)>,
    /// Some back end has them in its pool nevertheless, and counts them.
    pub refused_nonces: BTreeSet<u64>,
    /// More blocks at once the node gives no logs of.
    pub most_blocks: u64,
    /// How often it was asked for logs.
    pub log_requests: u32,
    /// The node tries out what would happen with other code at an account, where it is asked to.
    pub simulates: bool,
    /// How often callers look whether they are still wanted before they give up.
    pub patience: Option<u32>,
    /// Whether callers decline to pay; what they were asked.
    pub declines: bool,
    pub questions: Vec<Quote>,
}

pub type Shared = Rc<RefCell<Model>>;

/// What a step takes, in milliseconds.
const STEP_MILLISECONDS: u64 = 200;

impl Model {
    /// Somebody does something.
    pub fn step(&mut self) {
        self.steps += 1;
        self.now += STEP_MILLISECONDS;
    }

    pub fn new(seed: u64, faults: Faults) -> Self {
        let mut chance = Chance(seed);
        let confirmations = 1 + chance.below(3);
        Self {
            chain: Chain::new(confirmations, 100_000),
            chance,
            faults,
            now: 1_700_000_000_000,
            steps: 0,
            storage: BTreeMap::new(),
            locks: BTreeSet::new(),
            held: BTreeMap::new(),
            accounts: BTreeMap::new(),
            most_credit: None,
            charges: 0,
            numbers: BTreeMap::new(),
            shows: 50,
            declines: false,
            questions: Vec::new(),
            price: 2,
            delayed: Vec::new(),
            let_out: BTreeMap::new(),
            handed_in: BTreeSet::new(),
            leaked: Vec::new(),
            refused: BTreeSet::new(),
            served: 0,
            crashes: 0,
            blind: 0,
            after_receipt: 0,
            denies_channels: false,
            after_denial: 0,
            refuses: None,
            refused_hashes: BTreeSet::new(),
            refused_times: None,
            refused_nonces: BTreeSet::new(),
            most_blocks: u64::MAX,
            log_requests: 0,
            simulates: false,
            patience: None,
        }
    }

    /// Tells what happens, where `MICRORAIDEN_TRACE` asks for it.
    pub fn trace(&self, what: impl FnOnce() -> String) {
        if std::env::var_os("MICRORAIDEN_TRACE").is_some() {
            println!("{:>5} {}", self.steps, what());
        }
    }

    /// Whether chance says so.
    pub fn strikes(&mut self, fault: impl FnOnce(&Faults) -> u64) -> bool {
        let percent = fault(&self.faults);
        percent > 0 && self.chance.percent(percent)
    }

    pub fn id(&self, payment: &Payment, of: usize) -> ChannelId {
        ChannelId {
            sender: payment.sender,
            receiver: receiver(of).address(),
            open_block: payment.open_block,
        }
    }

    /// Everything that must hold whenever a proof leaves the page.
    pub fn leaves(&mut self, asked: &Asked) {
        let (payment, of) = (&asked.payment, asked.of);
        let id = self.id(payment, of);
        let proof = payment.proof;
        assert!(
            MANAGER.verify_balance(&id, &proof).is_ok(),
            "a proof left that is not the sender's"
        );
        let deposit = self.chain.deposit(&id);
        let live = self.chain.confirmed().live.contains_key(&key(&id));
        assert!(
            proof.balance <= deposit || !live,
            "{} left, above the confirmed deposit {deposit}",
            proof.balance
        );
        let text = self.storage.get(&self.record_name(&id));
        let record = text.map(|text| ChannelRecord::from_json(text).expect("a record"));
        let record = record.expect("the record of a channel that pays");
        if let Some(numbered) = asked.numbered {
            return self.number_leaves(asked, &numbered, &record);
        }
        let before = self.let_out.entry(key(&id)).or_default();
        let highest = before.iter().map(|proof| proof.balance).max();
        let highest = highest.unwrap_or(Amount::ZERO);
        let known = before.contains(&proof);
        // A proof of nothing promises nothing; it asks for the balance.
        if !known && !proof.balance.is_zero() {
            assert_eq!(
                record.pending(),
                Some(&proof),
                "a proof left before it was stored"
            );
            assert!(
                proof.balance >= highest || self.refused.contains(&key(&id)),
                "{} left after {highest}, which nobody had refused",
                proof.balance
            );
            before.push(proof);
        }
        let exposed = highest.max(proof.balance);
        assert!(record.exposure() >= exposed, "an exposure was forgotten");
        if proof.balance > highest {
            self.refused.remove(&key(&id));
        }
    }

    pub fn record_name(&self, id: &ChannelId) -> String {
        let (chain_id, contract) = (CONTRACT.chain_id, MANAGER.address);
        let id = *id;
        RecordKey {
            chain_id,
            contract,
            id,
        }
        .name()
    }

    /// The caller has said that the pending proof was not used, and was believed.
    pub fn rolled_back(&mut self, id: &ChannelId, proof: &BalanceProof) {
        self.refused.insert(key(id));
        let held = self.held.get(&key(id)).copied().unwrap_or_default();
        let honest = self.faults.hostile == 0 && self.faults.delay == 0;
        assert!(
            held.balance() < proof.balance || !honest,
            "a proof was taken back that the receiver has counted"
        );
    }

    /// An answer reaches the page; what it proves counts.
    pub fn arrives(&mut self, payment: &Payment, of: usize, reply: &Reply) {
        let id = self.id(payment, of);
        if reply.credit.refused.is_some() {
            self.refused.insert(key(&id));
        }
        let Some(demand) = &reply.demand else { return };
        let outs = self.let_out.get(&key(&id));
        let highest = outs.into_iter().flatten().map(|proof| proof.balance).max();
        let highest = highest.unwrap_or(Amount::ZERO);
        let refuses = match demand.acknowledged() {
            Some(shown) => shown.balance < highest && MANAGER.verify_balance(&id, &shown).is_ok(),
            None => demand.sender_balance.is_none_or(Amount::is_zero),
        };
        if refuses || demand.refusal == Some(Refusal::NonexistingChannel) {
            self.refused.insert(key(&id));
        }
    }

    /// Everything that must hold whenever a payment with a number leaves the page.
    fn number_leaves(&mut self, asked: &Asked, numbered: &Numbered, record: &ChannelRecord) {
        let (proof, number) = (asked.payment.proof, numbered.number);
        let place = key(&record.id);
        let known = (asked.path.clone(), proof);
        let first = self
            .numbers
            .entry((place, number.get()))
            .or_insert_with(|| known.clone());
        assert_eq!(*first, known, "the number {number} left twice");
        let mut in_flight = record.in_flight().iter();
        let stored = in_flight.find(|payment| payment.number == number);
        // A dying call may still send what another page has found out about meanwhile.
        if let Some(stored) = stored {
            assert_eq!(stored.proof, proof, "not what was stored");
            assert!(numbered.agreed <= stored.price, "another price");
        }
        assert!(
            record.exposure() >= proof.balance,
            "an exposure was forgotten"
        );
        let in_flight = record.in_flight().len();
        let prices = record
            .in_flight()
            .iter()
            .map(|payment| small(payment.price));
        // One payment is always under way, with a price of 4 at most.
        let most = self
            .most_credit
            .unwrap_or(4 * 16)
            .max(prices.max().unwrap_or(0));
        let credit = small(record.exposure()).saturating_sub(small(record.charged()));
        assert!(in_flight <= 1 || credit <= most, "{credit} of credit");
        self.let_out.entry(place).or_default().push(proof);
    }

    /// Lets a request arrive later than its sender waited.
    pub fn delay(&mut self, asked: Asked) {
        self.delayed.push(asked);
    }

    pub fn deliver_delayed(&mut self) {
        if !self.delayed.is_empty() {
            let index = self.chance.below(self.delayed.len() as u64) as usize;
            let asked = self.delayed.swap_remove(index);
            let hostile = core::mem::take(&mut self.faults.hostile);
            let _ = self.answer(&asked);
            self.faults.hostile = hostile;
        }
    }

    /// The receiver agrees to closing with its own balance only, if the sender signed the request,
    /// and takes no payment after that.
    pub fn agree(
        &mut self,
        id: &ChannelId,
        asked: ClosingBalance<'_>,
        signed: Option<&Signature>,
    ) -> Agreement {
        let balance = asked.amount();
        let request = CloseRequest {
            channel: *id,
            balance,
            contract: MANAGER.address,
            chain_id: CONTRACT.chain_id,
        };
        if !signed.is_some_and(|signed| request.is_signed(signed)) {
            return Agreement::SenderUnproven;
        }
        let live = self.chain.state().live.contains_key(&key(id));
        let charged = self.accounts.get(&key(id)).map(|account| account.charged);
        if let ClosingBalance::Signed(proof) = asked
            && live
            && charged == Some(balance)
            && MANAGER.verify_balance(id, proof).is_ok()
            && let Some(receiver) = receiver_of(id.receiver)
        {
            self.held.entry(key(id)).or_default().agreed = true;
            return Agreement::Signed(receiver.sign_hash(&MANAGER.closing_hash(id, proof)));
        }
        let held = self.held.get_mut(&key(id)).filter(|_| live);
        let Some(((held, proof), receiver)) = held
            .and_then(|held| held.proof.map(|proof| (held, proof)))
            .filter(|(_, proof)| proof.balance == balance)
            .zip(receiver_of(id.receiver))
        else {
            return Agreement::Denied;
        };
        held.agreed = true;
        Agreement::Signed(receiver.sign_hash(&MANAGER.closing_hash(id, &proof)))
    }

    /// One more block, and what may happen to the chain.
    pub fn block(&mut self) {
        if self.strikes(|f| f.drop_transaction) && !self.chain.mempool.is_empty() {
            let index = self.chance.below(self.chain.mempool.len() as u64) as usize;
            self.chain.mempool.remove(index);
        }
        if self.strikes(|f| f.replace_transaction) && !self.chain.mempool.is_empty() {
            let index = self.chance.below(self.chain.mempool.len() as u64) as usize;
            let hash = self.chain.new_hash();
            let cancel = self.chance.percent(50);
            let transaction = &mut self.chain.mempool[index];
            transaction.hash = hash;
            if cancel {
                transaction.effect = super::chain::Effect::Nothing;
            }
        }
        let depth = self.chain.confirmations - 1;
        if depth > 0 && self.strikes(|f| f.reorganise) {
            let depth = 1 + self.chance.below(depth);
            let mut chance = Chance(self.chance.next());
            self.chain.reorganise(depth as usize, || chance.percent(20));
        }
        self.chain.mine();
    }

    /// Whether an entry of the journal holds this.
    pub fn journal_has(&self, what: &str) -> bool {
        let mut entries = self.storage.iter();
        entries.any(|(name, text)| name.contains(":journal:") && text.contains(what))
    }

    pub fn stored_records(&self) -> Vec<ChannelRecord> {
        let key = SenderKey::new(&CONTRACT, sender().address());
        let prefix = key.records();
        let texts = self
            .storage
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix));
        texts
            .map(|(_, text)| ChannelRecord::from_json(text).expect("a record"))
            .collect()
    }

    /// What the sender has promised at most, over all channels.
    pub fn promised(&self) -> u64 {
        let highest = |outs: &Vec<BalanceProof>| outs.iter().map(|p| small(p.balance)).max();
        self.let_out.values().filter_map(highest).sum()
    }
}
