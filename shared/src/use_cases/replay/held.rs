//! Dead letters that are held during a replay, and let go at its end.

use crate::{
    domain::ids::MessageId,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_queue::QueueError,
    },
};

/// Letters that this replay holds and has not used.
pub(super) struct Held<'a> {
    port: &'a dyn DeadLetters,
    letters: Vec<DeadLetter>,
}

impl<'a> Held<'a> {
    /// None yet.
    pub(super) const fn new(port: &'a dyn DeadLetters) -> Self {
        Self { port, letters: Vec::new() }
    }

    /// All that there are.
    pub(super) async fn of_all(port: &'a dyn DeadLetters) -> Result<Self, QueueError> {
        let mut held = Self::new(port);
        loop {
            match port.take().await {
                Ok(page) if page.is_empty() => return Ok(held),
                Ok(page) => held.keep(page),
                Err(error) => {
                    held.let_go().await;
                    return Err(error);
                }
            }
        }
    }

    /// Holds more.
    pub(super) fn keep(&mut self, letters: impl IntoIterator<Item = DeadLetter>) {
        self.letters.extend(letters);
    }

    /// Those of a message: whoever gets them decides what becomes of them.
    pub(super) fn of_message(&mut self, id: &MessageId) -> Vec<DeadLetter> {
        let is_of =
            |letter: &mut DeadLetter| super::message_of(letter).is_some_and(|message| message.id == *id);
        self.letters.extract_if(.., is_of).collect()
    }

    /// What cannot be let go now comes free by itself.
    pub(super) async fn let_go(self) {
        for letter in &self.letters {
            if let Err(error) = self.port.let_go(letter).await {
                tracing::debug!(%error, "A dead letter stays held for a while");
            }
        }
    }
}
