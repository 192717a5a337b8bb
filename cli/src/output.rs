//! Speaking with the terminal: a line for people, or one JSON object for scripts, and the signal to end.

use std::io::Write;

use serde::Serialize;

use crate::args::Form;

/// Prints `value` as JSON, or what `text` makes of it.
pub(crate) fn print<T: Serialize>(
    form: Form,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    match form {
        Form::Json => println!("{}", serde_json::to_string(value)?),
        Form::Text => println!("{}", text(value)),
    }
    Ok(())
}

/// Whoever reads what was printed has it now: a command that goes on running says first that it is ready.
pub(crate) fn flush() -> std::io::Result<()> {
    std::io::stdout().flush()
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
