//! Calls from scripts (`tests/calls/`), each against a whole product of its own in which three messages of colleagues wait.

use std::{fs, path::PathBuf, time::Duration};

use cli::phone::{ScriptOptions, run_script};
use futures::{StreamExt, stream};
use system_tests::{Options, World};

/// Who calls unless a script says otherwise: Anna, whom the demo company knows by this number, too.
const ANNA: &str = "+15555550100";
/// How many calls go on at the same time.
const AT_ONCE: usize = 4;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn scripts() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("tests/calls")).expect("the folder of scripts");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let mut scripts: Vec<(String, String)> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "call"))
        .map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&file).expect("a script"))
        })
        .collect();
    scripts.sort();
    scripts
}

/// The lines `#: NAME=value`.
fn settings(script: &str) -> Vec<(&str, &str)> {
    script.lines().filter_map(|line| line.strip_prefix("#:")?.trim().split_once('=')).collect()
}

async fn played(name: &str, script: &str) -> Option<String> {
    let settings = settings(script);
    let options =
        settings.iter().fold(Options::default().with("HARK_DEMO_MESSAGES", "on"), |all, (name, value)| {
            all.with(name, value)
        });
    let world = World::with(options).await;
    if !settings.contains(&("HARK_DEMO_MESSAGES", "off")) {
        world.until_unread("anna", 3, Duration::from_secs(60)).await;
        // What fails in a script is to fail in its call, and in nothing before.
        world.settles().await;
    }
    let from = ScriptOptions { from: ANNA.to_owned(), root: root() };
    let report = run_script(&world.simulators(), script, &from).await;
    world.stop().await;
    (!report.ok).then(|| report.shown(name))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scripted_call_goes_as_it_is_written() {
    let scripts = scripts();
    assert!(scripts.len() >= 40, "{} scripts", scripts.len());
    let only = std::env::args().find_map(|argument| argument.strip_prefix("call=").map(str::to_owned));
    let chosen =
        scripts.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only.as_str())));
    let calls = chosen.map(|(name, script)| played(name, script));
    let failed: Vec<String> =
        stream::iter(calls).buffer_unordered(AT_ONCE).filter_map(async |one| one).collect().await;
    assert!(failed.is_empty(), "{} calls failed:\n{}", failed.len(), failed.join("\n"));
}
