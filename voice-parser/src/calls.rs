//! What somebody on the phone waits for: what is unread, its summary, and answers to questions about it. A job comes from
//! call-handler; what is made lies beside the call, where the caller's next request finds it. Nobody waits for long, so
//! what fails is told at once and not tried again.

mod instructions;

use std::sync::Arc;

use shared::{
    domain::{
        analysis::INSTRUCTIONS_MARK,
        call::{Asked, Overview, Told},
        identity::Address,
        private::Private,
        sender_window::Admission,
        text::{clean, truncate_chars},
        usage::Usage,
    },
    jobs::CallAskedV1,
    ports::{
        job_handler::JobError,
        metrics::{Budget, Measurement},
        responder::{Briefing, Grounded, Responder},
        table::TableStore,
    },
    repositories::{calls::Calls, notes::NoteError, outcomes::Outcomes},
    use_cases::unread::Unread,
};
use tracing::{info, warn};

use crate::deps::Deps;

/// Longest text that is spoken, in characters: some two minutes.
const LONGEST: usize = 1_500;
/// How soon a table that is away is asked again.
const SOON: std::time::Duration = std::time::Duration::from_secs(1);

/// What the worker needs for those who call.
#[derive(Clone)]
pub struct OnThePhone {
    /// The calls, and what was made for them.
    pub calls: Calls,
    /// What people have not heard.
    pub unread: Unread,
    /// Who waits for what becomes of a note.
    pub outcomes: Outcomes,
    /// Sums up and answers.
    pub responder: Arc<dyn Responder>,
    /// From which of our numbers texts are sent to those who called.
    pub texts_from: Option<Address>,
}

impl OnThePhone {
    /// Over this table.
    #[must_use]
    pub fn over(
        table: &Arc<dyn TableStore>,
        responder: Arc<dyn Responder>,
        texts_from: Option<Address>,
    ) -> Self {
        Self {
            calls: Calls::new(table.clone()),
            unread: Unread::new(table),
            outcomes: Outcomes::new(table.clone()),
            responder,
            texts_from,
        }
    }
}

/// Makes what is asked, unless it is made already or nobody can wait for it any more.
pub(crate) async fn asked(deps: &Deps, job: &CallAskedV1) -> Result<(), JobError> {
    if deps.clock.now() > job.wanted_until {
        info!(call.id = %job.call, "A call is over; nobody waits for what was asked in it");
        return Ok(());
    }
    make(deps, job).await.map_err(|error| {
        warn!(call.id = %job.call, %error, "What was asked in a call could not be made now");
        JobError::Retry { after: SOON, reason: "the table is unavailable".to_owned() }
    })
}

async fn make(deps: &Deps, job: &CallAskedV1) -> Result<(), NoteError> {
    let phone = &deps.phone;
    let overview = overview(deps, job).await?;
    if phone.calls.told(&job.call, job.asked).await?.is_some() {
        return Ok(());
    }
    let told = match may_ask(deps, job, &overview).await? {
        Some(told) => told,
        None => ask(deps, job, &overview).await,
    };
    phone.calls.keep_told(&job.call, job.asked, told, job.until).await?;
    Ok(())
}

/// What is unread: looked for once in a call, so that "next" means the same all along.
async fn overview(deps: &Deps, job: &CallAskedV1) -> Result<Overview, NoteError> {
    let phone = &deps.phone;
    if let Some(overview) = phone.calls.overview(&job.call).await? {
        return Ok(overview);
    }
    let scope = job.scope();
    let (person, now) = (&job.caller.customer_id, deps.clock.now());
    let overview = phone.unread.overview(&scope, person, now, deps.settings.unread_within).await?;
    Ok(phone.calls.keep_overview(&job.call, overview, job.until).await?)
}

/// Why no model is asked; `None`: it is.
async fn may_ask(deps: &Deps, job: &CallAskedV1, overview: &Overview) -> Result<Option<Told>, NoteError> {
    if overview.messages.is_empty() && overview.jobs.is_empty() {
        return Ok(Some(Told::Unknown));
    }
    if !deps.settings.ai {
        return Ok(Some(Told::Off));
    }
    match deps.budgets.may_spend(&job.caller.company_id, deps.clock.now()).await? {
        Admission::Yes => Ok(None),
        Admission::NotBefore(_) => {
            deps.metrics.record(&Measurement::BudgetWaited(Budget::Company));
            Ok(Some(Told::OutOfBudget))
        }
    }
}

async fn ask(deps: &Deps, job: &CallAskedV1, overview: &Overview) -> Told {
    let instructions = instructions::of(job.language, job.asked);
    let briefing = Briefing { instructions: &instructions, overview, said: &job.said };
    let responder = &deps.phone.responder;
    let (made, usage) = match job.asked {
        Asked::Summary => match responder.sum_up(&briefing).await {
            Ok(response) => (response.made.map(|text| words(text.expose(), None)), response.usage),
            Err(error) => return unavailable(job, &error),
        },
        Asked::Question(_) => match responder.answer(&briefing, &job.question).await {
            Ok(response) => (response.made.map(|answer| grounded(&answer, overview)), response.usage),
            Err(error) => return unavailable(job, &error),
        },
    };
    count(deps, job, usage).await;
    made.unwrap_or_else(|error| unavailable(job, &error))
}

fn unavailable(job: &CallAskedV1, why: &dyn std::fmt::Display) -> Told {
    warn!(counter = "call_unanswered", call.id = %job.call, error = %why, "No model answered in a call");
    Told::Unavailable
}

/// An answer that rests on something that is there.
fn grounded(answer: &Grounded, overview: &Overview) -> Told {
    let is_there = |number: &usize, of: usize| (1..=of).contains(number);
    let message = answer.messages.iter().find(|number| is_there(number, overview.messages.len()));
    let job = answer.jobs.iter().find(|number| is_there(number, overview.jobs.len()));
    if message.is_none() && job.is_none() {
        return Told::Unknown;
    }
    words(answer.text.expose(), message.map(|number| number - 1))
}

/// What a model wrote, as it can be spoken.
fn words(text: &str, from: Option<usize>) -> Told {
    let text = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    // What the model was told must not be read out, whatever a message asks for.
    if text.contains(INSTRUCTIONS_MARK) {
        return Told::Unavailable;
    }
    match truncate_chars(&text, LONGEST) {
        "" => Told::Unknown,
        text => Told::Words { text: Private::new(text.to_owned()), from },
    }
}

async fn count(deps: &Deps, job: &CallAskedV1, usage: Usage) {
    let company = &job.caller.company_id;
    let prices = deps.settings.prices.as_ref();
    deps.metrics.record(&Measurement::ModelsUsed {
        company: company.clone(),
        usage,
        cost_micro_usd: prices.map(|prices| prices.micro_usd(usage)),
    });
    let step = match job.asked {
        Asked::Summary => "summary".to_owned(),
        Asked::Question(number) => format!("question-{number}"),
    };
    if let Err(error) = deps.budgets.spend(company, &job.call, &step, usage, deps.clock.now()).await {
        warn!(counter = "budget_uncounted", call.id = %job.call, %error, "What a call used was not counted");
    }
}
