//! What people see in the panel and do there, over stores in memory.

mod looking;
mod signing_in;
mod world;
