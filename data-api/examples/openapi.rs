//! Prints the description of the routes below `/v1`: `cargo run --package data-api --example openapi > data-api/openapi.json`.

use std::io::{self, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &data_api::description()?)?;
    writeln!(out)?;
    Ok(())
}
