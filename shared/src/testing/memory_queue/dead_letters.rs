//! The dead letters of the queue in memory.

use std::time::Duration;

use async_trait::async_trait;

use super::{Dead, MemoryQueue, locked};
use crate::{
    domain::private::Private,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_queue::{JobQueue, QueueError},
        queue_status::{Backlog, Oldest, QueueStatus},
    },
};

/// How many are given at a time.
const PAGE: usize = 10;

impl MemoryQueue {
    /// Does something with the letter that is meant, if it is still there.
    fn of_letter<T>(&self, letter: &DeadLetter, work: impl FnOnce(&mut Vec<Dead>, usize) -> T) -> Option<T> {
        let mut state = locked(&self.state);
        let at = state.dead.iter().position(|dead| dead.handle.to_string() == letter.handle)?;
        Some(work(&mut state.dead, at))
    }
}

fn letter(dead: &Dead) -> Result<DeadLetter, QueueError> {
    Ok(DeadLetter {
        handle: dead.handle.to_string(),
        body: Private::new(dead.job.to_body().map_err(|error| QueueError(Box::new(error)))?),
        reason: dead.reason.clone(),
        at: dead.at,
    })
}

#[async_trait]
impl DeadLetters for MemoryQueue {
    async fn take(&self) -> Result<Vec<DeadLetter>, QueueError> {
        let mut state = locked(&self.state);
        let free = state.dead.iter_mut().filter(|dead| !dead.held).take(PAGE);
        free.map(|dead| {
            dead.held = true;
            letter(dead)
        })
        .collect()
    }

    async fn send_again(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let Some(dead) = self.of_letter(letter, Vec::remove) else { return Ok(()) };
        self.send(&dead.job, Duration::ZERO).await
    }

    async fn let_go(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        self.of_letter(letter, |all, at| {
            if let Some(dead) = all.get_mut(at) {
                dead.held = false;
            }
        });
        Ok(())
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        self.of_letter(letter, Vec::remove);
        Ok(())
    }
}

#[async_trait]
impl QueueStatus for MemoryQueue {
    async fn backlog(&self) -> Result<Backlog, QueueError> {
        let state = locked(&self.state);
        Ok(Backlog {
            jobs: state.waiting.len() as u64,
            oldest: Oldest::Unmeasured,
            dead_letters: state.dead.len() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        jobs::Job,
        testing::{
            contracts::{
                dead_letters::{self, DeadLettersUnderTest},
                queue::ScriptedHandler,
            },
            fixed::FixedClock,
        },
    };

    #[async_trait]
    impl DeadLettersUnderTest for MemoryQueue {
        fn letters(&self) -> &dyn DeadLetters {
            self
        }

        async fn bury(&self, job: &Job, reason: &str) {
            Self::bury(self, job.clone(), reason.to_owned());
        }

        async fn drain(&self) -> Vec<String> {
            let waiting = locked(&self.state).waiting.clone();
            self.deliver_due(ScriptedHandler::done().as_ref()).await;
            waiting.iter().map(|waiting| waiting.job.to_body().unwrap()).collect()
        }
    }

    #[tokio::test]
    async fn the_dead_letters_in_memory_keep_the_contract() {
        dead_letters::all(&MemoryQueue::new(Arc::new(FixedClock::default()))).await;
    }
}
