//! The description of the routes below `/v1` (OpenAPI 3.1), made of the routes themselves.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::domain::{
    api_key::Scope,
    client_state::{MAX_REFERENCE_CHARS, Status},
    feed::ChangeKind,
    intent::Intent,
    webhook::type_of,
};
use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        ArrayBuilder, Content, ContentBuilder, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Response,
        ResponseBuilder, Schema,
        schema::{SchemaType, Type},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

use super::problem::{Document, KINDS};

/// What the description says of the whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hark data API",
        description = "What a company's field workers said, as records: listed, followed, searched, and written back to. \
                       Each key is bound to one company, and every answer to that company's things.",
        license(name = "MIT", identifier = "MIT"),
    ),
    modifiers(&Key),
    components(schemas(Document)),
    tags(
        (name = "records", description = "What was said, filed: jobs, documents and the rest."),
        (name = "changes", description = "All that happens to records, in order, each once."),
        (name = "webhooks", description = "The same, brought to an address of the client's."),
        (name = "company", description = "What belongs to the company itself: its words and its keys."),
        (name = "description", description = "What is read without a key."),
    ),
)]
pub(super) struct Described;

struct Key;

impl Modify for Key {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let key = ApiKeyValue::with_description(
            "x-api-key",
            "Made with `hark keys create`, or by a key with the scope admin. Never in the query.",
        );
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// What is wrong, for every route with a key.
pub(super) struct Common;

impl IntoResponses for Common {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 429, 500, 503])
    }
}

/// The same for a route that names a thing.
pub(super) struct OfOne;

impl IntoResponses for OfOne {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 429, 500, 503])
    }
}

/// The same for a route that takes a body.
pub(super) struct OfBody;

impl IntoResponses for OfBody {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 413, 415, 422, 429, 500, 503])
    }
}

/// The same for a change of what may have been changed by others.
pub(super) struct OfChange;

impl IntoResponses for OfChange {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 412, 413, 415, 422, 428, 429, 500, 503])
    }
}

fn problems(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let kinds = KINDS.iter().filter(|kind| statuses.contains(&kind.status));
    kinds.map(|kind| (kind.status.to_string(), problem(kind.title).into())).collect()
}

fn problem(title: &str) -> Response {
    let content: Content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(title).content("application/problem+json", content).build()
}

/// A text that is one of a few.
fn one_of(names: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build()
}

/// A record's status.
pub(super) fn status() -> Object {
    one_of(Status::ALL.into_iter().map(Status::as_str))
}

/// A change's kind.
pub(super) fn change_kind() -> Object {
    one_of(ChangeKind::ALL.into_iter().map(ChangeKind::as_str))
}

/// What a note is about.
pub(super) fn intent() -> Object {
    one_of(Intent::ALL.into_iter().map(Intent::as_str))
}

/// What a key allows.
pub(super) fn scopes() -> Schema {
    let names = one_of(Scope::ALL.into_iter().map(Scope::as_str));
    ArrayBuilder::new().items(names).min_items(Some(1)).build().into()
}

/// Of what a webhook is told.
pub(super) fn message_types() -> Schema {
    let names = one_of(ChangeKind::ALL.into_iter().map(type_of));
    ArrayBuilder::new().items(names).min_items(Some(1)).build().into()
}

/// With what a webhook begins.
pub(super) fn beginning() -> Object {
    one_of(["now", "beginning"].into_iter())
}

/// What a client calls a record, or `null`.
pub(super) fn reference() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(1))
        .max_length(Some(MAX_REFERENCE_CHARS))
        .build()
}

/// The document of a `record.json`, or `null`.
pub(super) fn document() -> Schema {
    let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build();
    OneOfBuilder::new().item(Ref::from_schema_name("RecordDocument")).item(null).build().into()
}

/// The whole description as JSON, of what the routes told of themselves.
pub(super) fn whole(routes: utoipa::openapi::OpenApi) -> serde_json::Result<Value> {
    let mut description = serde_json::to_value(Described::openapi().merge_from(routes))?;
    let document: Value = serde_json::from_str(super::schemas::RECORD_1)?;
    if let Some(Value::Object(schemas)) = description.pointer_mut("/components/schemas") {
        schemas.insert("RecordDocument".to_owned(), without_its_frame(document));
    }
    Ok(description)
}

/// A schema as a part of another document: its id and dialect belong to the whole.
fn without_its_frame(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        members.remove("$id");
        members.remove("$schema");
    }
    schema
}
