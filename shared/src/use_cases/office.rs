//! What somebody at the office has done: a record changed, a message written, a prompt tried. It is put into the queue as a job, and done
//! where everything of its kind is done, so that it happens once and is seen among the messages.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    domain::{
        ids::{InvalidId, MessageId},
        letter::{Letter, LetterFile},
        message::InboundMessage,
        note::Note,
        object_key::ObjectKey,
        office_change::{OfficeChange, OfficeEdit},
        private::Private,
        purpose::Purpose,
        tenant::TenantScope,
        trial::Trial,
        user::UserName,
    },
    jobs::{Job, NoteOrderedV1},
    ports::{
        clock::{Clock, Ids},
        job_queue::{JobQueue, QueueError},
        objects::{ObjectError, ObjectWrite},
    },
};

/// What stands before the random part of an order's id, so that it is told from a provider's.
const PREFIX: &str = "PE";

/// Why something could not be ordered.
#[derive(Debug, thiserror::Error)]
pub enum NotOrdered {
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store of what is sent along.
    #[error(transparent)]
    File(#[from] ObjectError),
    /// Its id is none, which is a fault of ours.
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// Orders what the office wants done.
#[derive(Clone)]
pub struct Office {
    queue: Arc<dyn JobQueue>,
    files: Arc<dyn ObjectWrite>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Office {
    /// Over this queue; what is sent along is stored here.
    #[must_use]
    pub fn new(
        queue: Arc<dyn JobQueue>,
        files: Arc<dyn ObjectWrite>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { queue, files, clock, ids }
    }

    /// Has a note's record changed in somebody's name, as it stands in this note. Answers the id under which the change is found among the notes
    /// once a worker has begun on it.
    ///
    /// # Errors
    /// [`NotOrdered`]; then nothing will come of it.
    pub async fn change(
        &self,
        note: &Note,
        by: UserName,
        edit: OfficeEdit,
        told: bool,
    ) -> Result<MessageId, NotOrdered> {
        let base = note.revised().version;
        let change = OfficeChange { of: note.message().id.clone(), base, by, edit, told };
        self.order(self.id()?, note, Purpose::Office(Box::new(change))).await
    }

    /// Has something written to the sender of a note, on the way that the note came by, with this file, which must be
    /// the letter's own. Asked for again under the same [id](Office::letter_id), it is sent once. Answers as
    /// [`Office::change`].
    ///
    /// # Errors
    /// The same.
    pub async fn write(
        &self,
        to_sender_of: &Note,
        letter: Letter,
        file: Bytes,
        id: MessageId,
    ) -> Result<MessageId, NotOrdered> {
        if let Some(LetterFile { kind, .. }) = letter.file {
            let key = ObjectKey::inbox(&to_sender_of.scope(), &id, 0, kind);
            self.files.put_if_absent(&key, file, kind.content_type()).await?;
        }
        self.order(id, to_sender_of, Purpose::Letter(Box::new(letter))).await
    }

    /// Has a prompt tried on a note's words. Answers as [`Office::change`].
    ///
    /// # Errors
    /// The same.
    pub async fn try_prompt(&self, on: &Note, trial: Trial) -> Result<MessageId, NotOrdered> {
        self.order(self.id()?, on, Purpose::Trial(Box::new(trial))).await
    }

    /// The id of a letter that a company's user writes; `once` is random and stays the same however often it is sent off.
    ///
    /// # Errors
    /// Never, unless by a fault of ours.
    pub fn letter_id(scope: &TenantScope, by: &UserName, once: &str) -> Result<MessageId, InvalidId> {
        let mut hash = Sha256::new();
        for part in [scope.company().as_str(), by.expose(), once] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        id_of(&hash.finalize())
    }

    fn id(&self) -> Result<MessageId, InvalidId> {
        id_of(&self.ids.random())
    }

    async fn order(&self, id: MessageId, note: &Note, purpose: Purpose) -> Result<MessageId, NotOrdered> {
        let message = InboundMessage {
            id: id.clone(),
            from: note.message().from.clone(),
            to: note.message().to.clone(),
            text: Private::default(),
            media: Vec::new(),
            location: None,
            replied_to: None,
            button: None,
            command: None,
            edited: false,
            language: None,
            received_at: self.clock.now(),
        };
        let job = NoteOrderedV1 { message, sender: note.sender().clone(), purpose };
        self.queue.send(&Job::NoteOrdered(Box::new(job)), Duration::ZERO).await?;
        Ok(id)
    }
}

fn id_of(bytes: &[u8]) -> Result<MessageId, InvalidId> {
    MessageId::parse(&format!("{PREFIX}{}", hex::encode(bytes.get(..16).unwrap_or_default())))
}
