//! Performing documents, verb by verb, until one listens to the caller or the call ends.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use url::Url;

use super::{
    call::{Call, Ending, Exchange, Heard},
    check::{faults_of, twiml_faults},
    ending,
    verbs::{Gather, Prompt, Record, Verb, verbs},
    webhook::{Request, document, prepared, send},
};
use crate::world::{SharedWorld, locked};

/// What the caller hears when Twilio cannot go on.
const SORRY: &str = "We are sorry, an application error has occurred. Goodbye.";
/// How many characters are spoken in a second.
const SPOKEN_PER_SECOND: f64 = 15.0;
/// No pause is waited out for longer.
const LONGEST_WAIT_S: f64 = 1.0;

/// Where a call is.
#[derive(Default)]
pub(super) struct Line {
    /// The URL of the document that is performed.
    pub(super) url: Option<Url>,
    /// The verbs that are left of it.
    pub(super) left: VecDeque<Verb>,
    pub(super) listens: Option<Listening>,
}

/// What waits for the caller.
#[derive(Clone)]
pub(super) enum Listening {
    /// With the place in what was heard at which its prompts began.
    Gather(Gather, usize),
    Record(Record),
}

impl Line {
    /// An address of the document, relative or absolute; without one the document's own.
    pub(super) fn address(&self, address: Option<&str>) -> Option<Url> {
        let base = self.url.as_ref()?;
        base.join(address.unwrap_or_default()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }
}

/// Goes on with a webhook, or with the next verb, until somebody has to speak.
pub(super) async fn go_on(world: &SharedWorld, call: &Arc<Call>, line: &mut Line, mut next: Option<Request>) {
    let mut fetched = 0;
    let mut paused = 0.0;
    loop {
        if let Some(request) = next.take() {
            fetched += 1;
            if fetched > call.placed.max_steps {
                let most = call.placed.max_steps;
                fail(world, call, line, format!("more than {most} documents in one step (simulated)")).await;
                return;
            }
            paused = 0.0;
            let Some(exchange) = fetch(world, call, request).await else { break };
            if let Err(error) = take_in(call, line, &exchange) {
                fail(world, call, line, error).await;
                return;
            }
        }
        if call.cut.borrow().is_some() {
            break;
        }
        let Some(verb) = line.left.pop_front() else {
            answer(call);
            ending::end(world, call, line, Ending::EndOfDocument).await;
            return;
        };
        match verb {
            Verb::Prompt(prompt) => paused += hear(call, &prompt),
            Verb::Gather(gather) => {
                answer(call);
                let begins = locked(&call.journal).heard.len();
                for prompt in &gather.prompts {
                    hear(call, prompt);
                }
                line.listens = Some(Listening::Gather(gather, begins));
                return;
            }
            Verb::Record(record) => {
                answer(call);
                line.listens = Some(Listening::Record(record));
                return;
            }
            Verb::Redirect { address, method } => {
                let Some(url) = line.address(Some(&address)) else {
                    fail(world, call, line, format!("11100: {address} is no address")).await;
                    return;
                };
                if !wait(world, call, paused).await {
                    break;
                }
                next = Some(Request { why: "redirect", url, method, fields: Vec::new() });
            }
            Verb::Hangup => {
                answer(call);
                ending::end(world, call, line, Ending::Hangup).await;
                return;
            }
            // Whoever was answered cannot be rejected any more.
            Verb::Reject { busy } => {
                let is_first = !locked(&call.journal).answered;
                if is_first && !busy {
                    call.warn("<Reject> plays \"not in service\" to the caller (simulated)");
                }
                let ending = if is_first { Ending::Rejected } else { Ending::Hangup };
                ending::end(world, call, line, ending).await;
                return;
            }
        }
    }
    let ended_by = (*call.cut.borrow()).unwrap_or(Ending::Caller);
    ending::end(world, call, line, ended_by).await;
}

/// The first verb that speaks, plays, listens or hangs up answers the call. A pause before it lets the phone ring on, and a
/// redirect changes nothing (<https://www.twilio.com/docs/voice/twiml/pause>, `hangup`, `reject`).
fn answer(call: &Call) {
    locked(&call.journal).answered = true;
}

/// Sends the webhook. `None` if somebody hung up meanwhile: the webhook goes on, as it would, and nobody listens.
pub(super) async fn fetch(world: &SharedWorld, call: &Arc<Call>, request: Request) -> Option<Exchange> {
    let exchange = prepared(world, call, request);
    let (world, sender) = (Arc::clone(world), Arc::clone(call));
    let mut sending = tokio::spawn(async move {
        let exchange = send(&world, exchange).await;
        let mut journal = locked(&sender.journal);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a webhook")]
        let seconds = exchange.took_ms as f64 / 1_000.0;
        journal.seconds += seconds;
        journal.requests.push(exchange.clone());
        exchange
    });
    let mut cut = call.cut.subscribe();
    tokio::select! {
        sent = &mut sending => sent.ok(),
        _ = cut.wait_for(Option::is_some) => None,
    }
}

/// Takes the document of an answer as the one to perform.
fn take_in(call: &Call, line: &mut Line, exchange: &Exchange) -> Result<(), String> {
    line.left.clear();
    let root = document(exchange).inspect_err(|_| {
        // What can be said of the document itself is said, too.
        if exchange.error.is_none() {
            twiml_faults(&exchange.twiml).into_iter().for_each(|fault| call.warn(fault));
        }
    })?;
    faults_of(&root).into_iter().for_each(|fault| call.warn(fault));
    line.url = Url::parse(&exchange.url).ok();
    line.left = verbs(&root).into();
    Ok(())
}

/// What is heard takes its time on the call's own clock. Gives the seconds of a pause.
fn hear(call: &Call, prompt: &Prompt) -> f64 {
    let mut journal = locked(&call.journal);
    journal.answered |= !matches!(prompt, Prompt::Pause { .. });
    match prompt {
        Prompt::Say { text, language, voice, times } => {
            let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            journal.seconds += f64::from(letters) / SPOKEN_PER_SECOND * f64::from((*times).max(1));
            journal.heard.push(Heard {
                text: text.clone(),
                language: Some(language.clone()),
                voice: Some(voice.clone()),
                play: None,
                times: *times,
                cut_off: false,
            });
            0.0
        }
        Prompt::Play { address, times } => {
            let play = Some(address.clone());
            let heard = Heard {
                text: String::new(),
                language: None,
                voice: None,
                play,
                times: *times,
                cut_off: false,
            };
            journal.heard.push(heard);
            0.0
        }
        Prompt::Pause { seconds } => {
            journal.seconds += f64::from(*seconds);
            f64::from(*seconds)
        }
    }
}

/// Waits before a redirect as long as the pause before it, but for a second at most. `false` if somebody hung up.
async fn wait(world: &SharedWorld, call: &Call, paused: f64) -> bool {
    let seconds = paused.min(LONGEST_WAIT_S) * call.placed.pause_factor;
    let Ok(duration) = Duration::try_from_secs_f64(seconds) else { return true };
    if duration.is_zero() {
        return true;
    }
    let mut cut = call.cut.subscribe();
    tokio::select! {
        () = tokio::time::sleep(duration) => true,
        () = world.until_end() => false,
        _ = cut.wait_for(Option::is_some) => false,
    }
}

/// Twilio cannot go on: it says so and hangs up.
async fn fail(world: &SharedWorld, call: &Arc<Call>, line: &mut Line, error: String) {
    call.warn(error.clone());
    answer(call);
    {
        let mut journal = locked(&call.journal);
        journal.error = Some(error);
        journal.heard.push(Heard {
            text: SORRY.to_owned(),
            language: Some("en-US".to_owned()),
            voice: Some("man".to_owned()),
            play: None,
            times: 1,
            cut_off: false,
        });
    }
    ending::end(world, call, line, Ending::Error).await;
}
