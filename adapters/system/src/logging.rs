//! Logs without personal data: our own crates at a level, others from warnings on, and panics without what they
//! quote.

use std::panic;

use tracing::{Subscriber, error};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Beginnings of the names of Hark's own crates. Others may speak of requests and headers below a warning,
/// so theirs are never shown.
const OURS: [&str; 10] = [
    "adapter_",
    "cli",
    "customer_lookup",
    "data_api",
    "panel",
    "scheduler",
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
    /// One JSON object a line on standard error, for whoever collects the log of a command.
    JsonAside,
}

impl LogForm {
    /// The form of a command's log by its name in `HARK_LOG_FORMAT`: `lines` or `json`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim() {
            "lines" => Some(Self::Lines),
            "json" => Some(Self::JsonAside),
            _ => None,
        }
    }
}

/// Starts logging at `level` (`error`, `warn`, `info` or `debug`; `info` when it is not set or none of
/// these), and keeps panics from writing what they quote. Call it once, first.
pub fn start_logging(form: LogForm, level: Option<&str>) {
    let registry = tracing_subscriber::registry();
    // `try_init` fails only where a subscriber is set already: in a test, which keeps its own.
    let _already_set = match form {
        LogForm::Json => registry.with(json(std::io::stdout)).with(filter(level)).try_init(),
        LogForm::JsonAside => registry.with(json(std::io::stderr)).with(filter(level)).try_init(),
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

/// A line's own fields stand beside its message; those of the spans that it was written in, in `spans`, outermost
/// first.
fn json<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_writer(writer)
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
    use std::{
        io::{Result, Write},
        sync::{Arc, Mutex},
    };

    use tracing::{Level, error_span, info};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, line: &[u8]) -> Result<usize> {
            self.0.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn o6_a_line_is_json_with_its_request_and_its_note_at_every_level() {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = json(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer).with(filter(Some("error")));
        tracing::subscriber::with_default(subscriber, || {
            let invocation = error_span!("invocation", request_id = "r-1").entered();
            let note = error_span!("note", message.id = "SM1").entered();
            info!("not at this level");
            error!(counter = "c", "it says");
            drop((note, invocation));
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(
            (&line["level"], &line["message"], &line["counter"]),
            (&"ERROR".into(), &"it says".into(), &"c".into())
        );
        assert_eq!(
            (&line["spans"][0]["request_id"], &line["spans"][1]["message.id"]),
            (&"r-1".into(), &"SM1".into())
        );
    }

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
