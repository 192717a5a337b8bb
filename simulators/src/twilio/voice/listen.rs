//! What the caller does while a call listens: speaks, presses keys, says nothing, leaves a recording.

use std::sync::Arc;

use super::{
    call::Call,
    perform::{Line, Listening, go_on},
    verbs::Gather,
    webhook::Request,
};
use crate::{
    phone::Nonsense,
    world::{SharedWorld, locked},
};

/// How many characters are spoken in a second.
const SPOKEN_PER_SECOND: f64 = 15.0;

/// What the caller says, and how well it was understood.
pub(super) struct Spoken {
    pub(super) words: String,
    pub(super) confidence: f64,
    /// Speaks after so many prompts, and does not hear the others.
    pub(super) after: Option<usize>,
}

/// The caller speaks.
pub(super) async fn say(
    world: &SharedWorld,
    call: &Arc<Call>,
    line: &mut Line,
    spoken: Spoken,
) -> Result<(), Nonsense> {
    let (gather, begins) = gather(line)?;
    if let Some(after) = spoken.after {
        interrupt(call, &gather, begins + after);
    }
    let words = spoken.words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return silence(world, call, line).await;
    }
    if !gather.speech {
        call.warn("the caller speaks, and <Gather> takes keys only: it counts as silence");
        return silence(world, call, line).await;
    }
    let letters = u32::try_from(words.chars().count()).unwrap_or(u32::MAX);
    locked(&call.journal).seconds += f64::from(letters) / SPOKEN_PER_SECOND;
    let fields = vec![
        ("SpeechResult", words),
        ("Confidence", spoken.confidence.to_string()),
        ("Language", gather.language.clone()),
    ];
    act(world, call, line, &gather, fields).await
}

/// What comes behind the first prompts was not heard, if the document lets the caller interrupt.
fn interrupt(call: &Call, gather: &Gather, first_unheard: usize) {
    let mut journal = locked(&call.journal);
    if !gather.barge_in {
        journal.warnings.push("<Gather> has bargeIn=\"false\": the caller heard all of it first".to_owned());
        return;
    }
    for heard in journal.heard.iter_mut().skip(first_unheard) {
        heard.cut_off = true;
    }
}

/// The caller presses keys.
pub(super) async fn press(
    world: &SharedWorld,
    call: &Arc<Call>,
    line: &mut Line,
    keys: &str,
) -> Result<(), Nonsense> {
    if let Some(Listening::Record(_)) = line.listens {
        // A key ends the recording before anything was said, and an empty recording is none.
        return silence(world, call, line).await;
    }
    let (gather, _) = gather(line)?;
    if !gather.dtmf {
        call.warn("the caller presses keys, and <Gather> takes speech only: it counts as silence");
        return silence(world, call, line).await;
    }
    let taken = Taken::of(&gather, keys);
    if taken.left > 0 {
        call.warn(format!("{} keys were pressed after the end of <Gather>, which nobody takes", taken.left));
    }
    if taken.digits.is_empty() {
        call.warn("finishOnKey ends <Gather> only behind another key: it counts as silence");
        return silence(world, call, line).await;
    }
    let mut fields = vec![("Digits", taken.digits), ("msg", "Gather End".to_owned())];
    match taken.finished_by {
        Some(key) => fields.push(("FinishedOnKey", key.to_string())),
        // Twilio waits for more.
        None if taken.is_open => locked(&call.journal).seconds += f64::from(gather.timeout),
        None => {}
    }
    act(world, call, line, &gather, fields).await
}

/// Which of the pressed keys a `<Gather>` takes.
struct Taken {
    digits: String,
    finished_by: Option<char>,
    /// Neither the number of keys nor one of them ended it.
    is_open: bool,
    left: usize,
}

impl Taken {
    fn of(gather: &Gather, keys: &str) -> Self {
        let mut taken = Self { digits: String::new(), finished_by: None, is_open: true, left: 0 };
        for key in keys.chars() {
            if !taken.is_open {
                taken.left += 1;
            } else if gather.finish_on_key.contains(key) {
                if !taken.digits.is_empty() {
                    taken.finished_by = Some(key);
                    taken.is_open = false;
                }
            } else {
                taken.digits.push(key);
                taken.is_open = gather.num_digits != Some(taken.digits.chars().count());
            }
        }
        taken
    }
}

/// The caller says nothing until the call goes on by itself.
pub(super) async fn silence(world: &SharedWorld, call: &Arc<Call>, line: &mut Line) -> Result<(), Nonsense> {
    match line.listens.clone() {
        None => Err(nobody_listens()),
        Some(Listening::Gather(gather, _)) => {
            locked(&call.journal).seconds += f64::from(gather.timeout);
            if gather.on_empty {
                return act(world, call, line, &gather, Vec::new()).await;
            }
            line.listens = None;
            go_on(world, call, line, None).await;
            Ok(())
        }
        Some(Listening::Record(record)) => {
            locked(&call.journal).seconds += f64::from(record.timeout);
            super::record::absent(world, call, line, &record);
            line.listens = None;
            go_on(world, call, line, None).await;
            Ok(())
        }
    }
}

fn gather(line: &Line) -> Result<(Gather, usize), Nonsense> {
    match &line.listens {
        Some(Listening::Gather(gather, begins)) => Ok((gather.clone(), *begins)),
        Some(Listening::Record(_)) => {
            Err(Nonsense("it records now: leave a recording with /record, or say nothing".to_owned()))
        }
        None => Err(nobody_listens()),
    }
}

pub(super) fn nobody_listens() -> Nonsense {
    Nonsense("nobody listens on this call now".to_owned())
}

async fn act(
    world: &SharedWorld,
    call: &Arc<Call>,
    line: &mut Line,
    gather: &Gather,
    fields: Vec<(&'static str, String)>,
) -> Result<(), Nonsense> {
    let url = line.address(gather.action.as_deref()).ok_or_else(|| {
        Nonsense(format!(
            "the action of <Gather> is no address: {}",
            gather.action.as_deref().unwrap_or_default()
        ))
    })?;
    line.listens = None;
    go_on(world, call, line, Some(Request { why: "gather", url, method: gather.method, fields })).await;
    Ok(())
}
