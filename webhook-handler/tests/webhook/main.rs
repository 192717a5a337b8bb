//! Requests through the real router, with stand-ins behind it and nothing switched off.

mod delivery;
mod health;
mod keys;
mod privacy;
mod routes;
mod shape;
mod signature;
mod world;
