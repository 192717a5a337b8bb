//! Requests through the real router, with stand-ins behind it and nothing switched off.
//!
//! `cfg(test)` says to clippy that helpers of tests are tests, too.

#[cfg(test)]
mod delivery;
#[cfg(test)]
mod health;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod status;
#[cfg(test)]
mod telegram;
#[cfg(test)]
mod world;
