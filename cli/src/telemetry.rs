//! Logs of the one-machine modes: to standard error, so that standard output stays for results.

use tracing::level_filters::LevelFilter;

/// Starts logging at the level that `HARK_LOG` names (`error`, `warn`, `info`, `debug`), `info` by default. A
/// second call in one process changes nothing.
pub(crate) fn start(level: Option<&str>) {
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).compact().finish();
    // Already set by whoever runs us, such as a test: then theirs stays.
    drop(tracing::subscriber::set_global_default(subscriber));
}
