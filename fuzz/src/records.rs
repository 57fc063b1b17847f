//! Stored texts, the first line their name: what is read is written and read again as the same, and
//! every proof in it holds.
use microraiden::protocol::{Address, Generation, Manager};
use microraiden::sender::policy::Policy;
use microraiden::sender::spending::Spending;
use microraiden::sender::store::contract_cache;
use microraiden::sender::store::journal::Step;
use microraiden::sender::store::keys::SenderKey;
use microraiden::sender::store::ledger::{self, LedgerEntry};
use microraiden::sender::store::legacy::LegacyRecord;
use microraiden::sender::store::prices::KnownPrice;
use microraiden::sender::{ChannelRecord, RecordKey};

/// The contract of the seeds.
const CONTRACT: &str = "0x4d6E0922E6b703F0FDf92745343A9b83EB656402";

/// Fails if a promise is broken.
pub fn run(input: &str) {
    let (name, text) = input.split_once('\n').unwrap_or(("", input));
    if let Some(key) = RecordKey::from_name(name) {
        assert_eq!(key.name(), name);
    }
    if let Ok(record) = ChannelRecord::from_json(text) {
        check(&record);
    }
    let contract: Address = CONTRACT.parse().expect("an address");
    if let Some((account, _)) = name.split_once('|')
        && let Ok(sender) = account.to_ascii_lowercase().parse()
        && let Some(legacy) = LegacyRecord::read(name, text, sender)
    {
        for generation in [Generation::V01, Generation::V02] {
            let manager = Manager {
                address: contract,
                generation,
            };
            if let Some(record) = legacy.record(1, manager) {
                assert_eq!(record.id, legacy.id);
                check(&record);
            }
        }
    }
    let sender = SenderKey {
        chain_id: 1,
        contract,
        sender: Address::ZERO,
    };
    if let Some(step) = Step::from_json(text, sender) {
        let again = Step::from_json(&step.to_json(), sender);
        assert_eq!(again, Some(step));
    }
    if let Some(entry) = LedgerEntry::from_json(text) {
        let csv = ledger::to_csv(std::slice::from_ref(&entry));
        let row = csv.split_once("\r\n").map(|(_, row)| row).expect("a row");
        let url = row.split_once(",\"").map(|(_, url)| url).expect("a URL");
        assert!(!url.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        let list = ledger::to_json(std::slice::from_ref(&entry));
        assert_eq!(list, format!("[{}]", entry.to_json()));
        assert_eq!(LedgerEntry::from_json(&entry.to_json()), Some(entry));
    }
    if let Some(policy) = Policy::from_json(text) {
        assert_eq!(Policy::from_json(&policy.to_json()), Some(policy));
    }
    if let Some(spending) = Spending::from_json(text) {
        assert_eq!(Spending::from_json(&spending.to_json()), Some(spending));
    }
    if let Some(known) = contract_cache::from_json(contract, text) {
        assert_eq!(
            contract_cache::from_json(contract, &contract_cache::to_json(&known)),
            Some(known)
        );
    }
    if let Some(price) = KnownPrice::from_json(text) {
        assert_eq!(KnownPrice::from_json(&price.to_json()), Some(price));
    }
}

fn check(record: &ChannelRecord) {
    assert_eq!(
        RecordKey::from_name(&record.key().name()),
        Some(record.key())
    );
    assert!(record.acknowledged() <= record.balance());
    assert!(record.charged() <= record.balance());
    assert!(record.closing_balance() >= record.charged());
    for proof in [record.proof(), record.pending()].into_iter().flatten() {
        assert_eq!(record.manager.verify_balance(&record.id, proof), Ok(()));
    }
    if let Some((proof, closing)) = &record.closing {
        let held = record.manager.verify_closing(&record.id, proof, closing);
        assert_eq!(held, Ok(()));
    }
    assert_eq!(
        ChannelRecord::from_json(&record.to_json()).as_ref(),
        Ok(record)
    );
}
