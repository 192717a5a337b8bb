//! Logs without personal data: our own crates at a level, others from warnings on, and panics without what they
//! quote.

use std::panic;

use tracing::error;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Beginnings of the names of Hark's own crates. Others may speak of requests and headers below a warning,
/// so theirs are never shown.
const OURS: [&str; 8] = [
    "adapter_",
    "cli",
    "customer_lookup",
    "data_api",
    "shared",
    "simulators",
    "voice_parser",
    "webhook_handler",
];

/// How lines are written, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// One JSON object a line on standard output, as Lambda hands it to CloudWatch.
    Json,
    /// Lines for people on standard error, since standard output is for results.
    Lines,
}

/// Starts logging at `level` (`error`, `warn`, `info` or `debug`; `info` when it is not set or none of
/// these), and keeps panics from writing what they quote. Call it once, first.
pub fn start_logging(form: LogForm, level: Option<&str>) {
    let registry = tracing_subscriber::registry();
    // `try_init` fails only where a subscriber is set already: in a test, which keeps its own.
    let _already_set = match form {
        LogForm::Json => {
            let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
            registry.with(layer).with(filter(level)).try_init()
        }
        LogForm::Lines => {
            let layer = tracing_subscriber::fmt::layer().compact().with_writer(std::io::stderr);
            registry.with(layer).with(filter(level)).try_init()
        }
    };
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        // Not the message: it can quote values.
        error!(counter = "panic", place, "A panic at {place}");
    }));
}

fn filter(level: Option<&str>) -> Targets {
    let ours = match level.map(str::trim) {
        Some("error") => LevelFilter::ERROR,
        Some("warn") => LevelFilter::WARN,
        Some("debug") => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    };
    Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_targets(OURS.into_iter().map(|name| (name, ours)))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn g01_the_crates_of_others_never_say_more_than_warnings() {
        for (level, ours_at_debug, others_at_warn) in [
            (Some("debug"), true, true),
            (None, false, true),
            (Some("error"), false, false),
            (Some("loud"), false, true),
        ] {
            let filter = filter(level);
            assert_eq!(
                filter.would_enable("voice_parser::worker", &Level::DEBUG),
                ours_at_debug,
                "{level:?}"
            );
            assert_eq!(filter.would_enable("aws_smithy_runtime", &Level::WARN), others_at_warn, "{level:?}");
            assert!(!filter.would_enable("aws_smithy_runtime", &Level::INFO), "{level:?}");
        }
    }
}
