//! The Lambda function: wires what `lib.rs` describes to AWS.

fn main() {}
