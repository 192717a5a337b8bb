//! Several writes that happen together or not at all.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, Delete, Put, TransactWriteItem, Update},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use jiff::Timestamp;
use shared::ports::table::{Condition, ItemKey, TableError, Write};

use super::{
    DynamoTable, MOST_CLEARINGS,
    conditions::{Guard, LIVE, NewContent},
    items::{key_attributes, whole_item},
    refused, table_error, unavailable,
};
use crate::AwsFailure;

pub(super) async fn write(table: &DynamoTable, writes: &[Write]) -> Result<(), TableError> {
    for _ in 0..MOST_CLEARINGS {
        let now = table.clock.now();
        let items = writes.iter().map(|write| item(table, write, now)).collect::<Result<Vec<_>, _>>()?;
        // The SDK gives each call a token by which DynamoDB knows its repetition, so a lost answer does no harm.
        let answer = table.client.transact_write_items().set_transact_items(Some(items)).send().await;
        let Err(error) = answer else { return Ok(()) };
        let in_the_way = expired_in_the_way(writes, &error);
        if in_the_way.is_empty() {
            return Err(transaction_error(&error));
        }
        for key in in_the_way {
            table.clear_expired(key).await?;
        }
    }
    Err(unavailable(AwsFailure::unexpected("TransactWriteItems", "expired items keep coming")))
}

fn item(table: &DynamoTable, write: &Write, now: Timestamp) -> Result<TransactWriteItem, TableError> {
    let incomplete = |_| refused(AwsFailure::unexpected("TransactWriteItems", "an incomplete write"));
    let item = TransactWriteItem::builder();
    Ok(match write {
        Write::Put { key, body, condition, expires_at } => {
            let content = NewContent { body, expires_at: *expires_at };
            let (version, guard) = match condition {
                Condition::Always => {
                    return update(table, key, &content, now).map(|update| item.update(update).build());
                }
                Condition::Absent => (1, Guard::absent(now)),
                Condition::Version(seen) => {
                    (seen.checked_add(1).ok_or(TableError::Conflict)?, Guard::version(*seen, now))
                }
            };
            let put = Put::builder()
                .table_name(&table.table)
                .set_item(Some(whole_item(key, version, &content)))
                .condition_expression(guard.expression)
                .set_expression_attribute_values(Some(guard.values));
            item.put(put.build().map_err(incomplete)?).build()
        }
        Write::Delete { key, condition } => {
            let (expression, values) =
                Guard::of(*condition, now).map(|guard| (guard.expression, guard.values)).unzip();
            let delete = Delete::builder()
                .table_name(&table.table)
                .set_key(Some(key_attributes(key)))
                .set_condition_expression(expression.map(str::to_owned))
                .set_expression_attribute_values(values);
            item.delete(delete.build().map_err(incomplete)?).build()
        }
    })
}

fn update(
    table: &DynamoTable,
    key: &ItemKey,
    content: &NewContent<'_>,
    now: Timestamp,
) -> Result<Update, TableError> {
    let (expression, names, values) = content.update(now);
    Update::builder()
        .table_name(&table.table)
        .set_key(Some(key_attributes(key)))
        .update_expression(expression)
        .condition_expression(LIVE)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(|_| refused(AwsFailure::unexpected("TransactWriteItems", "an incomplete write")))
}

/// The keys whose unconditional put was stopped by an expired item, if nothing else stopped the whole.
fn expired_in_the_way<'a>(
    writes: &'a [Write],
    error: &SdkError<TransactWriteItemsError, HttpResponse>,
) -> Vec<&'a ItemKey> {
    let mut keys = Vec::new();
    for (write, reason) in writes.iter().zip(reasons(error)) {
        match (write, reason.code()) {
            (_, None | Some("None")) => {}
            (Write::Put { key, condition: Condition::Always, .. }, Some("ConditionalCheckFailed")) => {
                keys.push(key);
            }
            _ => return Vec::new(),
        }
    }
    keys
}

/// A failed condition decides; else a conflict with another transaction, or throttling, passes.
fn transaction_error(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> TableError {
    let failure = AwsFailure::of("TransactWriteItems", error);
    let stopped_by = |code: &str| reasons(error).iter().any(|reason| reason.code() == Some(code));
    match failure.code() {
        Some("TransactionCanceledException") if stopped_by("ConditionalCheckFailed") => TableError::Conflict,
        Some("TransactionCanceledException")
            if ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
                .into_iter()
                .any(stopped_by) =>
        {
            unavailable(failure)
        }
        Some("TransactionInProgressException") => unavailable(failure),
        _ => table_error("TransactWriteItems", error),
    }
}

/// One for each write, in their order.
fn reasons(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => &[],
    }
}
