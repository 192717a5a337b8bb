//! What docs/CLIENT_APPS.md shows is what happens.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

use serde_json::{Value, json};
use shared::config::Settings;
use system_tests::{ANNA, BEN, KEY, World, client};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    fs::read_to_string(root.join("docs/CLIENT_APPS.md")).expect("the page")
}

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let page = page();
    let parts = page.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).map(str::to_owned).collect()
}

/// Runs a program of the page with this installation.
fn program(runs: &str, file: &Path, url: &str) -> Command {
    let path = Settings::from_environment().optional("PATH").expect("a path to programs");
    let mut command = Command::new(runs);
    command.arg(file).env_clear().env("PATH", path).env("HARK_URL", url).env("HARK_KEY", KEY);
    command.env("HARK_CURSOR", file.with_extension("cursor")).kill_on_drop(true).stdout(Stdio::piped());
    command
}

#[tokio::test]
async fn the_programs_of_the_page_follow_and_write_back() {
    let world = World::start().await;
    let url = world.dev().started().url.clone();
    let folder = tempfile::tempdir().unwrap();
    let python = blocks("python");
    let programs = BTreeMap::from([("follow.py", &python[0]), ("export.py", &python[2])]);
    let script = blocks("js").remove(0);
    for (name, text) in programs.into_iter().chain([("follow.mjs", &script)]) {
        assert!(text.lines().next().unwrap().ends_with(name), "{name}");
        fs::write(folder.path().join(name), text).unwrap();
    }
    let first = world.says(ANNA, "Please order two copper pipes.").await;
    world.first_message(ANNA).await;
    let mut followers = Vec::new();
    for (runs, name) in [("python3", "follow.py"), ("node", "follow.mjs")] {
        let mut child = program(runs, &folder.path().join(name), &url).spawn().expect(runs);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        assert_eq!(line, "created job-to-be-done Please order two copper pipes.", "{name}");
        followers.push((child, lines));
    }
    // They wait now, and hear of the next one when it comes.
    world.says(BEN, "Please call Mr Smith about the roof.").await;
    for (child, lines) in &mut followers {
        let line = lines.next_line().await.unwrap().unwrap();
        assert_eq!(line, "created job-to-be-done Please call Mr Smith about the roof.");
        child.kill().await.unwrap();
    }
    let export = folder.path().join("export.py");
    let done = program("python3", &export, &url).args([&first, "J-17"]).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stdout), "exported J-17\n");
}

#[tokio::test]
async fn the_receiver_of_the_page_knows_what_is_ours() {
    let world = World::start().await;
    let url = world.dev().started().url.clone();
    let folder = tempfile::tempdir().unwrap();
    let receiver = folder.path().join("receive.py");
    fs::write(&receiver, &blocks("python")[1]).unwrap();
    let port = free_port();
    let endpoint = format!("http://127.0.0.1:{port}/");
    let post = async |path: &str| {
        let request = client().post(format!("{url}{path}")).header("x-api-key", KEY);
        let answer = request.json(&json!({ "url": endpoint })).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json::<Value>().await.unwrap()
    };
    let made = post("/v1/webhooks").await;
    let mut command = program("python3", &receiver, &url);
    command.arg(port.to_string()).env("HARK_SECRET", made["secret"].as_str().unwrap());
    let mut child = command.spawn().expect("python3");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ping = format!("/v1/webhooks/{}/ping", made["id"].as_str().unwrap());
    // Until it listens, nobody answers.
    while post(&ping).await["accepted"] != true {
        tokio::task::yield_now().await;
    }
    assert!(lines.next_line().await.unwrap().unwrap().starts_with("ping"));
    let id = world.says(ANNA, "Please order two copper pipes.").await;
    assert_eq!(lines.next_line().await.unwrap().unwrap(), format!("record.created {id}"));
    child.kill().await.unwrap();
}

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port()
}

#[tokio::test]
async fn the_lines_of_the_page_are_answered() {
    let world = World::start().await;
    world.says(ANNA, "Please order two copper pipes.").await;
    world.first_message(ANNA).await;
    let all = blocks("sh").join("\n");
    let lines: Vec<&str> = all.lines().filter(|line| line.starts_with("curl -H")).collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        let path = line.split("http://127.0.0.1:8080").nth(1).unwrap().trim_end_matches('"');
        let request = client().get(format!("{}{path}", world.dev().started().url)).header("x-api-key", KEY);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{line}");
        let body: Value = answer.json().await.unwrap();
        assert!(body.to_string().contains("two copper pipes"), "{line}: {body}");
    }
}
