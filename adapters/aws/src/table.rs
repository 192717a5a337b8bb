//! Small items in one DynamoDB table: keys `pk` and `sk`, the version `v`, the JSON document `body`, and for
//! items that expire `expires_ms` (the exact time, in milliseconds) and `ttl` (the same in seconds, by which
//! DynamoDB deletes). DynamoDB deletes days late, so an item past its `expires_ms` is treated as absent by
//! every read and every condition (DynamoDB developer guide, "Time to Live").

mod conditions;
mod items;
mod together;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnValue},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use shared::ports::{
    clock::Clock,
    table::{
        Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write, refuse_beyond_limits,
    },
};

use self::{
    conditions::{EXPIRED, Guard, LIVE, NewContent},
    items::{Attributes, key_attributes, read_item, read_version, whole_item},
};
use crate::{AwsBase, AwsFailure};

/// How often an expired item is cleared out of an unconditional write's way, before giving up.
const MOST_CLEARINGS: usize = 3;

/// The items of one table.
#[derive(Clone)]
pub struct DynamoTable {
    client: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for DynamoTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoTable").field("table", &self.table).finish_non_exhaustive()
    }
}

impl DynamoTable {
    /// The table of this name; the clock says what has expired.
    #[must_use]
    pub fn new(base: &AwsBase, table: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::new(base.config()), table: table.into(), clock }
    }

    /// Writes whatever is there, counting its version up, unless what is there has expired.
    async fn put_always(&self, key: &ItemKey, content: &NewContent<'_>) -> Result<u64, TableError> {
        let (expression, names, values) = content.update(self.clock.now());
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression(expression)
            .condition_expression(LIVE)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| table_error("UpdateItem", &error))?;
        read_version(&answer.attributes.unwrap_or_default())
            .ok_or_else(|| refused(AwsFailure::unexpected("UpdateItem", "no version")))
    }

    async fn put_if(
        &self,
        key: &ItemKey,
        version: u64,
        content: &NewContent<'_>,
        guard: Guard,
    ) -> Result<u64, TableError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(whole_item(key, version, content)))
            .condition_expression(guard.expression)
            .set_expression_attribute_values(Some(guard.values))
            .send()
            .await
            .map(|_| version)
            .map_err(|error| table_error("PutItem", &error))
    }

    /// Removes the item if it has expired, so that what is written next begins at version 1.
    async fn clear_expired(&self, key: &ItemKey) -> Result<(), TableError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(EXPIRED)
            .set_expression_attribute_values(Some(conditions::now_value(self.clock.now())))
            .send()
            .await
            .map_err(|error| table_error("DeleteItem", &error));
        match answer {
            Ok(_) | Err(TableError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn page(
        &self,
        (expression, values): &(&'static str, Attributes),
        order: Order,
        limit: usize,
        from: Option<Attributes>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), TableError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression(*expression)
            .set_expression_attribute_values(Some(values.clone()))
            .scan_index_forward(order == Order::Ascending)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| table_error("Query", &error))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}

#[async_trait]
impl TableStore for DynamoTable {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| table_error("GetItem", &error))?;
        let item = answer.item.map(|found| read_item("GetItem", &found)).transpose()?;
        Ok(item.filter(|item| is_live(item, self.clock.now())))
    }

    /// `Conflict` may also mean that an earlier try of this very call, whose answer was lost, did the write:
    /// read the item before giving way.
    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        let write = Write::Put { key: key.clone(), body: body.to_owned(), condition, expires_at };
        refuse_beyond_limits(&[write])?;
        let content = NewContent { body, expires_at };
        let now = self.clock.now();
        match condition {
            Condition::Absent => self.put_if(key, 1, &content, Guard::absent(now)).await,
            Condition::Version(seen) => {
                let next = seen.checked_add(1).ok_or(TableError::Conflict)?;
                self.put_if(key, next, &content, Guard::version(seen, now)).await
            }
            Condition::Always => {
                for _ in 0..MOST_CLEARINGS {
                    match self.put_always(key, &content).await {
                        Err(TableError::Conflict) => self.clear_expired(key).await?,
                        done => return done,
                    }
                }
                Err(unavailable(AwsFailure::unexpected("UpdateItem", "expired items keep coming")))
            }
        }
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        refuse_beyond_limits(&[Write::Delete { key: key.clone(), condition }])?;
        let guard = Guard::of(condition, self.clock.now());
        let (expression, values) = guard.map(|guard| (guard.expression, guard.values)).unzip();
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .set_condition_expression(expression.map(str::to_owned))
            .set_expression_attribute_values(values)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| table_error("DeleteItem", &error))
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let limit = limit.clamp(1, 1_000);
        let which = conditions::key_condition(partition, range);
        let now = self.clock.now();
        let mut items = Vec::new();
        let mut from = None;
        // A page may hold expired items, or end early at 1 MB: go on until there are enough or no more.
        while items.len() < limit {
            let (found, next) = self.page(&which, order, limit - items.len(), from).await?;
            for attributes in &found {
                let item = read_item("Query", attributes)?;
                if is_live(&item, now) {
                    items.push(item);
                }
            }
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(items)
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        refuse_beyond_limits(writes)?;
        together::write(self, writes).await
    }
}

fn is_live(item: &Item, now: Timestamp) -> bool {
    item.expires_at.is_none_or(|expires_at| expires_at > now)
}

fn table_error<E: ProvideErrorMetadata>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
) -> TableError {
    let failure = AwsFailure::of(operation, error);
    match failure.code() {
        Some("ConditionalCheckFailedException") => TableError::Conflict,
        _ if failure.may_pass() => unavailable(failure),
        _ => refused(failure),
    }
}

fn unavailable(failure: AwsFailure) -> TableError {
    TableError::Unavailable(Box::new(failure))
}

fn refused(failure: AwsFailure) -> TableError {
    TableError::Refused(Box::new(failure))
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
