//! What README.md shows is what happens.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use shared::config::Settings;
use system_tests::{HarkDev, KEY, process::hark};
use tokio::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// The code blocks of the README, by their language.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let parts = readme.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).map(str::to_owned).collect()
}

/// The one command of the README that begins so.
fn command(beginning: &str) -> String {
    let all = blocks("sh").join("\n");
    let mut found = all.lines().filter(|line| line.starts_with(beginning));
    let command = found.next().unwrap_or_else(|| panic!("README.md does not show {beginning}"));
    assert_eq!(found.next(), None);
    command.to_owned()
}

/// Runs a command as a reader would type it, in the repository.
async fn typed(command: &str, settings: &[(&str, &str)]) -> String {
    let path = Settings::from_environment().optional("PATH").expect("a path to programs");
    let shell = Command::new("sh")
        .args(["-ec", command])
        .current_dir(root())
        .env_clear()
        .env("PATH", path)
        .envs(settings.iter().copied())
        .output()
        .await
        .expect("a shell");
    assert!(shell.status.success(), "{command}: {}", String::from_utf8_lossy(&shell.stderr));
    String::from_utf8(shell.stdout).expect("UTF-8")
}

#[tokio::test]
async fn the_commands_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let settings = BTreeMap::from([("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned())]);
    let dev = HarkDev::start(folder.path(), &settings).await;
    let port = dev.simulators().rsplit(':').next().unwrap().to_owned();

    let phone = command("target/hark phone voice").replace("target/hark", hark().to_str().unwrap());
    let shown = typed(&phone, &[("HARK_SIM_PORT", &port)]).await;
    let promised = blocks("text").remove(0);
    assert_eq!(shown.lines().count(), promised.lines().count(), "{shown}");
    for (shown, promised) in shown.lines().zip(promised.lines()) {
        let fits = match promised.split_once('…') {
            Some((beginning, end)) => shown.starts_with(beginning) && shown.ends_with(end),
            None => shown == promised,
        };
        assert!(fits, "README: {promised}\nshown: {shown}");
    }

    let sid = shown.lines().next().unwrap().trim_start_matches("sent ").to_owned();
    let curl =
        command("curl").replace("http://127.0.0.1:8080", &dev.url()).replace("curl", "curl --fail --silent");
    let listed: Value = serde_json::from_str(&typed(&curl, &[("KEY", KEY), ("SID", &sid)]).await).unwrap();
    let types: Vec<_> = listed["files"].as_array().unwrap().iter().map(|file| file["type"].clone()).collect();
    assert_eq!(types, ["audio", "full_text", "text_summary", "record"]);
    dev.kill().await;
}
