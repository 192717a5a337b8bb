//! Prints what Hark knows of a recording without any model: `cargo run -p voice-parser --example measure_audio
//! -- [--json] FILE...`. What is printed: the sniffed kind, the figures, and what the gate says.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bytes::Bytes;
use serde_json::json;
use voice_parser::audio::{gate, measure, sniff};

fn main() -> io::Result<ExitCode> {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let as_json = flags.iter().any(|flag| flag == "--json");
    let mut out = io::stdout().lock();
    if files.is_empty() {
        writeln!(io::stderr(), "usage: measure_audio [--json] FILE...")?;
        return Ok(ExitCode::from(2));
    }
    for file in files {
        let bytes = Bytes::from(std::fs::read(&file)?);
        let kind = sniff(&bytes);
        let line = match measure(kind, &bytes) {
            Ok(measured) => json!({
                "file": file,
                "kind": kind,
                "figures": measured.figures,
                "incomplete": measured.incomplete,
                "gate": format!("{:?}", gate(&measured.figures)),
            }),
            Err(fault) => json!({ "file": file, "kind": kind, "fault": fault.to_string() }),
        };
        if as_json { writeln!(out, "{line}")? } else { writeln!(out, "{line:#}")? }
    }
    Ok(ExitCode::SUCCESS)
}
