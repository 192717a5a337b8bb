//! `hark phone call`: somebody who calls Hark, played in the terminal or from a script.

use std::{
    io::{BufRead, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use shared::config::Settings;
use tokio::sync::mpsc;

use super::{
    caller::{Act, Caller, Turn},
    script, stand_in,
};
use crate::{
    args::{CallOptions, Form},
    demo, output,
};

pub(super) async fn run(options: CallOptions, settings: &Settings<'_>) -> anyhow::Result<()> {
    let base = stand_in(settings)?;
    let from = options.from.clone().unwrap_or_else(|| demo::FIRST_PERSON.to_owned());
    if options.script.is_empty() {
        play(&Caller::at(base)?, &from, &options).await
    } else {
        script::run_all(base.as_str(), &from, &options).await
    }
}

/// What a line of the terminal means.
#[derive(Debug, PartialEq)]
enum Typed {
    Act(Act),
    Record(PathBuf),
}

/// While a recording is wanted, a line is a file; otherwise words, or keys. An empty line is silence.
fn typed(line: &str, records: bool) -> Typed {
    let line = line.trim();
    let is_keys = line.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '*' | '#'));
    match line.strip_prefix("/record ") {
        Some(file) => Typed::Record(PathBuf::from(file.trim())),
        None if line == "/hangup" => Typed::Act(Act::HangUp),
        None if line.is_empty() => Typed::Act(Act::Silence),
        None if records && !is_keys => Typed::Record(PathBuf::from(line)),
        None if is_keys => Typed::Act(Act::Press(line.to_owned())),
        None => Typed::Act(Act::Say { words: line.to_owned(), confidence: None, after: None }),
    }
}

async fn play(caller: &Caller, from: &str, options: &CallOptions) -> anyhow::Result<()> {
    let form = options.output.form();
    let mut lines = lines();
    let mut turn = caller.call(from, &wanted(options)).await?;
    while {
        show(&turn, form)?;
        !turn.has_ended()
    } {
        prompt(&turn, form)?;
        let line = lines.recv().await;
        if form == Form::Text && !std::io::stdin().is_terminal() {
            // What comes from a pipe is not seen otherwise.
            output::line(line.as_deref().unwrap_or("/hangup"))?;
        }
        let next = line.as_deref().map_or(Typed::Act(Act::HangUp), |line| typed(line, turn.records()));
        let taken = match &next {
            Typed::Act(act) => caller.act(&turn.call_sid, act).await,
            Typed::Record(file) => caller.record(&turn.call_sid, file, false).await,
        };
        match taken {
            Ok(next) => turn = next,
            // A wrong file or a wrong moment: the call goes on, and the caller tries again.
            Err(error) => {
                eprintln!("{error:#}");
                turn.heard.clear();
                turn.warnings.clear();
            }
        }
    }
    if form == Form::Json {
        let protocol = caller.protocol(&turn.call_sid).await?;
        output::line(protocol)?;
    } else {
        output::line(format!("The call has ended: {}.", turn.end()))?;
    }
    if turn.ended_by.as_deref() == Some("error") {
        bail!("the call ended by an error: {}", turn.error.as_deref().unwrap_or("unknown"));
    }
    Ok(())
}

fn wanted(options: &CallOptions) -> Value {
    json!({ "to": options.to, "stir_verstat": options.stir })
}

fn show(turn: &Turn, form: Form) -> anyhow::Result<()> {
    if form == Form::Json {
        return Ok(());
    }
    for heard in &turn.heard {
        match &heard.play {
            Some(file) => output::line(format!("Hark plays {file}"))?,
            None => output::line(format!("Hark: {}", heard.text))?,
        }
    }
    for warning in &turn.warnings {
        eprintln!("warning: {warning}");
    }
    Ok(output::flush()?)
}

fn prompt(turn: &Turn, form: Form) -> anyhow::Result<()> {
    if form == Form::Text {
        let what = if turn.records() { "(recording: type a file, or nothing)" } else { "(listening)" };
        output::ask(&format!("{what} > "))?;
    }
    Ok(())
}

/// The lines that are typed, read beside everything else; none at the end.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    // A thread of its own: one of the runtime's would keep the command from ending until another line is typed.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The text of a script.
pub(super) async fn read(file: &Path) -> anyhow::Result<String> {
    tokio::fs::read_to_string(file).await.with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_keys_silence_or_a_command() {
        let say =
            |words: &str| Typed::Act(Act::Say { words: words.to_owned(), confidence: None, after: None });
        assert_eq!(typed("what did Ben say? ", false), say("what did Ben say?"));
        assert_eq!(typed("1*#", false), Typed::Act(Act::Press("1*#".to_owned())));
        assert_eq!(typed("  ", false), Typed::Act(Act::Silence));
        assert_eq!(typed("/hangup", true), Typed::Act(Act::HangUp));
        assert_eq!(typed("/record a.ogg", false), Typed::Record("a.ogg".into()));
        assert_eq!(typed("notes/a.ogg", true), Typed::Record("notes/a.ogg".into()));
        assert_eq!(typed("#", true), Typed::Act(Act::Press("#".to_owned())));
    }
}
