//! Payers that pay at once, each its own channels in turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use microraiden::protocol::Amount;
use microraiden::protocol::header::Payment;
use microraiden::receiver::{NumberedRequest, Receiver};
use rustix::time::{ClockId, clock_gettime};

/// What a payer asks.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) payment: Payment,
    /// With a number.
    pub(crate) numbered: Option<NumberedRequest>,
}

/// What was measured.
pub(crate) struct Load {
    pub(crate) time: Duration,
    /// Of all cores, by this program alone.
    pub(crate) processor: Duration,
    /// Of each payment, sorted.
    pub(crate) latencies: Vec<Duration>,
}

/// Makes all payments, of which each list is one payer's and is paid in its order.
pub(crate) async fn run(
    receiver: &Arc<Receiver>,
    lists: Vec<Vec<Request>>,
    price: Amount,
) -> Result<Load> {
    let (start, worked) = (Instant::now(), processor_time());
    let payers: Vec<_> = lists
        .into_iter()
        .map(|list| tokio::spawn(pay(Arc::clone(receiver), list, price)))
        .collect();
    let mut latencies = Vec::new();
    for payer in payers {
        latencies.extend(payer.await??);
    }
    let (time, processor) = (start.elapsed(), processor_time().saturating_sub(worked));
    latencies.sort_unstable();
    Ok(Load {
        time,
        processor,
        latencies,
    })
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

async fn pay(receiver: Arc<Receiver>, list: Vec<Request>, price: Amount) -> Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(list.len());
    for Request { payment, numbered } in list {
        let start = Instant::now();
        let accepted = match numbered {
            None => receiver.accept(&payment, price).await.map(drop),
            Some(request) => receiver.charge(&payment, &request, price).await.map(drop),
        };
        latencies.push(start.elapsed());
        accepted.map_err(|refused| anyhow!("The receiver refuses a payment: {refused:?}"))?;
    }
    Ok(latencies)
}
