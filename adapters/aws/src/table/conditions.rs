//! What must hold for a write, and which part of a partition to read, in DynamoDB's expressions.

use std::collections::HashMap;

use jiff::Timestamp;
use shared::ports::table::{Condition, SortRange};

use super::{
    items::{Attributes, ttl_seconds},
    number, text,
};

/// There is no item, or one that still counts.
pub(super) const LIVE: &str = "attribute_not_exists(expires_ms) OR expires_ms > :now";
/// There is an item that has expired.
pub(super) const EXPIRED: &str = "expires_ms <= :now";
const ABSENT: &str = "attribute_not_exists(pk) OR expires_ms <= :now";
const VERSION: &str = "v = :seen AND (attribute_not_exists(expires_ms) OR expires_ms > :now)";

/// A condition with its values.
pub(super) struct Guard {
    pub(super) expression: &'static str,
    pub(super) values: Attributes,
}

impl Guard {
    pub(super) fn absent(now: Timestamp) -> Self {
        Self { expression: ABSENT, values: now_value(now) }
    }

    pub(super) fn version(seen: u64, now: Timestamp) -> Self {
        let mut values = now_value(now);
        values.insert(":seen".to_owned(), number(seen));
        Self { expression: VERSION, values }
    }

    /// `None` for what needs no condition.
    pub(super) fn of(condition: Condition, now: Timestamp) -> Option<Self> {
        match condition {
            Condition::Absent => Some(Self::absent(now)),
            Condition::Version(seen) => Some(Self::version(seen, now)),
            Condition::Always => None,
        }
    }
}

pub(super) fn now_value(now: Timestamp) -> Attributes {
    Attributes::from([(":now".to_owned(), number(now.as_millisecond()))])
}

/// What a write puts into an item.
pub(super) struct NewContent<'a> {
    pub(super) body: &'a str,
    pub(super) expires_at: Option<Timestamp>,
}

impl NewContent<'_> {
    /// The update that writes this and counts the version up, with its names and values; `:now` is among
    /// them, for [`LIVE`].
    pub(super) fn update(&self, now: Timestamp) -> (&'static str, HashMap<String, String>, Attributes) {
        // `ttl` is a reserved word.
        let names = HashMap::from([("#ttl".to_owned(), "ttl".to_owned())]);
        let mut values = now_value(now);
        values.insert(":body".to_owned(), text(self.body));
        values.insert(":one".to_owned(), number(1));
        let Some(expires_at) = self.expires_at else {
            return ("SET body = :body REMOVE expires_ms, #ttl ADD v :one", names, values);
        };
        values.insert(":expires".to_owned(), number(expires_at.as_millisecond()));
        values.insert(":ttl".to_owned(), number(ttl_seconds(expires_at)));
        ("SET body = :body, expires_ms = :expires, #ttl = :ttl ADD v :one", names, values)
    }
}

/// The key condition of a query. An empty sort key is no value that DynamoDB takes, and means everything.
pub(super) fn key_condition(partition: &str, range: &SortRange) -> (&'static str, Attributes) {
    let mut values = Attributes::from([(":pk".to_owned(), text(partition))]);
    let (expression, sort) = match range {
        SortRange::Prefix(prefix) if !prefix.is_empty() => {
            ("pk = :pk AND begins_with(sk, :sk)", Some(prefix))
        }
        SortRange::After(after) if !after.is_empty() => ("pk = :pk AND sk > :sk", Some(after)),
        SortRange::All | SortRange::Prefix(_) | SortRange::After(_) => ("pk = :pk", None),
    };
    if let Some(sort) = sort {
        values.insert(":sk".to_owned(), text(sort));
    }
    (expression, values)
}
