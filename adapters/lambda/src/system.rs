//! The time and the randomness of the machine that the function runs on.

use jiff::Timestamp;
use shared::ports::clock::{Clock, Ids};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place of this crate that asks for the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place of this crate that asks for randomness")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness every secret would be guessable: nothing may go on"
    )]
    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives randomness");
        bytes
    }
}
