//! How the parts of one machine end: when they are asked to, and that it is noticed when they were not.

use std::time::Duration;

use futures::future::{join_all, select_all};
use tokio::{task::JoinHandle, time::timeout};

/// How long requests that are being answered may take once nothing else is under way.
pub(super) const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Waits for all of them, but no longer than this; then they end where they stand.
pub(super) async fn all(mut tasks: Vec<JoinHandle<()>>, within: Duration) {
    if timeout(within, join_all(tasks.iter_mut())).await.is_err() {
        tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Waits for the first of them to end. That one is taken out, since it must not be waited for again; a server that
/// ended stays, replaced by one that has nothing to do.
pub(super) async fn first(tasks: &mut Vec<JoinHandle<()>>, server: &mut JoinHandle<()>) {
    let of_the_server = tasks.len();
    let (_, ended, _) = select_all(tasks.iter_mut().chain([&mut *server])).await;
    if ended == of_the_server {
        *server = tokio::spawn(async {});
    } else {
        drop(tasks.swap_remove(ended));
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_in_time_ends_where_it_stands_and_the_rest_was_waited_for() {
        let (end, ended) = tokio::sync::oneshot::channel();
        let slow = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            end.send(()).unwrap();
        });
        let never = tokio::spawn(pending());
        let aborted = never.abort_handle();
        all(vec![slow, never], Duration::from_secs(6)).await;
        ended.await.unwrap();
        tokio::task::yield_now().await;
        assert!(aborted.is_finished());
    }

    #[tokio::test]
    async fn a_part_that_ends_by_itself_is_noticed_and_the_others_can_still_be_ended() {
        let mut server = tokio::spawn(pending());
        let mut tasks = vec![tokio::spawn(async {}), tokio::spawn(pending())];
        first(&mut tasks, &mut server).await;
        assert_eq!(tasks.len(), 1);
        server.abort();
        first(&mut tasks, &mut server).await;
        assert_eq!(tasks.len(), 1, "it was the server");
        all(vec![server], LAST_ANSWERS).await;
        all(tasks, Duration::ZERO).await;
    }
}
