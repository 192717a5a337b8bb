//! Most stories use the stack at the same time; one that changes it for all others, or that looks at a whole queue,
//! has it to itself.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static STACK: RwLock<()> = RwLock::const_new(());

/// A story's turn; it ends when this is dropped.
pub(crate) enum Turn {
    Shared { _guard: RwLockReadGuard<'static, ()> },
    Alone { _guard: RwLockWriteGuard<'static, ()> },
}

impl Turn {
    /// Beside other stories.
    pub(crate) async fn shared() -> Self {
        Self::Shared { _guard: STACK.read().await }
    }

    /// When no other story runs.
    pub(crate) async fn alone() -> Self {
        Self::Alone { _guard: STACK.write().await }
    }
}
