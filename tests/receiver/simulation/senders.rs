//! What senders do on the chain, whoever they pay, and the books of it.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

use microraiden::protocol::header::Payment;

use crate::basics::{MANAGER, units};
use crate::chance::Chance;
use crate::simulation::books::Books;
use crate::simulation::chain::{Deed, Key, ModelChain, SENDERS, id, sender};
use crate::simulation::node::{Sent, Shared};

/// The most blocks that a reorganisation takes back.
pub(crate) const DEEPEST: u64 = 6;

pub(crate) struct Senders {
    pub(crate) shared: Rc<RefCell<Shared>>,
    pub(crate) books: Books,
}

impl Senders {
    pub(crate) fn new(shared: &Rc<RefCell<Shared>>) -> Self {
        Self {
            shared: Rc::clone(shared),
            books: Books::default(),
        }
    }

    pub(crate) fn with_chain<T>(&self, work: impl FnOnce(&mut ModelChain) -> T) -> T {
        work(&mut self.shared.borrow_mut().chain)
    }

    /// A channel that the contract holds, mostly, else one of the newest that it does not.
    pub(crate) fn any_channel(&self, chance: &mut Chance) -> Option<Key> {
        let live = self.with_chain(|chain| chain.newest().state.live.clone());
        let live: Vec<Key> = live
            .iter()
            .filter(|(_, held)| held.request.is_none())
            .map(|(key, _)| *key)
            .collect();
        let newest = self.books.channels.len().saturating_sub(4);
        let among = match chance.percent(15) || live.is_empty() {
            true => &self.books.channels[newest..],
            false => &live[live.len().saturating_sub(3)..],
        };
        let index = chance.below(among.len() as u64) as usize;
        among.get(index).copied()
    }

    /// All that the chain may hold now, for the books.
    fn note_channels(&mut self) {
        let live = self.with_chain(|chain| chain.newest().state.live.clone());
        self.books.see(&live);
    }

    pub(crate) fn mine(&mut self) {
        self.with_chain(ModelChain::mine);
        self.note_channels();
    }

    pub(crate) fn reorganise(&mut self, chance: &mut Chance) {
        let depth = 1 + chance.below(DEEPEST);
        let forget = if chance.percent(60) { 50 } else { 0 };
        self.with_chain(|chain| chain.reorganise(depth, chance, forget));
        self.note_channels();
    }

    pub(crate) fn open(&mut self, chance: &mut Chance) {
        let sender = sender(chance.below(SENDERS.into()) as u8).address();
        let deposit = 3 + chance.below(12);
        self.with_chain(|chain| chain.hand_in(sender, Deed::Open { deposit }));
        self.mine();
    }

    pub(crate) fn top_up(&mut self, chance: &mut Chance) {
        if let Some((sender, open_block)) = self.any_channel(chance) {
            let added = 1 + chance.below(30);
            let deed = Deed::TopUp { open_block, added };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }

    /// The sender asks to close, with less than it owes as likely as not.
    pub(crate) fn request_close(&mut self, chance: &mut Chance) {
        if let Some((sender, open_block)) = self.any_channel(chance) {
            let balance = chance.below(self.books.promised((sender, open_block)) + 1);
            let deed = Deed::Request {
                open_block,
                balance,
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }

    /// Somebody settles, or uses an agreement, as early as possible.
    pub(crate) fn settle(&mut self, chance: &mut Chance) {
        if let Some(key @ (sender, open_block)) = self.any_channel(chance) {
            let deed = match self.books.closes_with(key) {
                Some(balance) => Deed::Close {
                    open_block,
                    balance,
                },
                None => Deed::Settle { open_block },
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }

    /// What the receiver has sent, for the books.
    pub(crate) fn note_sent(&mut self) -> Vec<Sent> {
        let sent = mem::take(&mut self.shared.borrow_mut().sent);
        // On another branch the contract may hold less.
        for Sent { closing, .. } in sent.iter().filter(|sent| !sent.is_astray) {
            self.books.send(closing.key, closing.balance);
        }
        sent
    }

    /// What the sender of a channel sends to pay up to this balance.
    pub(crate) fn payment(key: Key, balance: u64) -> Payment {
        let channel = id(key.0, key.1);
        let signer = (0..SENDERS).map(sender).find(|k| k.address() == key.0);
        let signer = signer.expect("a sender");
        Payment {
            sender: key.0,
            open_block: key.1,
            proof: MANAGER.sign_balance(&signer, &channel, units(balance)),
            contract: None,
            receiver: None,
        }
    }

    /// All senders ask to close for nothing.
    pub(crate) fn all_cheat(&mut self) {
        for (sender, open_block) in self.books.channels.clone() {
            let deed = Deed::Request {
                open_block,
                balance: 0,
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }
}
