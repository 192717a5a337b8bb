//! Programs that people use on a stack, as stories use them: `hark`, the deployment, and two tools of the tests for what
//! no port shows: logs, and what a role may do.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use reqwest::Url;
use serde_json::Value;
use shared::config::Settings;
use system_tests::Stack;
use tokio::{io::AsyncWriteExt, process::Command};

/// What the programs read of a stack.
const NAMES: [&str; 24] = [
    "HARK_ENV",
    "WEBHOOK_URL",
    "DATA_API_URL",
    "PANEL_URL",
    "DATA_BUCKET",
    "TABLE_NAME",
    "QUEUE_URL",
    "DEAD_LETTER_QUEUE_URL",
    "CUSTOMER_LOOKUP_FUNCTION",
    "TWILIO_SECRET_ID",
    "OPENAI_SECRET_ID",
    "API_KEYS_SECRET_ID",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_WHATSAPP_NUMBER",
    "TWILIO_SMS_NUMBER",
    "TWILIO_API_BASE_URL",
    "OPENAI_BASE_URL",
    "HARK_SIM_URL",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace")
}

/// What a program said, and how it ended.
pub(crate) struct Ended {
    pub(crate) is_success: bool,
    pub(crate) output: String,
    pub(crate) told: String,
}

impl Ended {
    /// Its output, if it ended well.
    pub(crate) fn well(self) -> String {
        assert!(self.is_success, "{}", self.told);
        self.output
    }
}

/// Runs a program on a stack, with the stack's names in place of whatever the environment says of another.
pub(crate) async fn run(stack: &Stack, mut command: Command, input: &str) -> Ended {
    for name in NAMES {
        match stack.optional(name) {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(port) = stack.optional("AWS_ENDPOINT_URL").and_then(|url| url.parse::<Url>().ok()?.port()) {
        command.env("HARK_STACK_PORT", port.to_string());
    }
    command
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let shown = format!("{:?}", command.as_std().get_program());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown} does not start: {error}"));
    child.stdin.take().expect("its input").write_all(input.as_bytes()).await.expect("it reads");
    let Output { status, stdout, stderr } = child.wait_with_output().await.expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { is_success: status.success(), output: text(stdout), told: text(stderr) }
}

/// A script of the repository, run by the Python that `make` installed, or by that of `HARK_PYTHON`.
pub(crate) fn script(path: &str) -> Command {
    let python = Settings::from_environment()
        .optional("HARK_PYTHON")
        .map_or_else(|| root().join(".venv/bin/python"), PathBuf::from);
    assert!(python.exists(), "{} is missing: run `make .venv/ready`, or set HARK_PYTHON", python.display());
    let mut command = Command::new(python);
    command.arg(root().join(path));
    command
}

/// The `hark` command on a stack.
pub(crate) struct Hark<'a> {
    stack: &'a Stack,
}

impl<'a> Hark<'a> {
    pub(crate) const fn of(stack: &'a Stack) -> Self {
        Self { stack }
    }

    /// Runs it with these arguments and `--json`; it must end well. Answers what it printed.
    pub(crate) async fn does(&self, arguments: &[&str]) -> Value {
        // Where `make build` puts it: beside the tests lies whatever was built last, perhaps without stacks.
        let hark = root().join("target/hark");
        assert!(hark.exists(), "{} is missing: run `make build` first", hark.display());
        let mut command = Command::new(hark);
        command.args(arguments).arg("--json");
        let printed = run(self.stack, command, "").await.well();
        serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("hark {arguments:?} printed no JSON: {error}"))
    }
}
