//! One run: pages with tasks, faults, and at the end the accounts.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use microraiden::protocol::{Amount, ChannelId};
use microraiden::sender::flow::close::{CloseWish, Consent};
use microraiden::sender::store::ledger::{LedgerEntry, Outcome};
use microraiden::sender::{ChannelRecord, ChannelState, Limits, Policy};

use super::chain::small;
use super::chance::{Work, advance, breath};
use super::model::{Faults, Model, Shared, key};
use super::page::Page;
use super::parties::{IMPOSTOR, cdn, receiver, shop};
use super::request::Request;
use super::trouble::Trouble;

/// What to do, and what to do to it.
#[derive(Clone, Debug)]
pub struct Episode {
    pub seed: u64,
    pub length: u64,
    pub faults: Faults,
}

/// What an episode came to.
#[derive(Debug)]
pub struct Done {
    pub steps: u64,
    pub paid: u64,
}

const PAGES: usize = 2;
const TASKS: usize = 3;
/// Highest price that a call allows.
const MAX_PRICE: u64 = 4;
/// More steps than any end takes: beyond, somebody waits for ever.
const END_STEPS: u64 = 400_000;

pub fn limits() -> Limits {
    Limits {
        max_price: Amount::from_u64(MAX_PRICE),
        deposit: Some(Amount::from_u64(25)),
        top_up: Some(Amount::from_u64(15)),
        receiver: None,
        origins: (0..2).flat_map(|of| [shop(of), cdn(of)]).collect(),
        price_age: 10_000_000,
        repeat: false,
        timeout: 30_000,
    }
}

/// Runs an episode; `Err` says what broke.
pub fn run(episode: &Episode) -> Result<Done, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| play(episode)));
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "it panicked".to_owned())
    })
}

fn play(episode: &Episode) -> Done {
    let mut model = Model::new(episode.seed, episode.faults);
    let budget = model.chance.percent(30).then(|| 4 + model.chance.below(12));
    if episode.faults.credit > 0 && model.chance.percent(50) {
        model.most_credit = Some(model.chance.below(9));
    }
    let shared: Shared = Rc::new(RefCell::new(model));
    set_budget(&shared, budget);
    let mut pages: Vec<Vec<Work>> = (0..PAGES).map(|_| open_page(&shared)).collect();
    for _ in 0..episode.length {
        let (page, crash) = {
            let mut model = shared.borrow_mut();
            model.step();
            if model.chance.percent(10) {
                model.block();
            }
            if model.chance.percent(2) {
                model.deliver_delayed();
            }
            let page = model.chance.below(PAGES as u64) as usize;
            (page, model.strikes(|f| f.crash))
        };
        if crash {
            // Dropping the tasks is what a dying page does: nothing after the last step happens.
            shared.borrow().trace(|| format!("page {page} dies"));
            pages[page].clear();
            shared.borrow_mut().crashes += 1;
            pages[page] = open_page(&shared);
            continue;
        }
        let tasks = &mut pages[page];
        let task = shared.borrow_mut().chance.below(tasks.len() as u64) as usize;
        if advance(&mut tasks[task]) {
            tasks[task] = task_of(&shared);
        }
        if let Some(budget) = budget {
            lose_count(&shared);
            let promised = shared.borrow().promised();
            // One budget for each of the four origins, and one for the page's own signatures.
            assert!(
                promised <= 5 * budget,
                "{promised} promised, {budget} allowed five times"
            );
        }
        let leaked = shared.borrow().leaked.last().copied();
        assert_eq!(leaked, None, "paid to a server that speaks for nobody");
    }
    if shared.borrow_mut().chance.percent(50) {
        let tasks = pages.drain(..).flatten().collect();
        stay_open(&shared, tasks);
    }
    pages.clear();
    end_well(&shared);
    let model = shared.borrow();
    let paid = model.held.values().map(|held| small(held.balance())).sum();
    Done {
        steps: model.steps,
        paid,
    }
}

fn set_budget(shared: &Shared, budget: Option<u64>) {
    let faults = core::mem::take(&mut shared.borrow_mut().faults);
    let page = Page::new(shared);
    let policy = Policy {
        daily_budget: budget.map(Amount::from_u64),
        max_openings: Some(1_000_000),
        max_credit: shared.borrow().most_credit.map(Amount::from_u64),
        ..Policy::default()
    };
    finish(
        shared,
        Box::pin(async move {
            page.sender().set_policy(&policy).await.expect("no faults");
        }),
    );
    shared.borrow_mut().faults = faults;
}

/// Every now and then the count of what was spent is gone: the list of payments tells it.
fn lose_count(shared: &Shared) {
    let mut model = shared.borrow_mut();
    if model.steps.is_multiple_of(13) {
        let count = |name: &str| name.starts_with("microraiden:spending:");
        model.storage.retain(|name, _| !count(name));
    }
}

/// A page that has just been opened.
fn open_page(shared: &Shared) -> Vec<Work> {
    (0..TASKS)
        .map(|task| {
            if task == 0 {
                connecting(shared)
            } else {
                task_of(shared)
            }
        })
        .collect()
}

/// What connecting does.
fn connecting(shared: &Shared) -> Work {
    let page = Page::new(shared);
    Box::pin(async move {
        let sender = page.sender();
        let _ = sender.look_after().await;
    })
}

/// One thing that a page does.
fn task_of(shared: &Shared) -> Work {
    let page = Page::new(shared);
    let (what, of, which) = {
        let mut model = shared.borrow_mut();
        let what = model.chance.below(100);
        (what, model.chance.below(2) as usize, model.chance.next())
    };
    Box::pin(async move {
        breath().await;
        let _ = act(&page, what, of, which).await;
    })
}

async fn act(page: &Page, what: u64, of: usize, which: u64) -> Result<(), Trouble> {
    let sender = page.sender();
    let any = |records: Vec<ChannelRecord>| {
        let index = usize::try_from(which).unwrap_or(0) % records.len().max(1);
        records.get(index).map(|record| record.id)
    };
    match what {
        0..70 => {
            let numbered = page.model.borrow().faults.credit > 0;
            let request = match which % 8 {
                // The receiver's own servers have been paid before: the first one is believed.
                0 if sender.binding(receiver(of).address()).await?.is_some() => {
                    Request::to(page, of, IMPOSTOR)
                }
                1..4 => Request::to(page, of, &cdn(of)),
                _ => Request::new(page, of),
            };
            let request = if numbered {
                request.at(which % 3)
            } else {
                request
            };
            let limits = Limits {
                repeat: which.is_multiple_of(5),
                ..limits()
            };
            let fetched = sender.fetch(&request, &limits).await;
            let honest = page.model.borrow().faults.hostile == 0;
            assert!(
                request.charges() <= 1 || !honest,
                "one call was charged {} times",
                request.charges()
            );
            let (opened, topped_up) = page.escrowed.get();
            assert!(
                opened <= 1 && topped_up <= 1,
                "one call opened {opened} times and topped up {topped_up} times"
            );
            let fetched = fetched?;
            if fetched.response == 200 {
                request.page.model.borrow_mut().served += 1;
            }
            if let Some(incomplete) = fetched.incomplete {
                breath().await;
                let end = page.model.borrow_mut().chance.below(10);
                match end {
                    // Nobody waits for it any more.
                    0 => drop(incomplete),
                    1 => sender.break_body(incomplete.broken()).await?,
                    _ => sender.complete_body(incomplete).await?,
                }
            }
        }
        70..75 => {
            if let Some(id) = any(sender.records().await?) {
                let proof = sender.sign(id, Amount::from_u64(1 + which % 3)).await?;
                breath().await;
                // Refused if a `fetch` has found it pending and shown it to somebody.
                sender.decide(id, &proof, false).await?;
                page.model.borrow_mut().rolled_back(&id, &proof);
            }
        }
        75..80 => {
            if let Some(id) = any(sender.records().await?) {
                sender.top_up(id, Amount::from_u64(5)).await?;
            }
        }
        80..84 => {
            if let Some(id) = any(sender.records().await?) {
                let consent = match which % 3 {
                    0 => Consent::Required,
                    1 => Consent::Wanted,
                    _ => Consent::Waived,
                };
                let wish = CloseWish {
                    consent,
                    ..CloseWish::default()
                };
                sender.close(id, wish).await?;
            }
        }
        84..88 => {
            if let Some(id) = any(sender.records().await?) {
                sender.settle(id).await?;
            }
        }
        88..91 => {
            sender.resume().await?;
        }
        91..93 => {
            sender.scan(None).await?;
        }
        93..96 => {
            if let Some(id) = any(sender.records().await?) {
                let of = usize::from(id.receiver != receiver(0).address());
                let bound = sender.binding(id.receiver).await?.is_some();
                let request = match which % 3 {
                    0 if bound => Request::to(page, of, IMPOSTOR),
                    1 => Request::to(page, of, &cdn(of)),
                    _ => Request::new(page, of),
                };
                sender.reconcile(id, &request).await?;
            }
        }
        _ => {
            sender
                .open(receiver(of).address(), Amount::from_u64(10))
                .await?;
        }
    }
    Ok(())
}

/// Lets one task run to its end.
pub fn finish(shared: &Shared, mut work: Work) {
    for _ in 0..END_STEPS {
        shared.borrow_mut().step();
        if advance(&mut work) {
            return;
        }
    }
    panic!("a task does not end: somebody waits for ever");
}

/// The faults are over, and the pages stay open: whatever they are at comes to an end.
fn stay_open(shared: &Shared, mut tasks: Vec<Work>) {
    let faults = shared.borrow().faults;
    shared.borrow_mut().faults = Faults {
        wallet: faults.wallet,
        // What a liar has said is not made good.
        hostile: faults.hostile,
        credit: faults.credit,
        delay: faults.delay,
        ..Faults::NONE
    };
    for _ in 0..END_STEPS {
        shared.borrow_mut().step();
        tasks.retain_mut(|task| !advance(task));
        if tasks.is_empty() {
            shared.borrow_mut().faults = faults;
            return;
        }
    }
    panic!("{} tasks of open pages wait for ever", tasks.len());
}

/// The faults are over: the next page must put everything right.
fn end_well(shared: &Shared) {
    let (hostile, full, free, numbered) = {
        let mut model = shared.borrow_mut();
        let faults = core::mem::take(&mut model.faults);
        model.faults.wallet = faults.wallet;
        model.faults.credit = faults.credit;
        for _ in 0..50 {
            model.deliver_delayed();
        }
        for _ in 0..10 {
            model.block();
        }
        assert!(
            model.locks.is_empty(),
            "{:?} are held by nobody",
            model.locks
        );
        (
            faults.hostile > 0,
            faults.full_storage > 0,
            faults.free > 0,
            faults.credit > 0,
        )
    };
    set_budget(shared, None);
    if hostile {
        // What such a server holds is its own invention; nothing more than the promises of the
        // sender can be claimed, which was checked at every step.
        return;
    }
    let page = Page::new(shared);
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            sender.check_ends().await.expect("no faults");
            let ledger = sender.ledger().await.expect("no faults");
            for record in sender.records().await.expect("no faults") {
                for pending in record.unknown_entries() {
                    let same = |entry: &&LedgerEntry| entry.is_same_payment(&pending);
                    assert_eq!(ledger.iter().filter(same).count(), 1, "{pending:?}");
                }
            }
            sender.resume().await.expect("no faults");
            sender.scan(None).await.expect("no faults");
            for record in sender.records().await.expect("no faults") {
                if record.state == ChannelState::Open && record.closing.is_none() {
                    put_right(&page, &record).await;
                }
            }
            sender.resume().await.expect("no faults");
        }),
    );
    let model = shared.borrow();
    let journal = model.storage.keys().find(|name| name.contains(":journal:"));
    assert_eq!(journal, None, "an open end is left");
    let records = model.stored_records();
    for (id, onchain) in model.chain.confirmed().live.values() {
        let record = records.iter().find(|record| record.id == *id);
        let record = record.unwrap_or_else(|| panic!("no record of the live channel {id:?}"));
        assert_eq!(record.deposit, onchain.deposit, "{id:?}");
        let closing = matches!(record.state, ChannelState::Closing { .. });
        assert_eq!(
            closing,
            onchain.closing.is_some(),
            "{id:?} {:?}",
            record.state
        );
    }
    for record in &records {
        let held = model
            .held
            .get(&key(&record.id))
            .copied()
            .unwrap_or_default();
        let live = model.chain.state().live.contains_key(&key(&record.id));
        if record.state == ChannelState::Open {
            assert!(live, "{:?} is not open on the chain", record.id);
        }
        if record.state == ChannelState::Open && record.closing.is_none() && !held.agreed {
            assert_eq!(
                record.balance(),
                held.balance(),
                "the accounts differ in {:?}",
                record.id
            );
            let charged = match model.accounts.get(&key(&record.id)) {
                Some(account) if numbered => account.charged,
                _ => held.balance(),
            };
            assert_eq!(
                record.charged(),
                charged,
                "the sums differ in {:?}",
                record.id
            );
            assert_eq!((record.pending(), record.in_flight()), (None, &[][..]));
        }
        if !full && !free && record.unknown_entries().is_empty() {
            assert_eq!(
                listed(shared, &model, &record.id),
                i128::from(small(record.charged())),
                "the list does not add up to the balance of {:?}",
                record.id
            );
        }
    }
}

/// A payment settles what is open in a channel.
async fn put_right(page: &Page, record: &ChannelRecord) {
    let of = usize::from(record.id.receiver != receiver(0).address());
    let sender = page.sender();
    let binding = sender.binding(record.id.receiver).await.expect("no faults");
    let request = match binding {
        Some(binding) => Request::to(page, of, &binding.origins()[0]),
        None => Request::new(page, of),
    };
    let held = page.model.borrow().held.get(&key(&record.id)).copied();
    if held.is_some_and(|held| held.agreed) {
        // It agreed to closing, and its answer was lost: it takes no more and tells no more.
        return;
    }
    sender
        .reconcile(record.id, &request)
        .await
        .unwrap_or_else(|error| panic!("{error:?} of {record:?}"));
}

/// What the ledger says was paid in a channel.
fn listed(_: &Shared, model: &Model, id: &ChannelId) -> i128 {
    let entries = model
        .storage
        .iter()
        .filter(|(name, _)| name.contains(":ledger:"));
    let entries = entries.filter_map(|(_, text)| LedgerEntry::from_json(text));
    entries
        .filter(|entry| entry.open_block == id.open_block && entry.receiver == id.receiver)
        .map(|entry| match entry.outcome {
            Outcome::Paid | Outcome::Taken => i128::from(small(entry.amount)),
            Outcome::Uncounted => -i128::from(small(entry.amount)),
            Outcome::Unknown | Outcome::Refused => 0,
        })
        .sum()
}
