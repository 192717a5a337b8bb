//! What Hark is, without any vendor, transport, clock or runtime: the words of the field (`domain`), what
//! it needs from outside (`ports`), how it remembers (`repositories`) and what several components do alike
//! (`use_cases`). Everything that touches the world comes in through a port.
//!
//! To add a port: 1. the trait in `ports/`, named by role; 2. an in-memory implementation in `testing/`;
//! 3. a contract suite in `testing/contracts/`, called for every implementation; 4. the adapter.

pub mod budgets;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod ports;
pub mod prices;
pub mod repositories;
pub mod seal;
#[cfg(feature = "testing")]
pub mod testing;
pub mod use_cases;
