//! The company's own software: a client of the data API.

use std::collections::BTreeMap;

use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};

use crate::{KEY, client};

/// A client of the data API with one key.
pub struct Office {
    http: Client,
    base: String,
    key: String,
}

impl Office {
    /// The demo company's software.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self::with_key(url, KEY)
    }

    /// The software of whoever has this key.
    #[must_use]
    pub fn with_key(url: &str, key: &str) -> Self {
        Self { http: client(), base: url.trim_end_matches('/').to_owned(), key: key.to_owned() }
    }

    /// A request: path and query.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.base);
        let answer = self.http.get(url).header("x-api-key", &self.key).send().await.expect("an answer");
        let status = answer.status();
        (status, answer.json().await.unwrap_or(json!(null)))
    }

    /// The files of a note of the demo company, by type. Empty while there are none.
    pub async fn files_of(&self, id: &str) -> BTreeMap<String, String> {
        let (status, body) =
            self.get(&format!("/files/by-message?company_id=demo-plumbing&message_id={id}")).await;
        if status == StatusCode::NOT_FOUND {
            return BTreeMap::new();
        }
        assert_eq!(status, StatusCode::OK, "{body}");
        let files = body["files"].as_array().expect("files");
        let text = |file: &Value, name: &str| file[name].as_str().expect("text").to_owned();
        files.iter().map(|file| (text(file, "type"), text(file, "key"))).collect()
    }

    /// A file's bytes: by its key, through a presigned URL, without a key of its own.
    pub async fn download(&self, key: &str) -> Vec<u8> {
        let mut url: Url = format!("{}/files/get-download-url", self.base).parse().expect("an address");
        url.query_pairs_mut().append_pair("key", key);
        let answer = self.http.get(url).header("x-api-key", &self.key).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.expect("JSON");
        let file =
            self.http.get(answer["url"].as_str().expect("an address")).send().await.expect("an answer");
        assert_eq!(file.status(), StatusCode::OK);
        file.bytes().await.expect("the file").to_vec()
    }

    /// The record of a note.
    pub async fn record_of(&self, id: &str) -> Value {
        let files = self.files_of(id).await;
        serde_json::from_slice(&self.download(&files["record"]).await).expect("JSON")
    }
}
