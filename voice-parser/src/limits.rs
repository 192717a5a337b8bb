//! Whether a note may use models now. One that may not is stored and waits, and its sender is told once a day.

use jiff::Timestamp;
use shared::{
    domain::{
        note::{Note, Stage},
        private::Private,
        reply,
        sender_window::Admission,
        usage::Usage,
    },
    ports::{
        messenger::OutboundMessage,
        metrics::{Budget, Measurement},
    },
};
use tracing::{info, warn};

use crate::{deps::Deps, process::StepError};

/// Lets a note through, or says until when it waits.
pub(crate) async fn admit(deps: &Deps, note: &Note) -> Result<(), StepError> {
    if !deps.settings.ai {
        return Ok(());
    }
    let (message, now) = (note.message(), deps.clock.now());
    if let Admission::NotBefore(until) = deps.budgets.may_spend(&note.sender().company_id, now).await? {
        return Err(waits(deps, note, Budget::Company, until));
    }
    match deps.budgets.admit(message.from.identity(), &message.id, now).await? {
        Admission::Yes => Ok(()),
        Admission::NotBefore(until) => Err(waits(deps, note, Budget::Sender, until)),
    }
}

fn waits(deps: &Deps, note: &Note, budget: Budget, until: Timestamp) -> StepError {
    info!(counter = "budget_waited", message.id = %note.message().id, ?budget, "A note waits: a budget is used up");
    deps.metrics.record(&Measurement::BudgetWaited(budget));
    StepError::Waits { until }
}

/// Tells a person that notes wait, once a day and once tried.
pub(crate) async fn tell(deps: &Deps, note: &Note) {
    let message = note.message();
    let told = deps.budgets.tell_once_a_day(message.from.identity(), &message.id, deps.clock.now()).await;
    match told {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => {
            return warn!(message.id = %message.id, %error, "Whether somebody knows that notes wait is not known");
        }
    }
    let notice = OutboundMessage {
        to: message.from.clone(),
        from: message.to.clone(),
        body: Private::new(reply::waits(note.language()).to_owned()),
        choices: None,
        about: None,
        media: None,
        template: false,
    };
    if let Err(error) = deps.messenger.send(&notice).await {
        warn!(message.id = %message.id, %error, "That notes wait was not told");
    }
}

/// Counts what a step used. What cannot be counted is logged: the work is done, and is not done again for the count.
pub(crate) async fn count(deps: &Deps, note: &Note, after: Stage, used: Usage) {
    // The tokens of models that transcribe are in the price of their seconds.
    let used = match after {
        Stage::MediaStored => Usage { audio_seconds: used.audio_seconds, ..Usage::default() },
        _ => used,
    };
    let (company, id) = (&note.sender().company_id, &note.message().id);
    if let Err(error) = deps.budgets.spend(company, id, after.as_str(), used, deps.clock.now()).await {
        warn!(counter = "budget_uncounted", message.id = %id, %error, "What a step used was not counted");
    }
}
