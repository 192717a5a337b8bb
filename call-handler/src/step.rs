//! What is said next in a call of somebody who is known: pure, so that every turn of it can be tried without a network. In
//! goes the call as it was, what the caller did, and what is known; out come what is said, what is listened for, and what
//! is to be done besides. Whatever comes, the call goes on in words or ends in words.

mod commanding;
mod noting;
mod overview;
mod reading;
mod replying;

use adapter_twilio::voice::{Input, Recording};
use jiff::{SignedDuration, Timestamp};
use shared::domain::{
    call::{Asked, Call, CallStage, Overview, Told},
    ids::MessageId,
    language::Language,
    private::Private,
};

use crate::{
    command::Command,
    texts::{Texts, counted, fill, texts},
};

/// How long a caller may be silent before he is asked, in seconds.
const PATIENCE: u8 = 6;
/// How long the pause is between two parts of a long message, in seconds.
const BREATH: u8 = 1;
/// How long a caller waits before it is looked again, in seconds.
const POLL: u8 = 2;
/// Most answers of a call, and the longest call: a phone that lies beside a loudspeaker ends, too.
const MOST_TURNS: u32 = 400;
pub(crate) const LONGEST_CALL: SignedDuration = SignedDuration::from_hours(1);
/// How often in a row something may be unclear before the call ends.
const MOST_UNCLEAR: u32 = 6;

/// What is known besides the call.
pub(crate) struct Facts<'a> {
    /// The time.
    pub(crate) now: Timestamp,
    /// What was unread when the call began, once that is known.
    pub(crate) overview: Option<&'a Overview>,
    /// Its summary, once there is one.
    pub(crate) summary: Option<&'a Told>,
    /// The answer to the question that is waited for, once there is one.
    pub(crate) answer: Option<&'a Told>,
    /// What became of the note that is waited for, once it is known.
    pub(crate) outcome: Option<&'a Private<String>>,
    /// Whether the sender of the message that the call is about can be written to now.
    pub(crate) writable: Writable,
    /// Whether this is a request that could not be answered before, so that what the caller did with it is lost.
    pub(crate) is_again: bool,
    /// Whether the caller can be sent a text.
    pub(crate) can_text: bool,
    /// What bounds the call.
    pub(crate) limits: &'a Limits,
}

/// Whether somebody can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writable {
    Yes,
    /// He said STOP.
    Stopped,
    /// WhatsApp's day is over.
    TooLate,
}

/// What bounds a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most questions in one call.
    pub questions: usize,
    /// What is understood less surely than this is asked again: 0 to 1.
    pub confidence: f64,
    /// How long a caller waits for what becomes of his note.
    pub outcome_within: SignedDuration,
    /// How long a caller waits for a summary or an answer.
    pub model_within: SignedDuration,
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// In which language.
    pub(crate) language: Language,
    /// The words.
    pub(crate) text: String,
}

/// What happens after it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is listened for words or a key, for so many seconds.
    Listen(u8),
    /// It is listened for several keys.
    Digits,
    /// It is looked again after so many seconds.
    Wait(u8),
    /// What is said is recorded.
    Record,
    /// The call ends.
    HangUp,
}

/// What is to be done besides. Each can be done again without harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A model is asked.
    Ask(Asked, Private<String>),
    /// The caller has heard this message.
    Heard(usize),
    /// The caller wants it to stay unread.
    StaysUnread(usize),
    /// This is written to the sender of this message, once for this number.
    Write { at: usize, once: u32, text: Private<String> },
    /// The caller is sent these messages as text.
    Text(Vec<usize>),
    /// A recording becomes a note, and the caller waits for what becomes of it.
    Note(Recording),
    /// The caller is still there, and waits for what becomes of this note.
    Waits(MessageId),
    /// The caller has heard what became of this note.
    OutcomeHeard(MessageId),
    /// The caller waits for it no longer.
    OutcomeLater(MessageId),
}

/// The next answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) say: Vec<Line>,
    pub(crate) then: Then,
    pub(crate) effects: Vec<Effect>,
}

/// Answers a request of a caller who is known.
pub(crate) fn answer(call: &mut Call, input: &Input, facts: &Facts<'_>) -> Step {
    let mut turn = Turn { call, facts, say: Vec::new(), effects: Vec::new() };
    let then = turn.take(input);
    Step { say: turn.say, then, effects: turn.effects }
}

/// The first answer to somebody who is known by now.
pub(crate) fn greet(call: &mut Call, now: Timestamp) -> Step {
    call.stage = CallStage::Overview { since: now, counted: false };
    let language = call.language;
    let words = texts(language);
    let (name, company) = call.caller.as_ref().map_or(("", ""), |c| (c.called(), c.company_name.as_str()));
    let greeting = fill(words.greeting, &[("name", name), ("company", company)]);
    let say = [greeting, words.moment.to_owned()].map(|text| Line { language, text });
    let effects = vec![Effect::Ask(Asked::Summary, Private::default())];
    Step { say: say.to_vec(), then: Then::Wait(1), effects }
}

/// What is wanted of a call in which a word of the caller is awaited.
pub(crate) fn wanted(call: &Call, input: &Input, confidence: f64) -> Option<Command> {
    match (&call.stage, &input.digits, &input.speech) {
        (CallStage::Command, Some(digits), _) => Command::of_key(digits.expose()),
        (CallStage::Command, None, Some(said)) if input.confidence >= confidence => {
            Command::of_speech(said.expose(), call.language)
        }
        _ => None,
    }
}

/// What the caller did, as far as it can be used.
enum Did {
    Nothing,
    Unclear,
    Pressed(String),
    Said(String),
}

/// One turn of a call.
struct Turn<'a> {
    call: &'a mut Call,
    facts: &'a Facts<'a>,
    say: Vec<Line>,
    effects: Vec<Effect>,
}

impl Turn<'_> {
    fn take(&mut self, input: &Input) -> Then {
        if let Some(note) = self.call.outcome_said.take() {
            self.effects.push(Effect::OutcomeHeard(note));
        }
        if self.call.turn >= MOST_TURNS || self.waited(self.call.began_at) >= LONGEST_CALL {
            self.mark_heard(false);
            return self.goodbye();
        }
        if self.facts.is_again
            && input.did_nothing()
            && let Some(then) = self.once_more()
        {
            return then;
        }
        match self.call.stage.clone() {
            CallStage::Overview { since, counted } => self.overview(since, counted),
            CallStage::Command => self.command(input),
            CallStage::Answer { question: _, asked, since } => self.answered(&asked, since),
            CallStage::Dictation => self.dictated(input),
            CallStage::Confirmation { once, text } => self.confirmed(once, &text, input),
            CallStage::Recording => self.recorded(input),
            CallStage::Outcome { note, since } => self.outcome(&note, since),
            CallStage::Pin { .. } | CallStage::Over => Then::HangUp,
        }
    }

    fn words(&self) -> &'static Texts {
        texts(self.call.language)
    }

    fn say(&mut self, text: impl Into<String>) {
        let language = self.call.language;
        self.say.push(Line { language, text: text.into() });
    }

    /// Says what can be said now, and listens.
    fn prompt(&mut self, text: &str) -> Then {
        self.call.stage = CallStage::Command;
        self.say(text);
        Then::Listen(PATIENCE)
    }

    fn did(&self, input: &Input) -> Did {
        if let Some(digits) = &input.digits {
            return Did::Pressed(digits.expose().clone());
        }
        match &input.speech {
            None => Did::Nothing,
            Some(_) if input.confidence < self.facts.limits.confidence => Did::Unclear,
            Some(said) => Did::Said(said.expose().clone()),
        }
    }

    fn understood(&mut self) {
        self.call.silences = 0;
        self.call.not_understood = 0;
    }

    /// What the caller did could not be taken, through no fault of his: he is asked again. `None`: nothing was asked.
    fn once_more(&mut self) -> Option<Then> {
        let words = self.words();
        let (prompt, then) = match self.call.stage {
            CallStage::Command => (words.prompt_short, Then::Listen(PATIENCE)),
            CallStage::Dictation => (words.prompt_short, Then::Listen(PATIENCE)),
            CallStage::Confirmation { .. } => (words.yes_or_no, Then::Listen(PATIENCE)),
            CallStage::Recording => (words.record, Then::Record),
            _ => return None,
        };
        if self.call.stage == CallStage::Dictation {
            self.call.stage = CallStage::Command;
        }
        self.say(words.once_more);
        self.say(prompt);
        Some(then)
    }

    /// Nothing was said. The second time in a row the call ends.
    fn silent(&mut self, prompt: &str) -> Then {
        self.call.silences += 1;
        if self.call.silences >= 2 {
            return self.goodbye();
        }
        self.say(self.words().not_heard);
        self.say(prompt);
        Then::Listen(PATIENCE)
    }

    /// It was not clear what was said. The third time in a row it is said what can be; much later the call ends.
    fn unclear(&mut self, prompt: &str) -> Then {
        self.call.silences = 0;
        self.call.not_understood += 1;
        if self.call.not_understood > MOST_UNCLEAR {
            return self.goodbye();
        }
        let is_often = self.call.not_understood.is_multiple_of(3);
        self.say(self.words().not_understood);
        self.say(if is_often { self.words().help } else { prompt });
        Then::Listen(PATIENCE)
    }

    /// Says what is left for the next time, and ends the call.
    fn goodbye(&mut self) -> Then {
        let left = self.facts.overview.map_or(0, |overview| self.call.unheard(overview).count());
        if left > 0 {
            let what = counted(self.call.language, self.words().messages, left);
            self.say(fill(self.words().left, &[("what", &what)]));
        }
        self.say(self.words().goodbye);
        self.call.stage = CallStage::Over;
        Then::HangUp
    }

    fn waited(&self, since: Timestamp) -> SignedDuration {
        self.facts.now.duration_since(since)
    }

    /// Waits on. Every few seconds something is said, so that nobody thinks that the line is dead.
    fn wait(&mut self, since: Timestamp) -> Then {
        let waited = u64::try_from(self.waited(since).as_secs()).unwrap_or_default();
        let polls = waited / u64::from(POLL);
        if polls > 0 && polls.is_multiple_of(3) {
            self.say(self.words().still_looking);
        }
        Then::Wait(POLL)
    }
}

#[cfg(test)]
mod tests;
