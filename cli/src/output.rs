//! Printing: a line for people, or one JSON object for scripts.

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
