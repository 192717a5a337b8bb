//! Reading a scripted call: one step a line. What is wrong is told with its line and what to write instead.

use std::path::PathBuf;

use serde_json::Value;

/// A line that does something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) step: Step,
}

/// What a line does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Title(String),
    From(String),
    Stir(String),
    Pauses(f64),
    AllowSlow,
    AllowWarnings,
    Fault(Value),
    Text { from: String, words: String },
    Call,
    Say { words: String, confidence: Option<f64>, after: Option<usize> },
    Press(String),
    Silence,
    Record { file: PathBuf, hang_up: bool },
    HangUp,
    Expect { words: String, within: Option<f64> },
    Refuse(String),
    Language(String),
    Ends(Option<String>),
    Replay { number: usize, expect: Option<String> },
    Received { who: String, words: String, within: f64 },
    Quiet { who: String, words: String },
}

/// What a line may begin with.
const STEPS: &str = "title, from, stir, pauses, allow-slow, allow-warnings, fault, text, call, say, press, silence, record, \
                     hangup, expect, refuse, language, ends, replay, received, quiet";
/// How a call may end.
const ENDINGS: [&str; 5] = ["hangup", "caller", "end_of_document", "rejected", "error"];
/// How long a message may take to arrive, unless the line says more.
const USUAL_WAIT_S: f64 = 10.0;

/// All steps of a script, or the first line that is none.
pub(super) fn parse(text: &str) -> Result<Vec<Line>, (usize, String)> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let step = step(line).map_err(|why| (number, why))?;
            lines.push(Line { number, step });
        }
    }
    let plays = |line: &Line| !matches!(line.step, Step::Title(_) | Step::From(_) | Step::Stir(_));
    if lines.iter().any(plays) {
        Ok(lines)
    } else {
        Err((1, "the script has no steps: write `call`".to_owned()))
    }
}

fn step(line: &str) -> Result<Step, String> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let mut words = Words(rest);
    let step = match name {
        "title" => return some(rest, "title A caller hears what is new").map(Step::Title),
        "text" => {
            let usage = "text +4915155500002 Please order pipes.";
            let (from, said) = rest.split_once(char::is_whitespace).ok_or_else(|| usage_of(usage))?;
            return Ok(Step::Text { from: from.to_owned(), words: some(said.trim(), usage)? });
        }
        "fault" => {
            let plan = serde_json::from_str(rest).ok().filter(Value::is_array);
            let usage = "fault [{\"call\": \"POST /v1/chat/completions\", \"do\": \"status:503\"}]";
            return plan.map(Step::Fault).ok_or_else(|| usage_of(usage));
        }
        "from" => Step::From(words.word("from +15555550100")?),
        "stir" => Step::Stir(words.one_of(&["A", "B", "C", "none"], "stir A")?),
        "pauses" => Step::Pauses(words.number("pauses 0.1")?),
        "allow-slow" => Step::AllowSlow,
        "allow-warnings" => Step::AllowWarnings,
        "call" => Step::Call,
        "say" => {
            let usage = "say \"next\" confidence 0.2 after 1";
            let said = words.quoted(usage)?;
            let confidence = words.named("confidence", usage)?;
            let after = words.named("after", usage)?;
            Step::Say { words: said, confidence, after: after.map(whole).transpose()? }
        }
        "press" => Step::Press(words.keys()?),
        "silence" => Step::Silence,
        "record" => {
            let usage = "record tests/fixtures/audio/job-en.ogg";
            let (file, hang_up) = match rest.strip_suffix(" hangup") {
                Some(file) => (file.trim(), true),
                None => (rest, false),
            };
            return Ok(Step::Record { file: some(file, usage)?.into(), hang_up });
        }
        "hangup" => Step::HangUp,
        "expect" => {
            let usage = "expect \"3 unread\" within 20";
            let said = words.quoted(usage)?;
            Step::Expect { words: said, within: words.named("within", usage)? }
        }
        "refuse" => Step::Refuse(words.quoted("refuse \"secret\"")?),
        "language" => Step::Language(words.word("language de")?),
        "ends" if rest.is_empty() => Step::Ends(None),
        "ends" => Step::Ends(Some(words.one_of(&ENDINGS, "ends hangup")?)),
        "replay" => {
            let usage = "replay 2 expect \"once more\"";
            let number = whole(words.number(usage)?)?;
            let expect = words.take("expect").then(|| words.quoted(usage)).transpose()?;
            Step::Replay { number, expect }
        }
        "received" => {
            let usage = "received +15555550100 \"words\" within 30";
            let (who, said) = (words.word(usage)?, words.quoted(usage)?);
            let within = words.named("within", usage)?.unwrap_or(USUAL_WAIT_S);
            Step::Received { who, words: said, within }
        }
        "quiet" => {
            let usage = "quiet +15555550100 \"words\"";
            Step::Quiet { who: words.word(usage)?, words: words.quoted(usage)? }
        }
        other => return Err(format!("\"{other}\" is no step; steps are {STEPS}")),
    };
    match words.0.trim() {
        "" => Ok(step),
        rest => Err(format!("`{name}` does not take \"{rest}\": remove it")),
    }
}

fn usage_of(usage: &str) -> String {
    format!("write it as: {usage}")
}

fn some(text: &str, usage: &str) -> Result<String, String> {
    if text.is_empty() { Err(usage_of(usage)) } else { Ok(text.to_owned()) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: a small whole number")]
fn whole(number: f64) -> Result<usize, String> {
    if number.fract() == 0.0 && (0.0..10_000.0).contains(&number) {
        Ok(number as usize)
    } else {
        Err(format!("{number} is not a whole number"))
    }
}

/// What is left of a line.
struct Words<'a>(&'a str);

impl Words<'_> {
    fn word(&mut self, usage: &str) -> Result<String, String> {
        let (word, rest) = self.0.split_once(char::is_whitespace).unwrap_or((self.0, ""));
        let word = some(word, usage)?;
        self.0 = rest.trim_start();
        Ok(word)
    }

    fn one_of(&mut self, known: &[&str], usage: &str) -> Result<String, String> {
        let word = self.word(usage)?;
        if known.contains(&word.as_str()) {
            Ok(word)
        } else {
            Err(format!("\"{word}\" is none of {}; {}", known.join(", "), usage_of(usage)))
        }
    }

    fn number(&mut self, usage: &str) -> Result<f64, String> {
        let word = self.word(usage)?;
        let number = word.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| format!("\"{word}\" is no number; {}", usage_of(usage)))
    }

    fn keys(&mut self) -> Result<String, String> {
        let usage = "press 1";
        let keys = self.word(usage)?;
        let is_key = |letter: char| letter.is_ascii_digit() || matches!(letter, '*' | '#');
        if keys.chars().all(is_key) {
            Ok(keys)
        } else {
            Err(format!("keys are 0 to 9, * and #; {}", usage_of(usage)))
        }
    }

    /// Whether the next word is this one, which is then taken.
    fn take(&mut self, name: &str) -> bool {
        let rest = self.0.strip_prefix(name).filter(|rest| rest.starts_with(char::is_whitespace));
        if let Some(rest) = rest {
            self.0 = rest.trim_start();
        }
        rest.is_some()
    }

    /// The number behind a name, if that stands here.
    fn named(&mut self, name: &str, usage: &str) -> Result<Option<f64>, String> {
        self.take(name).then(|| self.number(usage)).transpose()
    }

    /// Words between quotation marks; `\"` is one inside.
    fn quoted(&mut self, usage: &str) -> Result<String, String> {
        let inside = self.0.strip_prefix('"').ok_or_else(|| usage_of(usage))?;
        let mut said = String::new();
        let mut letters = inside.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.0 = inside.get(at + 1..).unwrap_or_default().trim_start();
                    return some(&said, usage);
                }
                '\\' => said.extend(letters.next().map(|(_, letter)| letter)),
                letter => said.push(letter),
            }
        }
        Err(format!("the quotation mark is not closed; {}", usage_of(usage)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_read() {
        let script = "# a story\n\ntitle A caller hears what is new\nfrom anonymous\nstir none\npauses 0\n\
                      fault [{\"call\":\"*\",\"do\":\"cut\"}]\ntext +49151 Two pipes, please.\ncall\n\
                      say \"ne\\\"xt\" confidence 0.2\nsay \"stop\" after 1\npress 1#\nsilence\nrecord a b.ogg\nrecord a.ogg hangup\n\
                      hangup\nexpect \"3 unread\" within 20\nrefuse \"secret\"\nlanguage de\nends\nends caller\nreplay 2\n\
                      replay 2 expect \"x\"\nreceived +1 \"done\" within 30\nquiet +1 \"x\"\nallow-slow\nallow-warnings\n";
        let lines = parse(script).unwrap();
        assert_eq!((lines.len(), lines[0].number, lines[24].number), (25, 3, 27));
        assert_eq!(lines[1].step, Step::From("anonymous".to_owned()));
        assert_eq!(
            lines[5].step,
            Step::Text { from: "+49151".to_owned(), words: "Two pipes, please.".to_owned() }
        );
        assert_eq!(
            lines[7].step,
            Step::Say { words: "ne\"xt".to_owned(), confidence: Some(0.2), after: None }
        );
        assert_eq!(lines[8].step, Step::Say { words: "stop".to_owned(), confidence: None, after: Some(1) });
        assert_eq!(lines[11].step, Step::Record { file: "a b.ogg".into(), hang_up: false });
        assert_eq!(lines[12].step, Step::Record { file: "a.ogg".into(), hang_up: true });
        assert_eq!(lines[14].step, Step::Expect { words: "3 unread".to_owned(), within: Some(20.0) });
        assert_eq!(lines[20].step, Step::Replay { number: 2, expect: Some("x".to_owned()) });
        assert_eq!(
            lines[21].step,
            Step::Received { who: "+1".to_owned(), words: "done".to_owned(), within: 30.0 }
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_a_remedy() {
        let wrong = [
            ("call\nsing", 2, "is no step; steps are title"),
            ("say next", 1, "write it as: say \"next\""),
            ("say \"next", 1, "not closed"),
            ("say \"\"", 1, "write it as"),
            ("say \"x\" loudly", 1, "does not take \"loudly\""),
            ("say \"x\" confidence high", 1, "is no number"),
            ("press one", 1, "keys are"),
            ("stir D", 1, "is none of A, B, C, none"),
            ("ends well", 1, "is none of hangup"),
            ("replay 1.5", 1, "whole number"),
            ("fault {}", 1, "write it as: fault ["),
            ("text +49151", 1, "write it as: text"),
            ("record", 1, "write it as: record"),
            ("# nothing", 1, "no steps"),
            ("title x", 1, "no steps"),
        ];
        for (script, number, remedy) in wrong {
            let (line, why) = parse(script).unwrap_err();
            assert!(line == number && why.contains(remedy), "{script}: {line}: {why}");
        }
    }
}
