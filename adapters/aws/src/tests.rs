//! Each service against a stub: what goes out on the wire, and what becomes of AWS's answers, good and bad.

// They share the stub, so they are built only where every service is.
#![cfg(all(feature = "dynamodb", feature = "lambda", feature = "s3", feature = "secrets", feature = "sqs"))]

mod lookup;
mod objects;
mod queue;
mod secrets;
mod stub;
mod table;
