//! Playing a script: what each step does, and what it demands.

use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    ScriptOptions,
    parse::{Line, Step},
};
use crate::phone::caller::{Act, Caller, Heard, Turn};

/// Hark answers every webhook of a call within this time.
const SLOWEST_ANSWER_MS: u64 = 3_000;
/// How long one request for news waits.
const POLL_S: f64 = 5.0;

/// A script that is being played.
pub(super) struct Player {
    caller: Caller,
    root: PathBuf,
    from: String,
    stir: Option<String>,
    pauses: f64,
    title: Option<String>,
    may_be_slow: bool,
    may_warn: bool,
    faults_planned: bool,
    /// The newest turn of the newest call.
    turn: Option<Turn>,
    /// How long it took in real time.
    took: Duration,
    heard: Vec<Heard>,
    /// How many messages a phone had when the script began.
    known: HashMap<String, usize>,
}

type Judged = Result<(), String>;

impl Player {
    pub(super) fn new(base_url: &str, options: &ScriptOptions) -> anyhow::Result<Self> {
        Ok(Self {
            caller: Caller::at(base_url.parse()?)?,
            root: options.root.clone(),
            from: options.from.clone(),
            stir: None,
            pauses: 1.0,
            title: None,
            may_be_slow: false,
            may_warn: false,
            faults_planned: false,
            turn: None,
            took: Duration::ZERO,
            heard: Vec::new(),
            known: HashMap::new(),
        })
    }

    pub(super) fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.iter().map(|heard| heard.text.clone()).collect()
    }

    /// Plays all lines. The error is the first line that fails, and why.
    pub(super) async fn play(&mut self, lines: &[Line]) -> Result<(), (Option<usize>, String)> {
        let played = self.all(lines).await;
        let cleaned = self.clean_up().await.map_err(|why| (None, why));
        played.and(cleaned)
    }

    async fn all(&mut self, lines: &[Line]) -> Result<(), (Option<usize>, String)> {
        self.may_be_slow = lines.iter().any(|line| line.step == Step::AllowSlow);
        self.may_warn = lines.iter().any(|line| line.step == Step::AllowWarnings);
        for line in lines {
            if let Step::Received { who, .. } | Step::Quiet { who, .. } = &line.step {
                let known =
                    self.caller.inbox(who, 0, 0.0).await.map_err(|error| (None, format!("{error:#}")))?;
                self.known.insert(who.clone(), known.len());
            }
        }
        for line in lines {
            self.step(&line.step).await.map_err(|why| (Some(line.number), why))?;
        }
        Ok(())
    }

    /// Whatever happened, no fault stays planned and no call goes on.
    async fn clean_up(&mut self) -> Judged {
        if self.faults_planned {
            self.caller.plan_faults(&json!([])).await.map_err(told)?;
        }
        let Some(turn) = &self.turn else { return Ok(()) };
        if !turn.has_ended() {
            self.caller.act(&turn.call_sid, &Act::HangUp).await.map_err(told)?;
        }
        let protocol = self.caller.protocol(&turn.call_sid).await.map_err(told)?;
        // Of callbacks, too, which no step waits for.
        match protocol.get("warnings").and_then(Value::as_array).and_then(|all| all.first()) {
            Some(warning) if !self.may_warn => Err(format!("warning: {warning}")),
            _ => Ok(()),
        }
    }

    async fn step(&mut self, step: &Step) -> Judged {
        match step {
            Step::Title(title) => self.title = Some(title.clone()),
            Step::From(from) => from.clone_into(&mut self.from),
            Step::Stir(stir) => self.stir = Some(stir.clone()),
            Step::Pauses(factor) => self.pauses = *factor,
            Step::AllowSlow | Step::AllowWarnings => {}
            Step::Fault(plan) => {
                self.faults_planned = true;
                self.caller.plan_faults(plan).await.map_err(told)?;
            }
            Step::Text { from, words } => self.caller.text(from, words).await.map_err(told)?,
            Step::Call => self.call().await?,
            Step::Say { words, confidence, after } => {
                let act = Act::Say { words: words.clone(), confidence: *confidence, after: *after };
                self.act(&act).await?;
            }
            Step::Press(keys) => self.act(&Act::Press(keys.clone())).await?,
            Step::Silence => self.act(&Act::Silence).await?,
            Step::HangUp => self.act(&Act::HangUp).await?,
            Step::Record { file, hang_up } => {
                let sid = self.open_call().await?;
                let begun = Instant::now();
                let turn = self.caller.record(&sid, &self.root.join(file), *hang_up).await.map_err(told)?;
                self.take(turn, begun)?;
            }
            Step::Expect { words, within } => self.expect(words, *within).await?,
            Step::Refuse(words) => self.refuse(words)?,
            Step::Language(language) => self.speaks(language).await?,
            Step::Ends(how) => self.ends(how.as_deref()).await?,
            Step::Replay { number, expect } => self.replay(*number, expect.as_deref()).await?,
            Step::Received { who, words, within } => self.received(who, words, *within).await?,
            Step::Quiet { who, words } => self.quiet(who, words).await?,
        }
        Ok(())
    }

    async fn call(&mut self) -> Judged {
        if self.turn.as_ref().is_some_and(|turn| !turn.has_ended()) {
            return Err("the call before is still going on: `hangup` first".to_owned());
        }
        let wanted = json!({ "stir_verstat": self.stir, "pause_factor": self.pauses });
        let begun = Instant::now();
        let turn = self.caller.call(&self.from, &wanted).await.map_err(told)?;
        self.heard.clear();
        self.take(turn, begun)
    }

    /// The call that goes on, placed now if there is none yet.
    async fn open_call(&mut self) -> Result<String, String> {
        if self.turn.is_none() {
            self.call().await?;
        }
        match &self.turn {
            Some(turn) if !turn.has_ended() => Ok(turn.call_sid.clone()),
            Some(turn) => {
                Err(format!("the call has ended ({})", turn.ended_by.as_deref().unwrap_or("unknown")))
            }
            None => Err("there is no call".to_owned()),
        }
    }

    async fn act(&mut self, act: &Act) -> Judged {
        let sid = self.open_call().await?;
        let begun = Instant::now();
        let turn = self.caller.act(&sid, act).await.map_err(told)?;
        self.take(turn, begun)
    }

    /// Keeps a turn, and demands what holds of every one.
    fn take(&mut self, turn: Turn, begun: Instant) -> Judged {
        self.took = begun.elapsed();
        self.heard.extend(turn.heard.iter().cloned());
        let slow = turn.requests.iter().find(|sent| sent.took_ms > SLOWEST_ANSWER_MS);
        let slow = slow.map(|sent| format!("Hark took {} ms to answer {}", sent.took_ms, sent.url));
        let warning = turn.warnings.first().map(|warning| format!("warning: {warning}"));
        self.turn = Some(turn);
        match (warning, slow) {
            (Some(warning), _) if !self.may_warn => Err(warning),
            (_, Some(slow)) if !self.may_be_slow => Err(slow),
            _ => Ok(()),
        }
    }

    /// The newest turn; a call is placed if there is none yet.
    async fn newest(&mut self) -> Result<&Turn, String> {
        if self.turn.is_none() {
            self.call().await?;
        }
        self.turn.as_ref().ok_or_else(|| "there is no call".to_owned())
    }

    async fn expect(&mut self, words: &str, within: Option<f64>) -> Judged {
        let said = said(&self.newest().await?.heard);
        if !holds(&said, words) {
            return Err(format!("\"{words}\" was not said, but: {said}"));
        }
        match within {
            Some(within) if self.took.as_secs_f64() > within => {
                Err(format!("\"{words}\" was said after {:.1} s", self.took.as_secs_f64()))
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, words: &str) -> Judged {
        match self.heard.iter().find(|heard| holds(&heard.text, words)) {
            Some(heard) => Err(format!("\"{words}\" was said: {}", heard.text)),
            None => Ok(()),
        }
    }

    async fn speaks(&mut self, language: &str) -> Judged {
        let turn = self.newest().await?;
        let spoken: Vec<&Heard> = turn.heard.iter().filter(|heard| heard.language.is_some()).collect();
        if spoken.is_empty() {
            return Err("nothing was said".to_owned());
        }
        let is_it = |heard: &&&Heard| {
            let said = heard.language.as_deref().unwrap_or_default();
            said.split('-').next().is_some_and(|said| said.eq_ignore_ascii_case(language)) || said == language
        };
        match spoken.iter().find(|heard| !is_it(heard)) {
            Some(heard) => Err(format!(
                "{} was said, not {language}: {}",
                heard.language.as_deref().unwrap_or("?"),
                heard.text
            )),
            None => Ok(()),
        }
    }

    async fn ends(&mut self, how: Option<&str>) -> Judged {
        let turn = self.newest().await?;
        let ended_by = turn.ended_by.as_deref();
        match (ended_by, how) {
            (None, _) => Err(format!("the call goes on; last was said: {}", said(&turn.heard))),
            (Some(by), Some(how)) if by != how => Err(format!("the call ended by {by}, not by {how}")),
            (Some("error"), None) => Err(turn.end()),
            _ => Ok(()),
        }
    }

    async fn replay(&mut self, number: usize, expect: Option<&str>) -> Judged {
        let sid = self.newest().await?.call_sid.clone();
        let replayed = self.caller.replay(&sid, number).await.map_err(told)?;
        let said = replayed.says.join(" ");
        match (replayed.status, expect) {
            (Some(200), Some(words)) if !holds(&said, words) => {
                Err(format!("the webhook sent again does not say \"{words}\", but: {said}"))
            }
            (Some(200), _) => Ok(()),
            (status, _) => {
                let status = status.map_or_else(|| "nothing".to_owned(), |status| status.to_string());
                Err(format!("the webhook sent again was answered {status}"))
            }
        }
    }

    async fn received(&mut self, who: &str, words: &str, within: f64) -> Judged {
        let known = self.known.get(who).copied().unwrap_or_default();
        let deadline = Instant::now() + Duration::try_from_secs_f64(within).unwrap_or_default();
        let mut seen = known;
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
            let inbox = self.caller.inbox(who, seen, left.min(POLL_S)).await.map_err(told)?;
            let new = inbox.get(known..).unwrap_or_default();
            if new.iter().any(|message| holds(&message.body, words)) {
                return Ok(());
            }
            if left <= 0.0 {
                let got: Vec<&str> = new.iter().map(|message| message.body.as_str()).collect();
                return Err(format!("{who} did not receive \"{words}\", but: {}", got.join(" / ")));
            }
            seen = inbox.len();
        }
    }

    async fn quiet(&mut self, who: &str, words: &str) -> Judged {
        let known = self.known.get(who).copied().unwrap_or_default();
        let inbox = self.caller.inbox(who, 0, 0.0).await.map_err(told)?;
        match inbox.iter().skip(known).find(|message| holds(&message.body, words)) {
            Some(message) => Err(format!("{who} received: {}", message.body)),
            None => Ok(()),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn told(error: anyhow::Error) -> String {
    format!("{error:#}")
}

fn said(heard: &[Heard]) -> String {
    heard.iter().map(|heard| heard.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether a text holds these words, in any case and however it is broken into lines.
fn holds(text: &str, words: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    plain(text).contains(&plain(words))
}
