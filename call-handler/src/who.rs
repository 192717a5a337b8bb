//! Who calls: known by the number, if that can be trusted, or else by a PIN. Until then nothing private is said, not even
//! whether the number is known.

use std::time::Duration;

use adapter_twilio::voice::{CallRequest, Input};
use jiff::Timestamp;
use shared::{
    domain::{
        call::{Call, CallStage},
        customer::Customer,
        identity::Identity,
        language::Language,
    },
    ports::metrics::Measurement,
    repositories::wrong_passwords::TriedPins,
};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::{
    Deps, Trust,
    step::{self, Line, Step, Then},
    talk::Trouble,
    texts::texts,
};

/// The lookup of a caller: Twilio waits for the answer, and so does he.
const LOOKUP_DEADLINE: Duration = Duration::from_millis(1_500);
/// Fewer digits are none of a PIN: "one moment".
const FEWEST_DIGITS: usize = 4;
/// Most wrong PINs in one call.
const WRONG_IN_A_CALL: u32 = 3;

/// The first answer of a call.
pub(crate) async fn first(deps: &Deps, call: &mut Call, request: &CallRequest) -> Result<Step, Trouble> {
    let trusted = deps.config.talk.trust == Trust::Any || request.is_attested;
    let known = match request.from.clone().filter(|_| trusted) {
        Some(number) => look_up(deps, &Identity::Phone(number)).await?,
        None => None,
    };
    match known {
        Some(caller) => Ok(recognised(call, caller, deps.clock.now())),
        None => {
            info!(counter = "call_asked_for_pin", call.id = %call.id, "A caller is asked who it is");
            call.stage = CallStage::Pin { wrong: 0 };
            Ok(ask(call.language, &[texts(call.language).who_are_you]))
        }
    }
}

/// A PIN was asked for.
pub(crate) async fn pin(
    deps: &Deps,
    call: &mut Call,
    wrong: u32,
    request: &CallRequest,
    is_again: bool,
) -> Result<Step, Trouble> {
    let words = texts(call.language);
    if is_again && request.input.did_nothing() {
        return Ok(ask(call.language, &[words.once_more, words.pin_again]));
    }
    let Some(pin) = pin_of(&request.input) else {
        call.silences += 1;
        if call.silences >= 2 {
            return Ok(end(call, words.goodbye));
        }
        let why = if request.input.did_nothing() { words.not_heard } else { words.not_understood };
        return Ok(ask(call.language, &[why, words.pin_again]));
    };
    let now = deps.clock.now();
    // Who calls from a number that is known may be nobody else than whose number it is.
    let owner = match call.from.clone() {
        Some(number) => look_up(deps, &Identity::Phone(number)).await?,
        None => None,
    };
    let pins = TriedPins::new(deps.table.clone());
    if !pins.may_try(call.from.as_ref(), owner.is_some(), now).await? {
        warn!(counter = "call_pins_exhausted", call.id = %call.id, "No PIN is tried any more for a while");
        return Ok(end(call, words.too_many_pins));
    }
    let known = match Identity::pin(&pin) {
        Ok(identity) => look_up(deps, &identity).await?,
        Err(_) => None,
    };
    let is_meant = |caller: &Customer| {
        owner.as_ref().is_none_or(|owner| {
            (&owner.company_id, &owner.customer_id) == (&caller.company_id, &caller.customer_id)
        })
    };
    if let Some(caller) = known.filter(is_meant) {
        call.by_pin = true;
        call.silences = 0;
        return Ok(recognised(call, caller, now));
    }
    call.stage = CallStage::Pin { wrong: wrong + 1 };
    if wrong + 1 >= WRONG_IN_A_CALL {
        return Ok(end(call, words.too_many_pins));
    }
    Ok(ask(call.language, &[words.pin_wrong, words.pin_again]))
}

fn recognised(call: &mut Call, caller: Customer, now: Timestamp) -> Step {
    call.language = caller.language.unwrap_or(call.language);
    call.caller = Some(caller);
    step::greet(call, now)
}

async fn look_up(deps: &Deps, identity: &Identity) -> Result<Option<Customer>, Trouble> {
    match timeout(LOOKUP_DEADLINE, deps.directory.find(identity)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            deps.metrics.record(&Measurement::LookupFailed);
            Err(Trouble::outside(error))
        }
        Err(late) => {
            deps.metrics.record(&Measurement::LookupFailed);
            Err(Trouble::outside(late))
        }
    }
}

fn ask(language: Language, say: &[&str]) -> Step {
    let say = say.iter().map(|text| Line { language, text: (*text).to_owned() }).collect();
    Step { say, then: Then::Digits, effects: Vec::new() }
}

fn end(call: &mut Call, text: &str) -> Step {
    call.stage = CallStage::Over;
    let say = vec![Line { language: call.language, text: text.to_owned() }];
    Step { say, then: Then::HangUp, effects: Vec::new() }
}

/// Digits in words, as transcriptions write them.
const DIGITS: [(&str, char); 33] = [
    ("zero", '0'),
    ("oh", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("null", '0'),
    ("eins", '1'),
    ("zwei", '2'),
    ("zwo", '2'),
    ("drei", '3'),
    ("vier", '4'),
    ("fünf", '5'),
    ("sechs", '6'),
    ("sieben", '7'),
    ("acht", '8'),
    ("neun", '9'),
    ("jeden", '1'),
    ("dwa", '2'),
    ("trzy", '3'),
    ("cztery", '4'),
    ("pięć", '5'),
    ("sześć", '6'),
    ("siedem", '7'),
    ("osiem", '8'),
    ("dziewięć", '9'),
    ("eine", '1'),
    ("ein", '1'),
];

/// The digits that were pressed or said; `None`: nothing that could be a PIN.
fn pin_of(input: &Input) -> Option<String> {
    if let Some(digits) = &input.digits {
        let digits: String = digits.expose().chars().filter(char::is_ascii_digit).collect();
        return Some(digits).filter(|digits| !digits.is_empty());
    }
    let said = input.speech.as_ref()?.expose().to_lowercase();
    let words = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    // "My PIN is 4711": what is no digit is what people say around them.
    let digits = words.filter_map(|word| {
        let known = DIGITS.iter().find(|(name, _)| *name == word).map(|(_, digit)| digit.to_string());
        known.or_else(|| word.bytes().all(|b| b.is_ascii_digit()).then(|| word.to_owned()))
    });
    Some(digits.collect::<String>()).filter(|digits| digits.len() >= FEWEST_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_pressed_or_said_in_digits_or_words() {
        let said = |text: &str| Input { speech: Some(text.to_owned().into()), ..Input::default() };
        for text in [
            "1 2 3 4 5 6",
            "123456",
            "123-456.",
            "My PIN is 123456",
            "one two three four five six",
            "Eins zwo drei vier fünf sechs",
        ] {
            assert_eq!(pin_of(&said(text)).as_deref(), Some("123456"), "{text}");
        }
        let pressed = Input { digits: Some("123456#".to_owned().into()), ..Input::default() };
        assert_eq!(pin_of(&pressed).as_deref(), Some("123456"));
        assert_eq!(pin_of(&Input::default()), None);
        assert_eq!(pin_of(&said("good morning")), None, "that is no PIN that was wrong");
    }
}
