//! What a test's own thread logs, to look into.
//!
//! One subscriber serves all tests of a process, and each thread keeps its own lines: a subscriber for each test
//! would race with the others for the callsites that are met first.

use std::{
    cell::RefCell,
    io::{Result, Write},
    sync::Once,
};

use tracing_subscriber::filter::LevelFilter;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

static INSTALLED: Once = Once::new();

/// The log of the thread that made it, as lines of JSON, everything down to `TRACE`. A test on a runtime of one
/// thread logs all of its own there, and nothing else does.
#[derive(Debug)]
pub struct ThreadLog(());

impl ThreadLog {
    /// Begins with an empty log.
    #[must_use]
    pub fn begin() -> Self {
        INSTALLED.call_once(|| {
            let subscriber =
                tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(|| ToThread);
            // Somebody else's subscriber would leave the log empty, which the tests notice.
            drop(tracing::subscriber::set_global_default(subscriber.finish()));
        });
        LINES.with_borrow_mut(Vec::clear);
        Self(())
    }

    /// Forgets what was logged.
    pub fn clear(&self) {
        LINES.with_borrow_mut(Vec::clear);
    }

    /// Everything that was logged since.
    #[must_use]
    pub fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8_lossy(lines).into_owned())
    }
}

struct ToThread;

impl Write for ToThread {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_hears_itself_and_nobody_else() {
        let log = ThreadLog::begin();
        std::thread::spawn(|| tracing::info!("elsewhere")).join().unwrap();
        tracing::info!("here");
        assert!(log.text().contains("here") && !log.text().contains("elsewhere"), "{}", log.text());
    }
}
