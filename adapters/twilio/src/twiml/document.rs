//! Documents that tell Twilio what to do in a call (Twilio, "TwiML for Programmable Voice"). What people said stands in
//! them as text only: it is escaped, and what XML 1.0 cannot hold is left out.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The words.
    pub text: String,
    /// A voice of Twilio's, such as `Polly.Vicki-Neural`.
    pub voice: String,
    /// The language that it speaks, such as `de-DE`.
    pub language: String,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Speak, or press one key.
    WordsOrKey,
    /// Speak or press several keys, and then `#`.
    Digits,
}

/// Says something and listens. Who speaks meanwhile interrupts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    /// What is said.
    pub say: Vec<Say>,
    /// What is listened for.
    pub listen: Listen,
    /// Where it is told what came, and that nothing came: a path of ours, without a query or with a sorted one.
    pub action: String,
    /// The language that is listened for.
    pub language: String,
    /// Words that are likely.
    pub hints: &'static str,
    /// How many seconds of silence are nothing: 1 to 60.
    pub timeout: u8,
}

/// Records what a caller says after a tone, until he presses `#`, is silent or hangs up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it is told.
    pub action: String,
    /// Longest recording in seconds, 1 to 14,400.
    pub longest: u16,
    /// How many seconds of silence end it.
    pub timeout: u8,
}

/// A verb. They are done one after the other; behind the last one the call ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// `<Say>`.
    Say(Say),
    /// `<Pause>`, in seconds.
    Pause(u8),
    /// `<Gather>`.
    Gather(Gather),
    /// `<Record>`.
    Record(Record),
    /// `<Redirect>` to a path of ours.
    Redirect(String),
    /// `<Hangup>`.
    Hangup,
}

/// The document of these verbs.
///
/// # Errors
/// Never: what it is written to is memory.
pub fn document(verbs: &[Verb]) -> io::Result<String> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("Response").write_inner_content(|writer| {
        for verb in verbs {
            write(writer, verb)?;
        }
        Ok(())
    })?;
    String::from_utf8(writer.into_inner()).map_err(io::Error::other)
}

fn write(writer: &mut Writer<Vec<u8>>, verb: &Verb) -> io::Result<()> {
    match verb {
        Verb::Say(said) => say(writer, said),
        Verb::Pause(seconds) => writer
            .create_element("Pause")
            .with_attribute(("length", seconds.to_string().as_str()))
            .write_empty()
            .map(drop),
        Verb::Gather(heard) => gather(writer, heard),
        Verb::Record(recorded) => record(writer, recorded),
        Verb::Redirect(to) => {
            writer
                .create_element("Redirect")
                .with_attribute(("method", "POST"))
                .write_text_content(text(to))?;
            Ok(())
        }
        Verb::Hangup => writer.create_element("Hangup").write_empty().map(drop),
    }
}

fn say(writer: &mut Writer<Vec<u8>>, said: &Say) -> io::Result<()> {
    writer
        .create_element("Say")
        .with_attribute(("voice", said.voice.as_str()))
        .with_attribute(("language", said.language.as_str()))
        .write_text_content(text(&allowed(&said.text)))
        .map(drop)
}

fn gather(writer: &mut Writer<Vec<u8>>, heard: &Gather) -> io::Result<()> {
    let timeout = heard.timeout.to_string();
    let element = writer
        .create_element("Gather")
        .with_attribute(("input", "dtmf speech"))
        .with_attribute(("action", heard.action.as_str()))
        .with_attribute(("method", "POST"))
        .with_attribute(("language", heard.language.as_str()))
        .with_attribute(("timeout", timeout.as_str()))
        // A number: `auto` is refused with some of the speech models (error 13335).
        .with_attribute(("speechTimeout", "2"))
        .with_attribute(("bargeIn", "true"))
        .with_attribute(("actionOnEmptyResult", "true"));
    let element = match heard.listen {
        Listen::WordsOrKey => element.with_attribute(("numDigits", "1")),
        Listen::Digits => element.with_attribute(("finishOnKey", "#")),
    };
    let element =
        if heard.hints.is_empty() { element } else { element.with_attribute(("hints", heard.hints)) };
    element
        .write_inner_content(|writer| {
            for said in &heard.say {
                say(writer, said)?;
            }
            Ok(())
        })
        .map(drop)
}

fn record(writer: &mut Writer<Vec<u8>>, recorded: &Record) -> io::Result<()> {
    writer
        .create_element("Record")
        .with_attribute(("action", recorded.action.as_str()))
        .with_attribute(("method", "POST"))
        .with_attribute(("maxLength", recorded.longest.to_string().as_str()))
        .with_attribute(("timeout", recorded.timeout.to_string().as_str()))
        .with_attribute(("finishOnKey", "#"))
        .with_attribute(("playBeep", "true"))
        .write_empty()
        .map(drop)
}

fn text(text: &str) -> BytesText<'_> {
    BytesText::new(text)
}

/// Without what XML 1.0 has no character for (W3C, "Extensible Markup Language 1.0", production 2): Twilio refuses the
/// whole document for one of them (error 12100).
fn allowed(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Say {
        Say { text: text.into(), voice: "Polly.Vicki-Neural".into(), language: "de-DE".into() }
    }

    #[test]
    fn a_document_is_written_as_twilio_reads_it() {
        let gather = Gather {
            say: vec![said("Was nun?")],
            listen: Listen::WordsOrKey,
            action: "/twilio/voice/followup?turn=3".into(),
            language: "de-DE".into(),
            hints: "weiter, nochmal",
            timeout: 5,
        };
        let verbs = [
            Verb::Say(said("Grüß Gott.")),
            Verb::Pause(2),
            Verb::Gather(gather),
            Verb::Record(Record { action: "/x".into(), longest: 300, timeout: 5 }),
            Verb::Redirect("/twilio/voice/followup?again=1&turn=3".into()),
            Verb::Hangup,
        ];
        assert_eq!(
            document(&verbs).unwrap(),
            concat!(
                r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#,
                r#"<Say voice="Polly.Vicki-Neural" language="de-DE">Grüß Gott.</Say><Pause length="2"/>"#,
                r#"<Gather input="dtmf speech" action="/twilio/voice/followup?turn=3" method="POST" language="de-DE" "#,
                r#"timeout="5" speechTimeout="2" bargeIn="true" actionOnEmptyResult="true" numDigits="1" hints="weiter, nochmal">"#,
                r#"<Say voice="Polly.Vicki-Neural" language="de-DE">Was nun?</Say></Gather>"#,
                r##"<Record action="/x" method="POST" maxLength="300" timeout="5" finishOnKey="#" playBeep="true"/>"##,
                r#"<Redirect method="POST">/twilio/voice/followup?again=1&amp;turn=3</Redirect><Hangup/></Response>"#,
            )
        );
    }

    #[test]
    fn d07_what_people_said_is_text_and_nothing_else() {
        let hostile = "a<Say>b</Say>]]>&#0;\u{0}\u{8}\u{FFFE}\u{FFFF}<Hangup/>\u{1F600}\"'";
        let written = document(&[Verb::Say(said(hostile))]).unwrap();
        assert_eq!(written.matches("<Say").count(), 1, "{written}");
        assert!(!written.contains("<Hangup"), "{written}");
        assert!(
            written.contains("a&lt;Say&gt;b&lt;/Say&gt;]]&gt;&amp;#0;&lt;Hangup/&gt;\u{1F600}"),
            "{written}"
        );
    }
}
