//! Scripted calls: each is played against a running stand-in and judged line by line. `cli/README.md` lists the steps.

mod parse;
mod play;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Serialize;

use super::call::read;
use crate::{
    args::{CallOptions, Form},
    demo, output,
};
use play::Player;

/// What a script does not say itself.
#[derive(Debug, Clone)]
pub struct ScriptOptions {
    /// Who calls.
    pub from: String,
    /// Where the files of `record` lie.
    pub root: PathBuf,
}

impl Default for ScriptOptions {
    fn default() -> Self {
        Self { from: demo::FIRST_PERSON.to_owned(), root: PathBuf::from(".") }
    }
}

/// What came of a script.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What it is about.
    pub title: Option<String>,
    /// Whether all of it was as it should be.
    pub ok: bool,
    /// The line that was not.
    pub line: Option<usize>,
    /// Why.
    pub why: Option<String>,
    /// All that was heard, in its order.
    pub heard: Vec<String>,
}

impl Report {
    /// One line: `ok`, or `FAILED line N: why`, with what was heard.
    #[must_use]
    pub fn shown(&self, name: &str) -> String {
        let title = self.title.as_ref().map(|title| format!(" ({title})")).unwrap_or_default();
        if self.ok {
            return format!("ok {name}{title}");
        }
        let line = self.line.map(|line| format!(" line {line}")).unwrap_or_default();
        let why = self.why.as_deref().unwrap_or("unknown");
        format!("FAILED {name}{title}{line}: {why}\n  heard: {}", self.heard.join(" / "))
    }
}

/// Plays one script against the stand-ins at `base_url`. Faults that it planned are cleared at its end, and a call that is
/// still going on is hung up. Whatever fails, a script that cannot be read too, is in the report.
pub async fn run_script(base_url: &str, text: &str, options: &ScriptOptions) -> Report {
    let mut report = Report { title: None, ok: false, line: None, why: None, heard: Vec::new() };
    let lines = match parse::parse(text) {
        Ok(lines) => lines,
        Err((line, why)) => {
            (report.line, report.why) = (Some(line), Some(why));
            return report;
        }
    };
    let mut player = match Player::new(base_url, options) {
        Ok(player) => player,
        Err(error) => {
            report.why = Some(format!("{error:#}"));
            return report;
        }
    };
    match player.play(&lines).await {
        Ok(()) => report.ok = true,
        Err((line, why)) => (report.line, report.why) = (line, Some(why)),
    }
    report.title = player.title().map(str::to_owned);
    report.heard = player.heard();
    report
}

#[derive(Serialize)]
struct Named<'a> {
    file: &'a Path,
    #[serde(flatten)]
    report: Report,
}

/// Plays the scripts that were named, one after the other.
pub(super) async fn run_all(base_url: &str, from: &str, options: &CallOptions) -> anyhow::Result<()> {
    let form = options.output.form();
    let script_options = ScriptOptions { from: from.to_owned(), ..ScriptOptions::default() };
    let mut all = Vec::new();
    for file in &options.script {
        let report = run_script(base_url, &read(file).await?, &script_options).await;
        if form == Form::Text {
            output::line(report.shown(&file.display().to_string()))?;
        }
        all.push(Named { file, report });
    }
    let failed = all.iter().filter(|one| !one.report.ok).count();
    match form {
        Form::Text => output::line(format!("{} scripts, {failed} failed", all.len()))?,
        Form::Json => output::line(serde_json::to_string(&all)?)?,
    }
    if failed > 0 {
        bail!("{failed} of {} scripts failed", all.len());
    }
    Ok(())
}
