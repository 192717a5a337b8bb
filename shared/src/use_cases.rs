//! What several components do alike.
