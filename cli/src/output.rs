//! Speaking with the terminal: a line for people, or one JSON object for scripts, and the signal to end.

use std::{fmt::Display, io::Write};

use serde::Serialize;

use crate::args::Form;

/// Prints `value` as JSON, or what `text` makes of it.
pub(crate) fn print<T: Serialize>(
    form: Form,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    match form {
        Form::Json => line(serde_json::to_string(value)?),
        Form::Text => line(text(value)),
    }
}

/// Prints a line. Where nobody reads any more (`hark ... | head -1`) nothing is printed, and the command goes on: what it
/// does, and how it ends, do not hang on that.
///
/// # Errors
/// When it cannot be written otherwise: a full disk, for instance.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    Ok(unless_unread(writeln!(std::io::stdout(), "{text}"))?)
}

/// Prints what is wanted, on a line that the answer will stand on.
pub(crate) fn ask(text: &str) -> anyhow::Result<()> {
    unless_unread(write!(std::io::stdout(), "{text}"))?;
    Ok(flush()?)
}

fn unless_unread(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Whoever reads what was printed has it now: a command that goes on running says first that it is ready.
pub(crate) fn flush() -> std::io::Result<()> {
    unless_unread(std::io::stdout().flush())
}

/// Returns at Ctrl-C, or at the signal that a service manager sends.
pub(crate) async fn asked_to_end() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
