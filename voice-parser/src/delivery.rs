//! What became of a message that we sent: added to what is known of it. A report that names a note also settles which
//! message is that note's answer, and an answer that will not arrive is told once to whoever operates Hark.

use std::time::Duration;

use shared::{
    domain::{delivery::Delivery, ids::MessageId},
    jobs::MessageStatusV1,
    ports::{job_handler::JobError, metrics::Measurement, table::TableError},
};
use tracing::{info, warn};

use crate::deps::Deps;

/// How soon a report comes back that could not be stored.
const AGAIN: Duration = Duration::from_secs(5);

/// Takes a report. Doing it again changes nothing.
pub(crate) async fn note(deps: &Deps, told: &MessageStatusV1) -> Result<(), JobError> {
    let about = about(deps, told).await.map_err(|error| not_stored(&error))?;
    let report = Delivery::told(told.status, told.error_code, told.at);
    let merged = deps.deliveries.merge(&told.id, &report).await.map_err(|error| not_stored(&error))?;
    let status = merged.now.status.as_str();
    info!(counter = "message_status", message.id = %told.id, status, told = told.status.as_str(), "Message `{}` is {status}", told.id);
    if let (Some(note), true) = (about, merged.failed_now()) {
        let code = merged.now.error_code;
        warn!(counter = "answer_undelivered", message.id = %note, code, status, "The answer to note `{note}` will not reach its sender");
        deps.metrics.record(&Measurement::AnswerUndelivered { code });
    }
    Ok(())
}

/// The note that the message was sent about: as the report says, and then it is counted for that note; else as it was
/// counted when it was sent.
async fn about(deps: &Deps, told: &MessageStatusV1) -> Result<Option<MessageId>, TableError> {
    let Some(note) = &told.about else { return deps.sent.owner(&told.id).await };
    if !deps.sent.belongs_to(&told.id, note).await? {
        warn!(counter = "answer_counted_twice", message.id = %note, "An answer to note `{note}` was counted for another note");
    }
    Ok(Some(note.clone()))
}

fn not_stored(error: &TableError) -> JobError {
    match error {
        TableError::Refused(_) => {
            JobError::Dead { reason: "the state of a sent message cannot be stored".to_owned() }
        }
        TableError::Unavailable(_) | TableError::Conflict => {
            JobError::Busy { after: AGAIN, reason: "the table is unavailable".to_owned() }
        }
    }
}
