//! One request of a call: the call as it was, the next answer, what is to be done besides, and the call as it is now. What
//! is to be done is done before the call is stored: a request that dies in between is sent again, and doing it again
//! changes nothing.

use adapter_twilio::voice::{CallRequest, Input, Recording};
use shared::{
    domain::{
        call::{Asked, Call, CallStage, Overview, Told},
        private::Private,
    },
    ports::table::TableError,
    repositories::{calls::Seen, notes::NoteError},
};

use crate::{
    Deps,
    command::Command,
    effects,
    render::render,
    step::{self, Effect, Facts, Step, Writable},
    texts::texts,
    who,
};

/// How often another request of a call may be faster than what ends it.
const MOST_RACES: u32 = 8;

/// Something outside could not be had. The caller is told so, and the same request comes again.
#[derive(Debug, thiserror::Error)]
#[error("something outside was not to be had")]
pub(crate) struct Trouble(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Trouble {
    pub(crate) fn outside(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl From<TableError> for Trouble {
    fn from(error: TableError) -> Self {
        Self::outside(error)
    }
}

impl From<NoteError> for Trouble {
    fn from(error: NoteError) -> Self {
        Self::outside(error)
    }
}

/// What a request is answered.
pub(crate) enum Answered {
    /// This document.
    Document(String),
    /// It belongs to a call that is not known, or not any more.
    Lost,
}

/// A call comes in. One that is known is answered as before.
pub(crate) async fn begin(deps: &Deps, request: &CallRequest) -> Result<Answered, Trouble> {
    let (found, seen) = deps.calls.find(&request.id).await?;
    if let Some(call) = found {
        return Ok(Answered::Document(call.answer.into_inner()));
    }
    let language = deps.config.language_of(request.from.as_ref());
    let mut call = Call::begun(request.id.clone(), request.from.clone(), language, deps.clock.now());
    let step = who::first(deps, &mut call, request).await?;
    finish(deps, call, step, seen, (request, None)).await
}

/// A request of a call that has begun: `turn` is the answer that it follows; `is_again` if it could not be answered before.
pub(crate) async fn go_on(
    deps: &Deps,
    request: &CallRequest,
    turn: u32,
    is_again: bool,
) -> Result<Answered, Trouble> {
    let (found, seen) = deps.calls.find(&request.id).await?;
    let Some(mut call) = found else { return Ok(Answered::Lost) };
    // A request that was answered is answered the same; one of an earlier turn changes nothing.
    if turn != call.turn {
        recorded_before_the_end(deps, &call, request).await?;
        return Ok(Answered::Document(call.answer.into_inner()));
    }
    let (step, overview) = match call.stage {
        _ if request.is_over => (over(&mut call, &request.input), None),
        CallStage::Pin { wrong } => (who::pin(deps, &mut call, wrong, request, is_again).await?, None),
        _ => next(deps, &mut call, &request.input, is_again).await?,
    };
    finish(deps, call, step, seen, (request, overview.as_ref())).await
}

/// That a call is over and what was recorded in it are told at the same time, and the one may overtake the other: what was
/// recorded is filed all the same.
async fn recorded_before_the_end(deps: &Deps, call: &Call, request: &CallRequest) -> Result<(), Trouble> {
    let Some(recording) = recording_of(&request.input).filter(|_| call.stage == CallStage::Over) else {
        return Ok(());
    };
    let note = recording.id.clone();
    for effect in [Effect::Note(recording), Effect::OutcomeLater(note)] {
        effects::run(deps, call, request, None, effect).await?;
    }
    Ok(())
}

/// The call ended, on whatever side.
pub(crate) async fn end(deps: &Deps, request: &CallRequest) -> Result<(), Trouble> {
    for _ in 0..MOST_RACES {
        let (found, seen) = deps.calls.find(&request.id).await?;
        let Some(mut call) = found.filter(|call| call.stage != CallStage::Over) else { return Ok(()) };
        let step = over(&mut call, &Input::default());
        if store(deps, call, step, seen, (request, None)).await?.is_some() {
            return Ok(());
        }
        // Another request of the call was faster; what it left behind ends now.
    }
    Err(Trouble::outside("the call goes on and on"))
}

/// Nobody listens any more. What was recorded is filed, and what was to be heard of a note is sent as text.
fn over(call: &mut Call, input: &Input) -> Step {
    let mut effects = Vec::new();
    if let (CallStage::Recording, Some(recording)) = (&call.stage, recording_of(input)) {
        let note = recording.id.clone();
        effects.extend([Effect::Note(recording), Effect::OutcomeLater(note)]);
    }
    if let CallStage::Outcome { note, .. } = &call.stage {
        effects.push(Effect::OutcomeLater(note.clone()));
    }
    effects.extend(call.outcome_said.take().map(Effect::OutcomeLater));
    // What was read last was not followed by a request of somebody who listens.
    call.read_out = None;
    call.stage = CallStage::Over;
    Step { say: Vec::new(), then: step::Then::HangUp, effects }
}

fn recording_of(input: &Input) -> Option<Recording> {
    input.recording.clone().filter(|recording| recording.seconds > 0)
}

async fn next(
    deps: &Deps,
    call: &mut Call,
    input: &Input,
    is_again: bool,
) -> Result<(Step, Option<Overview>), Trouble> {
    let known = Known::of(deps, call, input).await?;
    let facts = Facts {
        now: deps.clock.now(),
        overview: known.overview.as_ref(),
        summary: known.summary.as_ref(),
        answer: known.answer.as_ref(),
        outcome: known.outcome.as_ref(),
        writable: known.writable,
        is_again,
        can_text: known.can_text,
        limits: &deps.config.talk.limits,
    };
    let step = step::answer(call, input, &facts);
    Ok((step, known.overview))
}

/// What is known besides the call, as far as its stage needs it.
struct Known {
    overview: Option<Overview>,
    summary: Option<Told>,
    answer: Option<Told>,
    outcome: Option<Private<String>>,
    writable: Writable,
    can_text: bool,
}

impl Known {
    async fn of(deps: &Deps, call: &Call, input: &Input) -> Result<Self, Trouble> {
        let overview = deps.calls.overview(&call.id);
        let summary = deps.calls.told(&call.id, Asked::Summary);
        let (overview, summary) = tokio::try_join!(overview, summary)?;
        let answer = match call.stage {
            CallStage::Answer { question, .. } => {
                deps.calls.told(&call.id, Asked::Question(question)).await?
            }
            _ => None,
        };
        let outcome = match &call.stage {
            CallStage::Outcome { note, .. } => deps.outcomes.to_speak(note).await?,
            _ => None,
        };
        // What is rarely needed is looked for only then.
        let wanted = step::wanted(call, input, deps.config.talk.limits.confidence);
        let message = call.at.and_then(|at| overview.as_ref()?.messages.get(at));
        let writable = match (&wanted, message, call.scope()) {
            (Some(Command::Reply(_)), Some(message), Some(scope)) => {
                effects::writable(deps, &scope, message).await?
            }
            _ => Writable::Yes,
        };
        let is_asked = wanted == Some(Command::TextMe) || matches!(call.stage, CallStage::Outcome { .. });
        let can_text = is_asked && effects::can_text(deps, call).await?;
        Ok(Self { overview, summary, answer, outcome, writable, can_text })
    }
}

/// Does what is to be done, and stores the call with its answer.
async fn finish(
    deps: &Deps,
    call: Call,
    step: Step,
    seen: Seen,
    with: (&CallRequest, Option<&Overview>),
) -> Result<Answered, Trouble> {
    let id = call.id.clone();
    if let Some(document) = store(deps, call, step, seen, with).await? {
        return Ok(Answered::Document(document));
    }
    // The same request at the same time: its answer is the one that was stored.
    Ok(match deps.calls.find(&id).await?.0 {
        Some(stored) => Answered::Document(stored.answer.into_inner()),
        None => Answered::Lost,
    })
}

/// `None`: another request was faster.
async fn store(
    deps: &Deps,
    mut call: Call,
    mut step: Step,
    seen: Seen,
    (request, overview): (&CallRequest, Option<&Overview>),
) -> Result<Option<String>, Trouble> {
    for effect in std::mem::take(&mut step.effects) {
        effects::run(deps, &call, request, overview, effect).await?;
    }
    call.turn += 1;
    let document = render(&deps.config, call.language, call.turn, &step).map_err(Trouble::outside)?;
    call.answer = document.clone().into();
    let now = deps.clock.now();
    let until = now.saturating_add(deps.config.talk.forget_after).unwrap_or(now);
    match deps.calls.store(&call, seen, until).await {
        Ok(()) => Ok(Some(document)),
        Err(TableError::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a caller hears whose call is not known any more.
pub(crate) fn lost(deps: &Deps, request: &CallRequest) -> (shared::domain::language::Language, &'static str) {
    let language = deps.config.language_of(request.from.as_ref());
    (language, texts(language).lost)
}
