//! Permits for connections: so many in all, and so many for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::paywall::limit::address::client_of;

use super::ConnectionLimits;

/// A connection counts until this is dropped.
#[derive(Clone, Debug)]
pub(in crate::paywall) struct ConnectionPermit(
    /// Only held.
    #[allow(dead_code)]
    Arc<(OwnedSemaphorePermit, Option<AddressCount>)>,
);

/// All permits.
pub(super) struct Permits {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<Taken>>,
    per_address: usize,
}

/// How many permits each address has.
type Taken = HashMap<IpAddr, usize>;

impl Permits {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.max.clamp(1, Semaphore::MAX_PERMITS))),
            taken: Arc::default(),
            per_address: limits.per_address,
        }
    }

    /// Waits for a free permit.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// Gives a permit to a connection from an address, or returns it if the address has too many. Without an
    /// address only the total counts.
    pub(super) fn take(
        &self,
        permit: OwnedSemaphorePermit,
        address: Option<IpAddr>,
    ) -> Result<ConnectionPermit, OwnedSemaphorePermit> {
        let Some(address) = address.map(client_of).filter(|_| self.per_address > 0) else {
            return Ok(ConnectionPermit(Arc::new((permit, None))));
        };
        let mut taken = lock(&self.taken);
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return Err(permit);
        }
        *count += 1;
        let own = AddressCount {
            address,
            taken: Arc::clone(&self.taken),
        };
        Ok(ConnectionPermit(Arc::new((permit, Some(own)))))
    }
}

/// One of the permits of an address.
#[derive(Debug)]
struct AddressCount {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Drop for AddressCount {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
