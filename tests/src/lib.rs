//! Worlds for stories. `World` is the whole product on one machine with its stand-ins, in this process, on free
//! ports and in a folder of its own, which end with the test; `HarkDev` and `HarkServe` are the command as a
//! process of its own; `Phone` and `Office` are the two who use any of them.
//!
//! `let world = World::start().await; let sid = world.says(ANNA, "Order pipes").await;
//! world.first_message(ANNA).await`

pub mod load;
pub mod office;
pub mod phone;
pub mod process;
pub mod serving;
pub mod signing;
pub mod simulation;
pub mod stack;
pub mod world;

use std::path::PathBuf;

pub use office::Office;
pub use phone::{Phones, Shown};
pub use process::HarkDev;
pub use serving::{HarkServe, Providers};
pub use stack::Stack;
pub use world::{Options, World, people_file, person};

/// The demo company's owner, without a language of her own.
pub const ANNA: &str = "whatsapp:+4915155500001";
/// One of its staff, who speaks German.
pub const BEN: &str = "whatsapp:+4915155500002";
/// One of its staff, who speaks Polish.
pub const CELINA: &str = "whatsapp:+48515550003";
/// The same on Telegram.
pub const CELINA_ON_TELEGRAM: &str = "telegram:5550003";
/// The key of the demo company in every world.
pub const KEY: &str = "demo-key-for-the-tests-only";

/// A file of `tests/fixtures`.
#[must_use]
pub fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A client for this machine.
#[must_use]
pub fn client() -> reqwest::Client {
    adapter_egress::Egress::new(adapter_egress::AddressPolicy::LoopbackAllowed)
        .expect("a client")
        .client()
        .clone()
}
