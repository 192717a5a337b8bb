//! Starting: the runtime that a function with less than one processor needs.

use std::{future::Future, io};

/// Runs `work` on one thread. A function below 1,769 MB has less than one virtual CPU (Lambda developer
/// guide, "Configure Lambda function memory"), so further threads would only take turns.
///
/// # Errors
/// When the system gives no event queue.
pub fn block_on_current_thread<F: Future>(work: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_and_tasks_work() {
        let done = block_on_current_thread(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            tokio::spawn(async { 7 }).await.unwrap()
        });
        assert_eq!(done.unwrap(), 7);
    }
}
