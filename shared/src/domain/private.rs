//! A wrapper for people's words, names and numbers: they can be stored and sent, but never printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that belongs to a person. `Debug` and `Display` show `[private]`, so that no log line, error or
/// panic message can hold it; [`Private::expose`] is the one way to the value.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for storing, sending to its owner, or computing with. Never for a log.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private]")
    }
}

impl<T> fmt::Display for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_value_is_stored_but_never_printed() {
        let words = Private::new("call Mrs Miller".to_owned());
        assert_eq!(format!("{words:?} {words}"), "[private] [private]");
        assert_eq!(serde_json::to_string(&words).unwrap(), "\"call Mrs Miller\"");
    }
}
