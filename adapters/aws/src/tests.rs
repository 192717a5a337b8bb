//! Each service against a stub: what goes out on the wire, and what becomes of AWS's answers, good and bad.

// They share the stub, so they are built only where every service is.
#![cfg(all(
    feature = "cloudwatch",
    feature = "dynamodb",
    feature = "lambda",
    feature = "s3",
    feature = "secrets",
    feature = "sqs"
))]

mod dead_letters;
mod lookup;
mod objects;
mod queue;
mod secrets;
mod stub;
mod table;
mod warm;
