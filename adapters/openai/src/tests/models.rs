//! What an operator learns of a model.

use jiff::civil::{Date, date};
use serde_json::json;

use super::{
    KEY, config, http,
    stub::{Played, Stub, nobody},
};
use crate::models::{ModelState, ModelsError, OpenAiModels, known_shutdown};

async fn state(answer: Played) -> Result<ModelState, ModelsError> {
    let stub = Stub::answering(vec![answer]).await;
    let said = OpenAiModels::new(http(), &config(&stub.base)).look_up("gpt-5-mini").await;
    let seen = stub.seen();
    assert_eq!(seen[0].path, "/v1/models/gpt-5-mini");
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {KEY}"));
    said
}

fn body(status: u16, body: &serde_json::Value) -> Played {
    (status, vec![], body.to_string())
}

fn there(shutdown: Option<Date>) -> Result<ModelState, ModelsError> {
    Ok(ModelState::There { shutdown })
}

#[tokio::test]
async fn a_model_tells_whether_it_is_there_and_until_when() {
    let model = |shutdown| json!({"id": "gpt-5-mini", "object": "model", "shutdown_date": shutdown});
    assert_eq!(state(body(200, &model(json!("2027-01-31")))).await, there(Some(date(2027, 1, 31))));
    assert_eq!(state(body(200, &model(json!(null)))).await, there(None), "another server's own affair");
    assert_eq!(state(body(200, &model(json!("soon")))).await, there(None));
    assert_eq!(state(body(200, &json!({"id": "gpt-5-mini"}))).await, there(None));
}

#[tokio::test]
async fn what_is_missing_is_told_apart_from_what_is_not_told() {
    let missing = json!({"error": {"code": "model_not_found", "message": "canary"}});
    assert_eq!(state(body(404, &missing)).await, Ok(ModelState::Missing));
    for (status, untold) in
        [(404, "404 page not found"), (404, "{\"detail\":\"Not Found\"}"), (405, ""), (200, "<html>")]
    {
        assert_eq!(state((status, vec![], untold.to_owned())).await, Ok(ModelState::Untold), "{untold}");
    }
}

#[tokio::test]
async fn what_cannot_be_learned_is_told_without_the_answer() {
    for (status, error) in [
        (401, ModelsError::KeyRefused),
        (403, ModelsError::KeyRefused),
        (429, ModelsError::Unavailable("too many requests")),
        (500, ModelsError::Unavailable("an error at the server")),
    ] {
        assert_eq!(state((status, vec![], "canary".to_owned())).await, Err(error));
    }
    let models = OpenAiModels::new(http(), &config(&nobody().await));
    let error = models.look_up("gpt-5-mini").await.unwrap_err();
    assert_eq!(error.to_string(), "the server is not to be reached: no connection");
    assert_eq!(format!("{models:?}"), "OpenAiModels");
}

#[test]
fn the_known_dates_are_those_of_a_model_and_its_dated_versions() {
    let december = Some(date(2026, 12, 11));
    for (model, known) in [
        ("gpt-5-mini", december),
        ("gpt-5-mini-2025-08-07", december),
        ("gpt-4o-mini-transcribe", Some(date(2027, 2, 26))),
        ("gpt-4o-mini-transcribe-2025-12-15", Some(date(2027, 2, 26))),
        ("gpt-5.6-terra", None),
        ("gpt-transcribe", None),
        ("gpt-5-minimal", None),
        ("my-own-model", None),
    ] {
        assert_eq!(known_shutdown(model), known, "{model}");
    }
}
