//! The driving side on Lambda. In come the events of API Gateway, SQS, schedules and direct invocations; they are
//! given to an axum router, a [`JobHandler`](shared::ports::job_handler::JobHandler) or a function, and their
//! answers go back in the form that AWS expects.
//!
//! Reading order: `start` (what each `main` does first), `http`, `batch`, `invoke` and `scheduled` (one for each
//! kind of event), `invocation` (what each line of the log carries), `metrics` (what is written to stdout beside it).

mod batch;
mod caught;
mod counted;
mod http;
mod invocation;
mod invoke;
mod metrics;
mod scheduled;
mod start;

pub use batch::{Deliveries, Named, Queues, handle_batch, handle_last_chances, run_batches};
pub use http::{HttpFunction, run_http};
pub use invoke::run_invoke;
pub use lambda_http::Error;
pub use metrics::EmbeddedMetrics;
pub use scheduled::run_scheduled;
pub use start::block_on_current_thread;
