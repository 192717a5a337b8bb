//! Notes from their arrival to their answer, with everything outside played in memory. What they
//! share is in `outside`; each of the other files is one subject.

mod answering;
mod asides;
mod calling;
mod changing;
mod delivered;
mod editing;
mod filing;
mod following;
mod hearing;
mod interrupted;
mod letters;
mod limited;
mod measured;
mod office;
mod outside;
mod replayed;
mod trying;

use std::sync::Arc;

use jiff::SignedDuration;
use shared::{
    budgets::Budgets,
    domain::{
        analysis::Draft,
        intent::Intent,
        message::InboundMessage,
        note::{Answer, Stage},
        reply,
    },
    ports::{
        analyst::{Analyst, Unusable},
        messenger::{Messenger, SendError, UNCERTAIN},
        objects::{ObjectError, ObjectWrite},
        table::{TableError, TableStore},
        transcriber::{ModelError, Transcriber},
    },
    repositories::{
        budgets::UsedBudgets,
        contacts::Contacts,
        conversations::Conversations,
        deliveries::DeliveryStates,
        filed::Filed,
        glossaries::Glossaries,
        notes::{Notes, Worker},
        sent::Sent,
    },
    testing::{
        failing::Failing,
        fixed::FixedClock,
        map_directory::MapDirectory,
        map_media::MapMedia,
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
        recorded_messenger::RecordedMessenger,
        recorded_metrics::RecordedMetrics,
        samples::{self, SENDER, customer, job, job_draft, job_of, message, message_id, message_with_media},
        scripted_models::{ScriptedAnalyst, ScriptedTranscriber, answer},
        scripted_responder::ScriptedResponder,
    },
};

use outside::{FIRST, LAST, MEDIA, Outside, PAST, WORDS, fixture, pipes, voice_note};

use super::*;
use crate::{WorkerSettings, calls::OnThePhone, prompts::Prompts};
