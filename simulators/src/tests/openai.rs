//! What Hark meets at OpenAI.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{harness::Stage, sound::ogg};

async fn transcribe(
    stage: &Stage,
    name: &str,
    bytes: Vec<u8>,
    fields: &[(&'static str, &'static str)],
) -> (u16, Value) {
    let file = Part::bytes(bytes).file_name(name.to_owned()).mime_str("audio/ogg").unwrap();
    let form =
        fields.iter().fold(Form::new().part("file", file), |form, (name, value)| form.text(*name, *value));
    let request = stage.client.post(stage.url("/v1/audio/transcriptions")).bearer_auth("any").multipart(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

const MODEL: [(&str, &str); 1] = [("model", "gpt-4o-transcribe")];

#[tokio::test]
async fn the_transcript_comes_from_the_tags() {
    let stage = Stage::new().await;
    let long = format!("TRANSCRIPT={}", "Grüße ".repeat(200));
    let (status, answer) = transcribe(&stage, "a.ogg", ogg(&[&long], 0, 2), &MODEL).await;
    assert_eq!(status, 200);
    assert_eq!(answer["text"], "Grüße ".repeat(200));
    assert_eq!(answer["usage"]["input_token_details"]["audio_tokens"], 20);
    let (_, answer) =
        transcribe(&stage, "a.ogg", ogg(&["transcript=Hi"], 0, 2), &[("model", "whisper-1")]).await;
    assert_eq!(answer, json!({ "text": "Hi", "usage": { "type": "duration", "seconds": 2.0 } }));
}

#[tokio::test]
async fn a_part_of_a_recording_has_its_own_texts() {
    let stage = Stage::new().await;
    let tags = ["TRANSCRIPT=all", "TRANSCRIPT_AT=0|one", "TRANSCRIPT_AT=3.5|two", "TRANSCRIPT_AT=4|three"];
    let whole = transcribe(&stage, "a.ogg", ogg(&tags, 0, 8), &MODEL).await.1;
    assert_eq!(whole["text"], "one two three");
    let first = transcribe(&stage, "a.ogg", ogg(&tags, 0, 4), &MODEL).await.1;
    assert_eq!(first["text"], "one two");
    let kept = transcribe(&stage, "a.ogg", ogg(&tags, 4, 4), &MODEL).await.1;
    assert_eq!(kept["text"], "three");
    let zeroed = [&tags[..], &["HARK_PART_OFFSET=4"]].concat();
    let zeroed = transcribe(&stage, "a.ogg", ogg(&zeroed, 0, 4), &MODEL).await.1;
    assert_eq!(zeroed["text"], "three");
    assert_eq!(zeroed["usage"], kept["usage"]);
}

#[tokio::test]
async fn the_transcript_that_came_with_the_recording_is_remembered() {
    let mut stage = Stage::new().await;
    stage.voice(ogg(&["TRANSCRIPT=tag"], 0, 3), Some("Zamów 5 zaworów")).await;
    stage.webhook().await;
    let (_, same) = transcribe(&stage, "a.ogg", ogg(&["TRANSCRIPT=tag"], 0, 3), &MODEL).await;
    assert_eq!(same["text"], "Zamów 5 zaworów");
    let (_, other_tags) = transcribe(&stage, "a.ogg", ogg(&[], 0, 3), &MODEL).await;
    assert_eq!(other_tags["text"], "Zamów 5 zaworów");
    let (_, other_sound) = transcribe(&stage, "a.ogg", ogg(&[], 0, 4), &MODEL).await;
    assert_eq!(other_sound["text"], "Simulated transcription: this recording carries no transcript.");
}

#[tokio::test]
async fn wrong_recordings_are_refused() {
    let stage = Stage::new().await;
    for name in ["a.oga", "a.opus", "a", "a.amr"] {
        let (status, error) = transcribe(&stage, name, ogg(&[], 0, 1), &MODEL).await;
        assert_eq!(status, 400);
        assert!(error["error"]["message"].as_str().unwrap().starts_with("Invalid file format"), "{name}");
    }
    assert_eq!(transcribe(&stage, "a.ogg", Vec::new(), &MODEL).await.0, 400);
    assert_eq!(transcribe(&stage, "a.ogg", b"#!AMR\n".to_vec(), &MODEL).await.0, 400);
    assert_eq!(transcribe(&stage, "a.ogg", ogg(&[], 0, 1), &[]).await.0, 400);
    assert_eq!(transcribe(&stage, "a.ogg", ogg(&[], 0, 1), &[("model", "nothing")]).await.0, 404);
    let formatted = [MODEL[0], ("response_format", "verbose_json")];
    assert_eq!(transcribe(&stage, "a.ogg", ogg(&[], 0, 1), &formatted).await.0, 400);
    let mut large = ogg(&[], 0, 1);
    large.resize(26_214_401, 0);
    assert_eq!(transcribe(&stage, "a.ogg", large, &MODEL).await.0, 413);
    let (status, error) = transcribe(&stage, "a.ogg", ogg(&[], 0, 1401), &MODEL).await;
    assert_eq!((status, &error["error"]["code"]), (400, &"audio_too_long".into()));
    assert_eq!(transcribe(&stage, "a.ogg", ogg(&[], 0, 1401), &[("model", "whisper-1")]).await.0, 200);
    assert_eq!(
        transcribe(&stage, "a.ogg", ogg(&[], 1000, 1000), &MODEL).await.0,
        200,
        "a part is as long as it is"
    );

    let form = Form::new().text("model", "whisper-1");
    let no_file = stage.client.post(stage.url("/v1/audio/transcriptions")).bearer_auth("any").multipart(form);
    assert_eq!(no_file.send().await.unwrap().status(), 400);
    let no_key = stage.client.post(stage.url("/v1/audio/transcriptions")).send().await.unwrap();
    assert_eq!(no_key.status(), 401);
    assert!(no_key.json::<Value>().await.unwrap()["error"]["code"].is_null());
}

#[tokio::test]
async fn whisper_gives_segments() {
    let stage = Stage::new().await;
    let fields = [("model", "whisper-1"), ("response_format", "verbose_json")];
    let (_, answer) =
        transcribe(&stage, "a.ogg", ogg(&["TRANSCRIPT=Die Pumpe ist kaputt. Bitte kommen!"], 0, 10), &fields)
            .await;
    assert_eq!((&answer["language"], &answer["duration"]), (&"german".into(), &10.0.into()));
    assert_eq!(answer["segments"][1]["start"], 5.0);
}

/// The schema as Hark sends it.
fn schema() -> Value {
    let text = json!({ "type": "string" });
    let object = |properties: Value| {
        let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        json!({ "type": ["object", "null"], "additionalProperties": false, "required": required, "properties": properties })
    };
    let maybe = json!({ "type": ["string", "null"] });
    let mut item = object(json!({ "text": text, "quote": text }));
    item["type"] = json!("object");
    let mut root = object(json!({
        "intent": { "type": "string", "enum": ["job-to-be-done", "knowledge-document", "other"] },
        "language": { "type": "string", "enum": ["en", "de", "pl"] },
        "tag": text,
        "job": object(json!({ "summary": text, "job": text, "context": maybe, "action_items": { "type": "array", "items": item } })),
        "document": object(json!({ "title": text, "summary": text, "context": maybe })),
        "other": object(json!({ "summary": maybe })),
    }));
    root["type"] = json!("object");
    root
}

async fn analyse(stage: &Stage, schema: &Value, user: &str) -> (u16, Value) {
    let body = json!({
        "model": "gpt-5-nano",
        "messages": [{ "role": "system", "content": "Please order." }, { "role": "user", "content": user }],
        "response_format": { "type": "json_schema", "json_schema": { "name": "note_analysis", "strict": true, "schema": schema } },
    });
    let request = stage.client.post(stage.url("/v1/chat/completions")).bearer_auth("any").json(&body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_note_is_analysed_in_the_shape_of_the_schema() {
    let stage = Stage::new().await;
    let note = "Note:\n<note>\nDer Keller ist nass. Ruf bitte Herrn Weber an!\n</note>";
    let (status, answer) = analyse(&stage, &schema(), note).await;
    assert_eq!(status, 200);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let content: Value =
        serde_json::from_str(answer["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        content,
        json!({
            "intent": "job-to-be-done",
            "language": "de",
            "tag": "keller-nass",
            "job": {
                "summary": "Ruf bitte Herrn Weber an! (simulated)",
                "job": "Ruf bitte Herrn Weber an!",
                "context": "Der Keller ist nass.",
                "action_items": [{ "text": "Ruf bitte Herrn Weber an", "quote": "Ruf bitte Herrn Weber an!" }],
            },
            "document": null,
            "other": null,
        })
    );
}

#[tokio::test]
async fn a_loose_schema_is_refused() {
    let stage = Stage::new().await;
    let mut loose = schema();
    loose["properties"]["job"]["required"] = json!([]);
    let (status, error) = analyse(&stage, &loose, "x").await;
    assert_eq!(status, 400);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "Invalid schema for response_format 'note_analysis': In context=('properties', 'job')"
        )
    );
}

#[tokio::test]
async fn chat_refuses_what_openai_refuses() {
    let stage = Stage::new().await;
    let ask = async |body: Value| {
        let request = stage.client.post(stage.url("/v1/chat/completions")).bearer_auth("any").json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let messages = json!([{ "role": "user", "content": "hi" }]);
    for body in [
        json!({ "messages": messages }),
        json!({ "model": "gpt-5", "messages": [] }),
        json!({ "model": "gpt-5-nano", "messages": messages, "temperature": 0 }),
        json!({ "model": "gpt-5-nano", "messages": messages, "max_tokens": 9 }),
        json!({ "model": "gpt-5-nano", "messages": messages, "temprature": 1 }),
        json!([]),
    ] {
        assert_eq!(ask(body.clone()).await.0, 400, "{body}");
    }
    let (status, answer) = ask(json!({ "model": "gpt-5-nano", "messages": messages })).await;
    assert_eq!(status, 200);
    assert!(answer["choices"][0]["message"]["content"].as_str().unwrap().starts_with("Simulated: "));
}

#[tokio::test]
async fn what_is_said_on_the_telephone_is_known_by_the_name_of_its_schema() {
    let stage = Stage::new().await;
    let user = "<messages>[{\"number\":2,\"from\":\"Ben\",\"text\":\"The valve is in the cellar. Bye.\"}]</messages>\n\
                <jobs>[]</jobs>\n<question>Where is the valve?</question>";
    let numbers = json!({ "type": "array", "items": { "type": "integer" } });
    let text = json!({ "type": "string" });
    let asked = [
        (
            "spoken_summary",
            json!({ "summary": text }),
            json!({ "summary": "Simulated: Ben: The valve is in the cellar." }),
        ),
        (
            "spoken_answer",
            json!({ "answer": text, "messages": numbers, "jobs": numbers }),
            json!({ "answer": "Simulated: The valve is in the cellar.", "messages": [2], "jobs": [] }),
        ),
    ];
    for (name, properties, expected) in asked {
        let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
        let schema = json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
        let body = json!({
            "model": "gpt-5-nano",
            "messages": [{ "role": "system", "content": "Speak." }, { "role": "user", "content": user }],
            "response_format": { "type": "json_schema", "json_schema": { "name": name, "strict": true, "schema": schema } },
        });
        let request = stage.client.post(stage.url("/v1/chat/completions")).bearer_auth("any").json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(content).unwrap(), expected);
    }
}

#[tokio::test]
async fn responses_and_models_have_their_shapes() {
    let stage = Stage::new().await;
    let body = json!({
        "model": "gpt-5-nano",
        "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "Zadzwoń do pana Nowaka." }] }],
        "text": { "format": { "type": "json_schema", "name": "note_analysis", "strict": true, "schema": schema() } },
    });
    let request = stage.client.post(stage.url("/v1/responses")).bearer_auth("any").json(&body);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let text = answer["output"][0]["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["language"], "pl");
    assert_eq!((&answer["status"], &answer["object"]), (&"completed".into(), &"response".into()));

    let get = |path: &str| stage.client.get(stage.url(path)).bearer_auth("any").send();
    let models: Value = get("/v1/models").await.unwrap().json().await.unwrap();
    assert_eq!(models["object"], "list");
    let model: Value = get("/v1/models/gpt-5-mini").await.unwrap().json().await.unwrap();
    assert_eq!((&model["id"], &model["shutdown_date"]), (&"gpt-5-mini".into(), &Value::Null));
    let unknown = get("/v1/models/nonsense").await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.json::<Value>().await.unwrap()["error"]["code"], "model_not_found");
    assert_eq!(get("/v1/nothing").await.unwrap().status(), 404);
}
