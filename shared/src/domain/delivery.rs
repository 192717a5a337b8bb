//! What became of a message that we sent, as its provider tells it: in several reports that come late, twice and in
//! any order (Twilio, "Track outbound message status": the order of callbacks is not guaranteed).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a message is. A later state in this list outweighs an earlier one, whichever is told first: a proof of
/// delivery beats a failure, and nothing but that beats a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The provider took it and has not chosen its sender yet.
    Accepted,
    /// It is to be sent later.
    Scheduled,
    /// It waits to be sent.
    Queued,
    /// It is on its way to the network.
    Sending,
    /// The network has it.
    Sent,
    /// It was taken back before it was sent.
    Canceled,
    /// The network could not deliver it.
    Undelivered,
    /// It was never sent.
    Failed,
    /// It is on the person's phone.
    Delivered,
    /// The person has seen it.
    Read,
}

impl DeliveryStatus {
    /// All of them, the weightiest last.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Canceled,
        Self::Undelivered,
        Self::Failed,
        Self::Delivered,
        Self::Read,
    ];

    /// Its word, as Twilio writes it and as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Canceled => "canceled",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// The state of a word, in lower case. `None`: no state of a message that we sent.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the person will not get the message, unless the opposite is proven later.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Canceled | Self::Undelivered | Self::Failed)
    }
}

/// All that is known of a message that we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The weightiest state that was told.
    pub status: DeliveryStatus,
    /// When that was first told to us.
    pub at: Timestamp,
    /// When anything was first told of it: it was sent no later than that.
    pub first_at: Timestamp,
    /// The provider's code of a failure, kept even if the message was delivered after all. Of two, the larger, so that
    /// their order does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u32>,
}

impl Delivery {
    /// What one report says.
    #[must_use]
    pub const fn told(status: DeliveryStatus, error_code: Option<u32>, at: Timestamp) -> Self {
        Self { status, at, first_at: at, error_code }
    }

    /// What both say together. Neither the order of reports nor how often each is merged makes a difference.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let at = match self.status.cmp(&other.status) {
            std::cmp::Ordering::Greater => self.at,
            std::cmp::Ordering::Less => other.at,
            std::cmp::Ordering::Equal => self.at.min(other.at),
        };
        Self {
            status: self.status.max(other.status),
            at,
            first_at: self.first_at.min(other.first_at),
            error_code: self.error_code.max(other.error_code),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{DeliveryStatus as Status, *};

    fn told(status: Status, second: i64) -> Delivery {
        let code = status.is_failure().then_some(63_016);
        Delivery::told(status, code, Timestamp::from_second(second).unwrap())
    }

    fn merged(reports: &[Delivery]) -> Delivery {
        let mut reports = reports.iter();
        let first = reports.next().unwrap().clone();
        reports.fold(first, |known, report| known.merged(report))
    }

    /// Every order of some things.
    fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
        if things.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for (n, first) in things.iter().enumerate() {
            let mut rest = things.to_vec();
            rest.remove(n);
            for mut order in orders(&rest) {
                order.insert(0, first.clone());
                all.push(order);
            }
        }
        all
    }

    #[test]
    fn b19_all_24_orders_of_four_reports_end_in_read() {
        let reports = [
            told(Status::Queued, 1),
            told(Status::Sent, 2),
            told(Status::Delivered, 3),
            told(Status::Read, 4),
        ];
        let orders = orders(&reports);
        assert_eq!(orders.len(), 24);
        for order in orders {
            let known = merged(&order);
            assert_eq!((known.status, known.at, known.error_code), (Status::Read, reports[3].at, None));
            assert_eq!(known.first_at, reports[0].at);
        }
    }

    #[test]
    fn b19_a_failure_is_kept_but_from_a_proof_of_delivery() {
        for failure in [Status::Failed, Status::Undelivered, Status::Canceled] {
            let lost = [told(Status::Queued, 1), told(Status::Sent, 2), told(failure, 3)];
            for order in orders(&lost) {
                assert_eq!((merged(&order).status, merged(&order).error_code), (failure, Some(63_016)));
            }
            // A failure that is told late, of a message that the person has.
            let late = [told(Status::Sent, 1), told(Status::Delivered, 2), told(failure, 3)];
            for order in orders(&late) {
                assert_eq!((merged(&order).status, merged(&order).at), (Status::Delivered, late[1].at));
                assert_eq!(merged(&order).error_code, Some(63_016), "it is kept for whoever looks");
            }
        }
    }

    #[test]
    fn b19_every_two_states_merge_alike_in_both_orders_and_a_duplicate_changes_nothing() {
        for (first, one) in (0..).zip(Status::ALL) {
            for (second, other) in (0..).zip(Status::ALL) {
                let (one, other) = (told(one, first), told(other, second));
                let known = one.merged(&other);
                assert_eq!(known, other.merged(&one));
                assert_eq!(known.merged(&one).merged(&other), known);
            }
        }
        let (early, late) = (told(Status::Sent, 1), told(Status::Sent, 9));
        assert_eq!(late.merged(&early), early);
    }

    #[test]
    fn a_state_has_one_word_in_every_place() {
        let words: BTreeSet<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        assert_eq!(words.len(), Status::ALL.len());
        for status in Status::ALL {
            assert_eq!(Status::of_word(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        for word in ["", "received", "receiving", "partially_delivered", "Sent", "completed"] {
            assert_eq!(Status::of_word(word), None, "{word}");
        }
        assert!(Status::ALL.is_sorted());
    }
}
