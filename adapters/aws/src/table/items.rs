//! Items as DynamoDB holds them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use shared::ports::table::{Item, ItemKey, TableError};

use super::{conditions::NewContent, number, refused, text};
use crate::AwsFailure;

/// An item, a key, or the values of an expression.
pub(super) type Attributes = HashMap<String, AttributeValue>;

pub(super) fn key_attributes(key: &ItemKey) -> Attributes {
    Attributes::from([("pk".to_owned(), text(&key.partition)), ("sk".to_owned(), text(&key.sort))])
}

pub(super) fn whole_item(key: &ItemKey, version: u64, content: &NewContent<'_>) -> Attributes {
    let mut item = key_attributes(key);
    item.insert("v".to_owned(), number(version));
    item.insert("body".to_owned(), text(content.body));
    if let Some(expires_at) = content.expires_at {
        item.insert("expires_ms".to_owned(), number(expires_at.as_millisecond()));
        item.insert("ttl".to_owned(), number(ttl_seconds(expires_at)));
    }
    item
}

/// Rounded up: DynamoDB must not delete what still counts.
pub(super) fn ttl_seconds(expires_at: Timestamp) -> i64 {
    expires_at.as_second() + i64::from(expires_at.subsec_nanosecond() > 0)
}

pub(super) fn read_version(attributes: &Attributes) -> Option<u64> {
    attributes.get("v")?.as_n().ok()?.parse().ok()
}

/// Reads what one of these functions wrote; anything else in the table is a fault.
pub(super) fn read_item(operation: &'static str, attributes: &Attributes) -> Result<Item, TableError> {
    let string = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
    let read = || {
        Some(Item {
            key: ItemKey::new(string("pk")?, string("sk")?),
            version: read_version(attributes)?,
            body: string("body")?,
            expires_at: match attributes.get("expires_ms") {
                None => None,
                Some(at) => Some(Timestamp::from_millisecond(at.as_n().ok()?.parse().ok()?).ok()?),
            },
        })
    };
    read().ok_or_else(|| refused(AwsFailure::unexpected(operation, "an item of another form")))
}
