//! The page `/docs`: the description of the routes for people, made of the same document that programs read. One page
//! without scripts, fonts or images from elsewhere, so that it works wherever it is opened.

mod schema;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use self::schema::described;
use super::problem::KINDS;

const STYLE: &str = include_str!("docs/style.css");

/// The page of a description.
pub(super) fn page(description: &Value) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, description);
    page
}

fn write_page(page: &mut String, description: &Value) -> std::fmt::Result {
    let text = |pointer: &str| description.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let title = escaped(text("/info/title"));
    write!(page, "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>")?;
    write!(
        page,
        "<meta name=viewport content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style>"
    )?;
    write!(page, "<main><h1>{title}</h1><p>{}</p>", escaped(text("/info/description")))?;
    page.push_str(
        "<p>Each request needs a key in the header <code>x-api-key</code>. The same for programs: \
         <a href=/v1/openapi.json>openapi.json</a>, and the form of a record: \
         <a href=/v1/schemas/record-1.json>record-1.json</a>.</p>",
    );
    write_contents(page, description)?;
    for (tag, about) in tags(description) {
        write!(page, "<h2>{}</h2><p>{}</p>", escaped(tag), escaped(about))?;
        for (path, method, operation) in operations(description, tag) {
            write_operation(page, description, path, method, operation)?;
        }
    }
    write_problems(page)?;
    page.push_str("</main></html>");
    Ok(())
}

fn tags(description: &Value) -> impl Iterator<Item = (&str, &str)> {
    let tags = description.get("tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| Some((tag.get("name")?.as_str()?, tag.get("description")?.as_str()?)))
}

/// The operations of a tag: path, method, description.
fn operations<'a>(
    description: &'a Value,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Map<String, Value>)> {
    let paths = description.get("paths").and_then(Value::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods
            .filter_map(|(method, operation)| Some((path.as_str(), method.as_str(), operation.as_object()?)))
    });
    all.filter(move |(_, _, operation)| {
        operation.get("tags").and_then(|tags| tags.get(0)).is_some_and(|first| first == tag)
    })
}

fn write_contents(page: &mut String, description: &Value) -> std::fmt::Result {
    page.push_str("<nav><ul>");
    for (tag, _) in tags(description) {
        for (path, method, operation) in operations(description, tag) {
            let (id, method) = (escaped(str_of(operation, "operationId")), method.to_uppercase());
            write!(page, "<li><a href=#{id}><code>{method} {}</code></a>", escaped(path))?;
        }
    }
    page.push_str("<li><a href=#problems>Problems</a></ul></nav>");
    Ok(())
}

fn write_operation(
    page: &mut String,
    description: &Value,
    path: &str,
    method: &str,
    operation: &Map<String, Value>,
) -> std::fmt::Result {
    let (id, method) = (escaped(str_of(operation, "operationId")), method.to_uppercase());
    write!(page, "<section id={id}><h3><code>{method} {}</code></h3>", escaped(path))?;
    write!(page, "<p><b>{}</b></p>", escaped(str_of(operation, "summary")))?;
    if operation.contains_key("description") {
        write!(page, "<p>{}</p>", escaped(str_of(operation, "description")))?;
    }
    let scopes = operation.get("security").and_then(|security| security.pointer("/0/key")?.as_array());
    for scope in scopes.into_iter().flatten().filter_map(Value::as_str) {
        write!(page, "<p>Needs the scope <code>{}</code>.</p>", escaped(scope))?;
    }
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
        page.push_str("<h4>Parameters</h4><dl>");
        for parameter in parameters.iter().filter_map(Value::as_object) {
            let (name, place) = (str_of(parameter, "name"), str_of(parameter, "in"));
            let form = parameter.get("schema").map(|schema| described(description, schema, 3));
            let (name, form) = (escaped(name), form.unwrap_or_default());
            let about = escaped(str_of(parameter, "description"));
            write!(page, "<dt><code>{name}</code> <small>{place}</small><dd>{about} {form}")?;
        }
        page.push_str("</dl>");
    }
    let body =
        operation.get("requestBody").and_then(|body| body.pointer("/content/application~1json/schema"));
    if let Some(body) = body {
        write!(page, "<h4>Body</h4>{}", described(description, body, 0))?;
    }
    write_responses(page, description, operation)?;
    page.push_str("</section>");
    Ok(())
}

fn write_responses(
    page: &mut String,
    description: &Value,
    operation: &Map<String, Value>,
) -> std::fmt::Result {
    page.push_str("<h4>Answers</h4><dl>");
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    for (status, response) in responses {
        let about = response.get("description").and_then(Value::as_str).unwrap_or_default();
        let kind = KINDS.iter().find(|kind| kind.status.to_string() == *status);
        let about = match kind {
            Some(kind) => format!("<a href=#{}>{}</a>", kind.slug, escaped(about)),
            None => escaped(about),
        };
        write!(page, "<dt>{status}<dd>{about}")?;
        if let Some(schema) = response.pointer("/content/application~1json/schema") {
            write!(page, " {}", described(description, schema, 0))?;
        }
    }
    page.push_str("</dl>");
    Ok(())
}

fn write_problems(page: &mut String) -> std::fmt::Result {
    page.push_str(
        "<h2 id=problems>Problems</h2><p>Whatever is no data is a document of the type \
         <code>application/problem+json</code> (RFC 9457); its <code>type</code> leads here.</p><dl>",
    );
    for kind in KINDS {
        let (slug, title, status) = (kind.slug, escaped(kind.title), kind.status);
        write!(page, "<dt id={slug}>{status} {slug}<dd><b>{title}.</b> {}", escaped(kind.remedy))?;
    }
    page.push_str("</dl>");
    Ok(())
}

fn str_of<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Text within a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
