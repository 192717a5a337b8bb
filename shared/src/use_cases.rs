//! What several components do alike.

pub mod authorise;
pub mod consented;
pub mod follow;
pub mod replay;
pub mod search;
pub mod sweep;
