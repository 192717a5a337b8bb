//! Prints the description of the routes below `/v1`: `cargo run --package data-api --example openapi > data-api/openapi.json`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", serde_json::to_string_pretty(&data_api::description()?)?);
    Ok(())
}
