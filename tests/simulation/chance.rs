//! Seeded chance, and tasks that advance one step at a time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// SplitMix64: small, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// True in so many of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A point at which the page may die, or another task go on.
pub struct Breath(bool);

pub fn breath() -> Breath {
    Breath(false)
}

/// What does not come, also not later.
pub async fn never<T>() -> T {
    loop {
        breath().await;
    }
}

impl Future for Breath {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Lets a task advance to its next breath; whether it has ended.
pub fn advance(work: &mut Work) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    work.as_mut().poll(&mut context).is_ready()
}
