//! Making a failing episode smaller.

use super::episode::{Episode, run};
use super::model::Faults;

/// Leaves out what the failure does not need: time, then one fault after the other.
pub fn shrink(episode: &Episode, reason: String) -> (Episode, String) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut smallest = episode.clone();
    let mut why = reason;
    let mut attempt = |smallest: &mut Episode, changed: Episode| {
        if let Err(reason) = run(&changed) {
            *smallest = changed;
            why = reason;
            true
        } else {
            false
        }
    };
    let fields: [fn(&mut Faults) -> &mut u64; 19] = [
        |f| &mut f.lose_request,
        |f| &mut f.lose_answer,
        |f| &mut f.duplicate,
        |f| &mut f.delay,
        |f| &mut f.server_error,
        |f| &mut f.silent,
        |f| &mut f.dawdle,
        |f| &mut f.price_change,
        |f| &mut f.free,
        |f| &mut f.crash,
        |f| &mut f.reorganise,
        |f| &mut f.drop_transaction,
        |f| &mut f.replace_transaction,
        |f| &mut f.full_storage,
        |f| &mut f.node_error,
        |f| &mut f.refuse_signature,
        |f| &mut f.hostile,
        |f| &mut f.wallet,
        |f| &mut f.cannot_sign,
    ];
    for field in fields {
        for seed in [0, 1, 2] {
            let mut changed = smallest.clone();
            if *field(&mut changed.faults) == 0 {
                break;
            }
            *field(&mut changed.faults) = 0;
            changed.seed = smallest.seed.wrapping_add(seed);
            if attempt(&mut smallest, changed) {
                break;
            }
        }
    }
    while smallest.length > 10 {
        let mut changed = smallest.clone();
        changed.length = smallest.length * 3 / 4;
        if !attempt(&mut smallest, changed) {
            break;
        }
    }
    std::panic::set_hook(hook);
    (smallest, why)
}
