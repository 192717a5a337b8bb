//! A table that lives for one test.

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus},
};

use crate::{AwsBase, AwsFailure};

/// A table with the keys of the stack's own.
#[derive(Debug, Clone)]
pub struct TestTable {
    client: Client,
    name: String,
}

impl TestTable {
    /// Creates it, and waits until it can be used. No other table may have this name.
    ///
    /// # Errors
    /// [`AwsFailure`] when DynamoDB refuses or is away.
    pub async fn create(base: &AwsBase, name: impl Into<String>) -> Result<Self, AwsFailure> {
        const OPERATION: &str = "CreateTable";
        let table = Self { client: Client::new(base.config()), name: name.into() };
        let create =
            table.client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
        let keys = [key("pk", KeyType::Hash), key("sk", KeyType::Range)];
        let keys: Result<Vec<_>, BuildError> = keys.into_iter().collect();
        let keys = keys.map_err(|_| AwsFailure::unexpected(OPERATION, "a key that cannot be described"))?;
        let (attributes, schema) = keys.into_iter().unzip();
        let create = create.set_attribute_definitions(Some(attributes)).set_key_schema(Some(schema));
        create.send().await.map_err(|error| AwsFailure::of(OPERATION, &error))?;
        while !table.is_ready().await? {
            tokio::task::yield_now().await;
        }
        Ok(table)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn is_ready(&self) -> Result<bool, AwsFailure> {
        let told = self.client.describe_table().table_name(&self.name).send().await;
        let table = told.map_err(|error| AwsFailure::of("DescribeTable", &error))?.table;
        Ok(table.and_then(|table| table.table_status) == Some(TableStatus::Active))
    }

    /// Deletes it.
    ///
    /// # Errors
    /// [`AwsFailure`] when DynamoDB refuses or is away.
    pub async fn delete(&self) -> Result<(), AwsFailure> {
        let deleted = self.client.delete_table().table_name(&self.name).send().await;
        deleted.map(drop).map_err(|error| AwsFailure::of("DeleteTable", &error))
    }
}

/// An attribute of texts, and that it is a key.
fn key(name: &str, kind: KeyType) -> Result<(AttributeDefinition, KeySchemaElement), BuildError> {
    let attribute =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()?;
    Ok((attribute, KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?))
}
