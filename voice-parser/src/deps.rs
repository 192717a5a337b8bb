//! What the worker needs from outside.

use std::sync::Arc;

use shared::{
    ports::{
        analyst::Analyst,
        clock::Clock,
        directory::CustomerDirectory,
        media_source::MediaSource,
        messenger::Messenger,
        metrics::Metrics,
        objects::{ObjectRead, ObjectRemove, ObjectReplace, ObjectWrite},
        transcriber::Transcriber,
    },
    repositories::{
        budgets::UsedBudgets, contacts::Contacts, conversations::Conversations, deliveries::DeliveryStates,
        filed::Filed, glossaries::Glossaries, notes::Notes, sent::Sent,
    },
};

use crate::{calls::OnThePhone, config::WorkerSettings, prompts::Prompts};

/// Everything the worker uses; each a port, a repository or a setting.
#[derive(Clone)]
pub struct Deps {
    /// The notes and how far they are.
    pub notes: Notes,
    /// Which sent message belongs to which note.
    pub sent: Sent,
    /// What people said last.
    pub conversations: Conversations,
    /// What became of sent messages.
    pub deliveries: DeliveryStates,
    /// Who may be written to.
    pub contacts: Contacts,
    /// What is left of the budgets.
    pub budgets: UsedBudgets,
    /// The companies' words.
    pub glossaries: Glossaries,
    /// Where client apps find a note's files.
    pub filed: Filed,
    /// Reads originals, and what it wrote itself.
    pub objects: Arc<dyn ObjectRead>,
    /// Writes originals and artifacts.
    pub writes: Arc<dyn ObjectWrite>,
    /// Writes new versions of them.
    pub replaces: Arc<dyn ObjectReplace>,
    /// Takes files out of sight.
    pub removes: Arc<dyn ObjectRemove>,
    /// Looks up senders that the webhook could not.
    pub directory: Arc<dyn CustomerDirectory>,
    /// Fetches what messages carry.
    pub media: Arc<dyn MediaSource>,
    /// Hears.
    pub transcriber: Arc<dyn Transcriber>,
    /// Understands.
    pub analyst: Arc<dyn Analyst>,
    /// Answers.
    pub messenger: Arc<dyn Messenger>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What the model is told.
    pub prompts: Prompts,
    /// For those who call.
    pub phone: OnThePhone,
    /// How it works.
    pub settings: WorkerSettings,
}
