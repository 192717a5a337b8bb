//! What somebody at the office changes of a record: it is put into the queue as a job, and made where all changes of
//! records are made.

use std::{sync::Arc, time::Duration};

use crate::{
    domain::{
        ids::{InvalidId, MessageId},
        message::InboundMessage,
        note::Note,
        office_change::{OfficeChange, OfficeEdit},
        private::Private,
        user::UserName,
    },
    jobs::{Job, RecordChangedV1},
    ports::{
        clock::{Clock, Ids},
        job_queue::{JobQueue, QueueError},
    },
};

/// What stands before the random part of a change's id, so that it is told from a provider's.
const PREFIX: &str = "PE";

/// Why a change could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Its id is none, which is a fault of ours.
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// Asks for changes of records.
#[derive(Clone)]
pub struct ChangeRecord {
    queue: Arc<dyn JobQueue>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl ChangeRecord {
    /// Over this queue.
    #[must_use]
    pub fn new(queue: Arc<dyn JobQueue>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { queue, clock, ids }
    }

    /// Has a note's record changed in somebody's name. Answers the id under which the change is found among the notes
    /// once a worker has begun on it.
    ///
    /// # Errors
    /// [`NotAsked`]; then nothing will come of it.
    pub async fn ask(
        &self,
        note: &Note,
        by: UserName,
        edit: OfficeEdit,
        told: bool,
    ) -> Result<MessageId, NotAsked> {
        let random = self.ids.random();
        let id = format!("{PREFIX}{}", hex::encode(random.get(..16).unwrap_or_default()));
        let id = MessageId::parse(&id)?;
        let change = OfficeChange { of: note.message().id.clone(), by, edit, told };
        let message = InboundMessage {
            id: id.clone(),
            from: note.message().from.clone(),
            to: note.message().to.clone(),
            text: Private::default(),
            media: Vec::new(),
            location: None,
            replied_to: None,
            button: None,
            received_at: self.clock.now(),
        };
        let job = RecordChangedV1 { message, sender: note.sender().clone(), change };
        self.queue.send(&Job::RecordChanged(Box::new(job)), Duration::ZERO).await?;
        Ok(id)
    }
}
