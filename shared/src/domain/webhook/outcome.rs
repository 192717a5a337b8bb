//! What became of sending a message.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a message was not accepted. `Display` is in plain words, for the webhook's owner; it holds nothing that the
/// receiver said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It answered with this status.
    Status(u16),
    /// It did not answer in time.
    TimedOut,
    /// No connection could be had: the name is unknown, nobody listens, or its certificate is not valid.
    Unreachable,
    /// Its host's address is one that is not on the public internet.
    InnerAddress,
    /// The connection broke before the answer came, or the answer was no HTTP.
    Broken,
    /// On our side: what is to be told, or the secret to sign it with, cannot be read.
    Unreadable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(410) => f.write_str("it answered 410 (gone), and is sent nothing any more"),
            Self::Status(status @ 300..400) => {
                write!(f, "it answered {status}: redirects are not followed")
            }
            Self::Status(status) => write!(f, "it answered {status}; only 200 to 299 accept a message"),
            Self::TimedOut => f.write_str("it did not answer in time"),
            Self::Unreachable => f.write_str(
                "no connection could be had: an unknown name, a closed port or an invalid certificate",
            ),
            Self::InnerAddress => f.write_str("its address is not one of the public internet"),
            Self::Broken => f.write_str("the connection broke before a whole answer came"),
            Self::Unreadable => f.write_str("Hark could not make the message"),
        }
    }
}

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it: it answered with this status, 200 to 299.
    Accepted(u16),
    /// It does not.
    Refused(Refusal),
}

impl Outcome {
    /// Of an answer's status.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            200..300 => Self::Accepted(status),
            other => Self::Refused(Refusal::Status(other)),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(status) => write!(f, "it answered {status} and has the message"),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_200_to_299_accept_a_message() {
        for status in [200, 202, 204, 299] {
            assert_eq!(Outcome::of_status(status), Outcome::Accepted(status));
        }
        for status in [100, 199, 300, 302, 400, 404, 410, 429, 500, 503] {
            assert_eq!(Outcome::of_status(status), Outcome::Refused(Refusal::Status(status)));
        }
        let told = Outcome::of_status(302).to_string();
        assert_eq!(told, "it answered 302: redirects are not followed");
    }
}
