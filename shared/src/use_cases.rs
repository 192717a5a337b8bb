//! What several components do alike.

pub mod authorise;
pub mod replay;
pub mod sweep;
