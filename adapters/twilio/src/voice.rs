//! A request of Twilio's in a call (Twilio, "TwiML Voice: what Twilio sends to your application"): the first one, what a
//! caller said or pressed, a recording, and that the call is over. Read field by field; what we do not know is ignored.

use shared::domain::{
    identity::{E164, Identity},
    ids::MessageId,
    private::Private,
};

use crate::{
    account::OwnAccount,
    inbound::{Fields, Rejection, ShapeFault},
    signature::VerifiedForm,
};

/// Longest speech that is taken, in characters.
const MAX_SPEECH: usize = 1_000;
/// Most keys that are taken.
const MAX_DIGITS: usize = 32;

/// A request in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRequest {
    /// The call: its `CallSid`.
    pub id: MessageId,
    /// The number that is called from; `None` if it is withheld, or no number.
    pub from: Option<E164>,
    /// Our number.
    pub to: E164,
    /// Whether the provider of the caller vouches for that number (STIR/SHAKEN, attestation A). Any other number can be
    /// forged (Twilio, "Trusted calling with SHAKEN/STIR").
    pub is_attested: bool,
    /// Whether the caller has hung up, or the call ended otherwise.
    pub is_over: bool,
    /// What the caller did.
    pub input: Input,
}

/// What a caller did. Nothing of it: he was silent, or was only to listen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// What was understood.
    pub speech: Option<Private<String>>,
    /// How sure that is, 0 to 1; 1 where it is not told.
    pub confidence: f64,
    /// The keys.
    pub digits: Option<Private<String>>,
    /// What was recorded.
    pub recording: Option<Recording>,
}

impl Input {
    /// Whether there is nothing that the caller did.
    #[must_use]
    pub const fn did_nothing(&self) -> bool {
        self.speech.is_none() && self.digits.is_none() && self.recording.is_none()
    }
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its `RecordingSid`.
    pub id: MessageId,
    /// Where it is fetched.
    pub url: Private<String>,
    /// Its length in seconds.
    pub seconds: u32,
}

/// Reads a request. `CallSid`, `AccountSid`, `From`, `To` must be there once each.
///
/// # Errors
/// [`Rejection`].
pub fn read_call(form: &VerifiedForm, account: &OwnAccount) -> Result<CallRequest, Rejection> {
    let fields = Fields::new(form.form());
    let id = fields.required("CallSid")?;
    let id = MessageId::parse(id).map_err(|_| ShapeFault::Unreadable("CallSid"))?;
    let account_sid = fields.required("AccountSid")?;
    let (from, to) = (fields.required("From")?, fields.required("To")?);
    let is_over = fields.optional("CallStatus")?.is_some_and(is_final);
    let is_attested = fields.optional("StirVerstat")?.is_some_and(|told| told == "TN-Validation-Passed-A");
    let input = read_input(&fields)?;
    if account_sid != account.sid.as_str() {
        return Err(Rejection::Foreign("account"));
    }
    let to = E164::parse(to).map_err(|_| Rejection::Foreign("recipient"))?;
    if !account.owns(&Identity::Phone(to.clone())) {
        return Err(Rejection::Foreign("recipient"));
    }
    let from = E164::parse(from).ok();
    if from.as_ref().is_some_and(|from| account.owns(&Identity::Phone(from.clone()))) {
        return Err(Rejection::FromOurselves);
    }
    Ok(CallRequest { id, from, to, is_attested, is_over, input })
}

/// The states that a call does not leave any more (Twilio, "Call status values").
fn is_final(status: &str) -> bool {
    matches!(status, "completed" | "busy" | "failed" | "no-answer" | "canceled")
}

fn read_input(fields: &Fields<'_>) -> Result<Input, ShapeFault> {
    let speech = fields.optional("SpeechResult")?.map(|said| said.replace('\0', ""));
    let speech = speech.map(|said| said.trim().chars().take(MAX_SPEECH).collect::<String>());
    let confidence = fields.optional("Confidence")?.and_then(|raw| raw.parse::<f64>().ok());
    let is_key = |c: &char| c.is_ascii_digit() || matches!(c, '*' | '#');
    // A recording that ended with the call has the word `hangup` there.
    let digits = fields.optional("Digits")?.filter(|digits| digits.chars().all(|c| is_key(&c)));
    Ok(Input {
        speech: speech.filter(|said| !said.is_empty()).map(Private::new),
        // Some recognisers say 0 where they say nothing of it.
        confidence: confidence.filter(|sure| *sure > 0.0 && *sure <= 1.0).unwrap_or(1.0),
        digits: digits.filter(|digits| digits.len() <= MAX_DIGITS).map(|digits| digits.to_owned().into()),
        recording: read_recording(fields)?,
    })
}

fn read_recording(fields: &Fields<'_>) -> Result<Option<Recording>, ShapeFault> {
    let (Some(id), Some(url)) = (fields.optional("RecordingSid")?, fields.optional("RecordingUrl")?) else {
        return Ok(None);
    };
    let id = MessageId::parse(id).map_err(|_| ShapeFault::Unreadable("RecordingSid"))?;
    // A recording of which no length is told may hold something.
    let seconds = fields.optional("RecordingDuration")?.and_then(|raw| raw.parse().ok()).unwrap_or(1);
    Ok(Some(Recording { id, url: url.to_owned().into(), seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::tests::{account, verified};

    const CALL: &str = "CallSid=CA0000000000000000000000000000000a&AccountSid=AC00000000000000000000000000000001\
        &From=%2B15555550100&To=%2B14155238886&CallStatus=ringing&Direction=inbound&ApiVersion=2010-04-01\
        &Caller=%2B15555550100&Called=%2B14155238886&FromCountry=US";

    fn read(body: &str) -> Result<CallRequest, Rejection> {
        read_call(&verified(body.as_bytes()), &account())
    }

    #[test]
    fn a_call_is_read_with_whether_its_number_is_vouched_for() {
        let call = read(CALL).unwrap();
        assert_eq!(call.id.as_str(), "CA0000000000000000000000000000000a");
        assert_eq!(call.from.as_ref().map(E164::as_str), Some("+15555550100"));
        assert!(!call.is_attested && !call.is_over);
        assert_eq!(call.input, Input { confidence: 1.0, ..Input::default() });
        for (told, is_attested) in [
            ("TN-Validation-Passed-A", true),
            ("TN-Validation-Passed-B", false),
            ("TN-Validation-Failed-A", false),
            ("No-TN-Validation", false),
            ("TN-Validation-Passed-A-Diverted-C", false),
        ] {
            assert_eq!(
                read(&format!("{CALL}&StirVerstat={told}")).unwrap().is_attested,
                is_attested,
                "{told}"
            );
        }
        for from in ["anonymous", "%2B266696687", "sip%3Aanna%40example.com", "client%3Aanna", "Restricted"] {
            let call = read(&CALL.replace("From=%2B15555550100", &format!("From={from}"))).unwrap();
            assert_eq!(call.from, None, "{from}");
        }
    }

    #[test]
    fn what_a_caller_does_is_read_and_what_is_no_key_is_none() {
        let said = read(&format!("{CALL}&SpeechResult=Next+please.&Confidence=0.42")).unwrap().input;
        assert_eq!(said.speech.unwrap().expose(), "Next please.");
        assert!((said.confidence - 0.42).abs() < 1e-9);
        let pressed = read(&format!("{CALL}&Digits=12%23*")).unwrap().input;
        assert_eq!(pressed.digits.unwrap().expose(), "12#*");
        for odd in ["Digits=hangup", "Digits=", "SpeechResult=++", "Confidence=9", "Confidence=0.0"] {
            let input = read(&format!("{CALL}&{odd}")).unwrap().input;
            assert_eq!((input.digits, input.speech, input.confidence), (None, None, 1.0), "{odd}");
        }
        let recording = "RecordingSid=RE0000000000000000000000000000000b&RecordingDuration=7\
            &RecordingUrl=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2FAC1%2FRecordings%2FRE1&Digits=hangup";
        let input = read(&format!("{CALL}&{recording}")).unwrap().input;
        assert_eq!(input.recording.unwrap().seconds, 7);
        assert!(read(&CALL.replace("ringing", "completed")).unwrap().is_over);
    }

    #[test]
    fn a_call_for_others_or_from_ourselves_is_none_of_ours() {
        for (body, expected) in [
            (CALL.replace("AC00000000000000000000000000000001", "AC2"), Rejection::Foreign("account")),
            (CALL.replace("To=%2B14155238886", "To=%2B14155238000"), Rejection::Foreign("recipient")),
            (CALL.replace("From=%2B15555550100", "From=%2B14155238886"), Rejection::FromOurselves),
            (
                CALL.replace("CallSid=CA0000000000000000000000000000000a&", ""),
                ShapeFault::Missing("CallSid").into(),
            ),
            (format!("{CALL}&From=%2B1"), ShapeFault::Repeated("From").into()),
        ] {
            assert_eq!(read(&body).unwrap_err(), expected);
        }
    }
}
