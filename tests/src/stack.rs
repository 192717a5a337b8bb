//! A deployed stack, on the stand-in for AWS or on an account, as tests reach it: by the names that its deployment
//! wrote down, and nothing else.
//!
//! `let stack = Stack::open(); let objects = S3Objects::new(&stack.aws(), stack.get("DATA_BUCKET"));`

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use adapter_aws::{AwsBase, AwsSettings};
use shared::config::Settings;

/// What every stack has.
const NAMES: [&str; 8] = [
    "HARK_ENV",
    "WEBHOOK_URL",
    "DATA_API_URL",
    "PANEL_URL",
    "DATA_BUCKET",
    "TABLE_NAME",
    "QUEUE_URL",
    "DEAD_LETTER_QUEUE_URL",
];
/// What a stack on the stand-in has besides.
const LOCAL_NAMES: [&str; 5] =
    ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER", "AWS_ENDPOINT_URL", "HARK_SIM_URL"];
/// The stand-in's region and credentials, whatever the environment says: the credentials of an account are not for it.
const STAND_IN: [(&str, Option<&str>); 5] = [
    ("AWS_REGION", Some("eu-central-1")),
    ("AWS_DEFAULT_REGION", None),
    ("AWS_ACCESS_KEY_ID", Some("test")),
    ("AWS_SECRET_ACCESS_KEY", Some("test")),
    ("AWS_SESSION_TOKEN", None),
];

/// Where the stand-in's stack writes its names, from the root of the workspace.
const LOCAL_FILE: &str = "target/dev-stack.env";

type Environment = fn(&str) -> Option<String>;

/// Why there is no stack to test.
#[derive(Debug, thiserror::Error)]
pub enum NoStack {
    /// Nothing has been deployed, or somewhere else.
    #[error(
        "there is no stack to test, since {} cannot be read ({}): run `make dev-stack` first, or name the file of \
         another stack in HARK_STACK_ENV", .0.display(), .1
    )]
    NoFile(PathBuf, io::Error),
    /// The file is not what a deployment writes.
    #[error("{}, line {}: not NAME=value; `make dev-stack` writes it anew", .0.display(), .1)]
    BadLine(PathBuf, usize),
    /// The file and the environment do not speak of the same stack.
    #[error(
        "{} is of the stack {}, but HARK_ENV is {}: name the file of that stack in HARK_STACK_ENV, as written by \
         `make dev-stack` or `make stack-env`", .0.display(), .1, .2
    )]
    Another(PathBuf, String, String),
    /// It is in use.
    #[error("these tests write, delete and fill dead letters: they are not run on HARK_ENV=prod")]
    Production,
    /// The stack is older than what the tests need, or was not deployed to the end.
    #[error(
        "the stack does not say {}: run `make dev-stack`, or for an account set what `make stack-env` prints",
        .0.join(", ")
    )]
    Missing(Vec<&'static str>),
}

/// A stack and how to reach it. What stands in the environment goes before what the deployment wrote.
pub struct Stack {
    written: BTreeMap<String, String>,
    environment: Environment,
}

impl Stack {
    /// The stack of the file that `HARK_STACK_ENV` names. If it names none: the stand-in's, or with another `HARK_ENV`
    /// what the environment says.
    ///
    /// # Panics
    /// When there is none, with what to do about it.
    #[must_use]
    pub fn open() -> Self {
        let environment = |name: &str| Settings::from_environment().optional(name);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
        let is_local = environment("HARK_ENV").is_none_or(|env| env == "local");
        let file = environment("HARK_STACK_ENV").or_else(|| is_local.then(|| LOCAL_FILE.to_owned()));
        Self::read(file.map(|file| root.join(file)).as_deref(), environment)
            .unwrap_or_else(|none| panic!("{none}"))
    }

    /// The stack of this file, if there is one, completed from `environment`.
    ///
    /// # Errors
    /// [`NoStack`], naming all that is missing.
    pub fn read(file: Option<&Path>, environment: Environment) -> Result<Self, NoStack> {
        let written = file.map(entries).transpose()?.unwrap_or_default();
        if let (Some(file), Some(of), Some(asked)) = (file, written.get("HARK_ENV"), environment("HARK_ENV"))
            && *of != asked
        {
            return Err(NoStack::Another(file.to_owned(), of.clone(), asked));
        }
        let stack = Self { written, environment };
        if stack.written_or_set("HARK_ENV").as_deref() == Some("prod") {
            return Err(NoStack::Production);
        }
        let local: &[&str] = if stack.is_local() { &LOCAL_NAMES } else { &[] };
        let missing: Vec<_> =
            NAMES.iter().chain(local).copied().filter(|name| stack.optional(name).is_none()).collect();
        if missing.is_empty() { Ok(stack) } else { Err(NoStack::Missing(missing)) }
    }

    /// Whether it runs on the stand-in, on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.written_or_set("HARK_ENV").as_deref() == Some("local")
    }

    /// What the stack says under this name; on the stand-in also its region and credentials.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        match STAND_IN.iter().find(|(known, _)| *known == name) {
            Some((_, fixed)) if self.is_local() => fixed.map(str::to_owned),
            _ => self.written_or_set(name),
        }
    }

    /// The same, for what a test cannot do without.
    ///
    /// # Panics
    /// When the stack does not say it.
    #[must_use]
    pub fn get(&self, name: &str) -> String {
        self.optional(name)
            .unwrap_or_else(|| panic!("{name} is not set: `make dev-stack` writes it, for an account set it"))
    }

    /// For everything that is made from settings.
    #[must_use]
    pub fn settings(&self) -> Settings<'_> {
        Settings::new(|name| self.optional(name))
    }

    /// The account, or the stand-in.
    ///
    /// # Panics
    /// When the environment has no credentials for the account; says which variables are missing.
    #[must_use]
    pub fn aws(&self) -> AwsBase {
        let mut settings = self.settings();
        let read = AwsSettings::read(&mut settings);
        settings.finish().unwrap_or_else(|faults| panic!("{faults}"));
        AwsBase::new(&read).expect("a client")
    }

    fn written_or_set(&self, name: &str) -> Option<String> {
        (self.environment)(name).or_else(|| self.written.get(name).filter(|value| !value.is_empty()).cloned())
    }
}

fn entries(file: &Path) -> Result<BTreeMap<String, String>, NoStack> {
    let text = std::fs::read_to_string(file).map_err(|error| NoStack::NoFile(file.to_owned(), error))?;
    let is_entry = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
    let entry = |(at, line): (usize, &str)| {
        let (name, value) = line.split_once('=').ok_or_else(|| NoStack::BadLine(file.to_owned(), at + 1))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    text.lines().enumerate().filter(|(_, line)| is_entry(line)).map(entry).collect()
}
