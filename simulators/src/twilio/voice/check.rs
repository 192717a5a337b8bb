//! The check of a TwiML document against the table: what Twilio would warn of, with its code.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{
    document::{Element, parse},
    grammar::{
        AUTO_WITH_MODEL, BASIC_VOICES, Domain, HINTS, Inside, LARGEST_DOCUMENT, LONGEST_ENCODED,
        NOT_PERFORMED, POLLY_VOICES, RULES, Rule, SAY_EMPTY, SAY_TOO_LONG, SCHEMA, SPEECH_MODELS,
        SPEECH_VENDORS, SSML, Speaker,
    },
};

/// What is wrong with a TwiML document of a call, each with Twilio's code; nothing if it is right. The rules and their
/// sources stand in `grammar.rs`.
#[must_use]
pub fn twiml_faults(xml: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if xml.len() > LARGEST_DOCUMENT {
        faults.push(format!("11750: the document has {} bytes, more than 64 kB", xml.len()));
    }
    match parse(xml) {
        Err(fault) => faults.push(format!("12100: {fault}")),
        Ok(root) if root.name != "Response" => {
            faults.push(format!("12102: the root is <{}>, not <Response>", root.name));
        }
        Ok(root) => faults.extend(faults_of(&root)),
    }
    faults
}

/// The same of a document that was read already.
pub(super) fn faults_of(root: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    check(root, &mut faults);
    faults
}

fn check(element: &Element, faults: &mut Vec<String>) {
    let Some(rule) = RULES.iter().find(|rule| rule.name == element.name) else { return };
    for (name, value) in &element.attributes {
        match rule.attributes.iter().find(|(known, _, _)| known == name) {
            None => faults.push(format!("{SCHEMA}: <{}> has no attribute {name}", rule.name)),
            Some((_, domain, code)) => {
                if let Some(fault) = fault_of(*domain, value) {
                    faults.push(format!("{code}: {name} of <{}> {fault}", rule.name));
                }
            }
        }
    }
    match rule.inside {
        Inside::Nothing => check_empty(element, faults),
        Inside::Address => check_address(element, faults),
        Inside::Speech => check_speech(element, faults),
        Inside::Verbs(allowed) => check_verbs(element, rule, allowed, faults),
    }
    let is_auto = element.attribute("speechTimeout") == Some("auto");
    if is_auto && element.attribute("speechModel").is_some() {
        faults.push(format!("{AUTO_WITH_MODEL}: speechTimeout of <Gather> is auto beside a speechModel"));
    }
}

fn check_empty(element: &Element, faults: &mut Vec<String>) {
    if element.elements().next().is_some() || !element.own_words().trim().is_empty() {
        faults.push(format!("{SCHEMA}: <{}> has something inside", element.name));
    }
}

fn check_address(element: &Element, faults: &mut Vec<String>) {
    let words = element.own_words();
    let plays_keys = element.name == "Play" && element.attribute("digits").is_some();
    if element.elements().next().is_some() {
        faults.push(format!("{SCHEMA}: <{}> has an element inside", element.name));
    } else if words.trim().is_empty() && element.name == "Play" && !plays_keys {
        faults.push(format!("{SCHEMA}: <Play> has no address"));
    } else if let Some(fault) = address_fault(words.trim()) {
        faults.push(format!("{SCHEMA}: the address of <{}> {fault}", element.name));
    }
}

fn check_verbs(element: &Element, rule: &Rule, allowed: &[&str], faults: &mut Vec<String>) {
    if !element.own_words().trim().is_empty() {
        faults.push(format!("{SCHEMA}: words stand in <{}> outside of a verb", rule.name));
    }
    for inner in element.elements() {
        if allowed.contains(&inner.name.as_str()) {
            check(inner, faults);
        } else if RULES.iter().any(|rule| rule.name == inner.name) {
            faults.push(format!("{SCHEMA}: <{}> may not stand in <{}>", inner.name, rule.name));
        } else if NOT_PERFORMED.contains(&inner.name.as_str()) {
            faults.push(format!("not simulated: <{}> is left out", inner.name));
        } else {
            faults.push(format!("{SCHEMA}: <{}> is no verb", inner.name));
        }
    }
}

/// Who speaks a `<Say>` with this voice; `None` if nobody has it.
pub(super) fn speaker(voice: Option<&str>) -> Option<Speaker> {
    match voice {
        None => Some(Speaker::Basic),
        Some(name) if BASIC_VOICES.contains(&name) => Some(Speaker::Basic),
        Some(name) if name.starts_with("Polly.") => polly_language(name).map(|_| Speaker::Polly),
        Some(name) => google_language(name).map(|_| Speaker::Google),
    }
}

/// The language that a voice has of its own.
pub(super) fn voice_language(voice: &str) -> Option<String> {
    polly_language(voice).map(str::to_owned).or_else(|| google_language(voice))
}

fn polly_language(voice: &str) -> Option<&'static str> {
    let name = voice.strip_prefix("Polly.")?;
    let (name, kind) = name.split_once('-').map_or((name, None), |(name, kind)| (name, Some(kind)));
    let (_, language, plain, neural) = POLLY_VOICES.iter().find(|(known, ..)| *known == name)?;
    let is_there = match kind {
        None => *plain,
        Some("Neural" | "Generative") => *neural,
        Some(_) => false,
    };
    is_there.then_some(*language)
}

/// `Google.de-DE-Wavenet-B`, `Google.pl-PL-Chirp3-HD-Aoede`.
fn google_language(voice: &str) -> Option<String> {
    let mut parts = voice.strip_prefix("Google.")?.split('-');
    let language = format!("{}-{}", parts.next()?, parts.next()?);
    let kind = parts.next()?;
    let is_known = ["Standard", "Wavenet", "Neural2", "Studio", "Chirp3"].contains(&kind);
    (is_known && is_locale(&language) && parts.next().is_some()).then_some(language)
}

fn check_speech(element: &Element, faults: &mut Vec<String>) {
    let voice = element.attribute("voice");
    let language = element.attribute("language");
    // A voice that nobody has is told where attributes are.
    let speaker = speaker(voice).unwrap_or(Speaker::Basic);
    let words = element.words();
    if words.is_empty() {
        faults.push(format!("{SAY_EMPTY}: <Say> has no words"));
    }
    let length = words.chars().count();
    if length > speaker.longest() {
        let longest = speaker.longest();
        faults.push(format!(
            "{SAY_TOO_LONG}: <Say> has {length} characters, more than {longest} for its voice"
        ));
    }
    let encoded = utf8_percent_encode(&words, NON_ALPHANUMERIC).map(str::len).sum::<usize>();
    if encoded > LONGEST_ENCODED {
        faults.push(format!(
            "{SAY_TOO_LONG}: <Say> has {encoded} characters URL-encoded, more than {LONGEST_ENCODED}"
        ));
    }
    if let (Some(own), Some(asked)) = (voice.and_then(voice_language), language)
        && own != asked
    {
        faults.push(format!("13512: the voice of <Say> speaks {own}, and not {asked}"));
    }
    check_marks(element, speaker, faults);
}

fn check_marks(element: &Element, speaker: Speaker, faults: &mut Vec<String>) {
    for mark in element.elements() {
        if !SSML.contains(&mark.name.as_str()) {
            faults.push(format!("{SCHEMA}: <{}> may not stand in <Say>", mark.name));
        } else if speaker == Speaker::Basic {
            faults.push(format!("{SCHEMA}: <{}> works with voices of Polly and Google only", mark.name));
        }
        check_marks(mark, speaker, faults);
    }
}

/// Why a value does not fit; what is fine gives nothing.
fn fault_of(domain: Domain, value: &str) -> Option<String> {
    let is_one_of = |known: &[&str], value: &str| known.contains(&value);
    let fits = match domain {
        Domain::Anything => true,
        Domain::Address => return address_fault(value),
        Domain::Truth => is_one_of(&["true", "false"], value),
        Domain::Whole(least, most) => is_whole(value, least, most),
        Domain::OneOf(known) => is_one_of(known, value),
        Domain::Several(known) => {
            let parts: Vec<&str> = value.split(' ').collect();
            let differ =
                parts.iter().enumerate().all(|(at, part)| !parts.iter().skip(at + 1).any(|x| x == part));
            differ && parts.iter().all(|part| is_one_of(known, part))
        }
        Domain::Keys => value.chars().all(is_key),
        Domain::Locale => is_locale(value),
        Domain::Voice => speaker(Some(value)).is_some(),
        Domain::SpeechTimeout => value == "auto" || is_whole(value, 1, 86_400),
        Domain::SpeechModel => {
            is_one_of(SPEECH_MODELS, value) || SPEECH_VENDORS.iter().any(|vendor| value.starts_with(vendor))
        }
        Domain::Hints => {
            let (most, longest) = HINTS;
            value.split(',').count() <= most
                && value.split(',').all(|hint| hint.trim().chars().count() <= longest)
        }
    };
    (!fits).then(|| {
        let value: String = value.chars().take(40).collect();
        format!("may not be \"{value}\"")
    })
}

/// Twilio takes relative and absolute addresses. It may sort the query of an address before it signs it.
fn address_fault(value: &str) -> Option<String> {
    let Some(url) = Url::parse("https://relative.example/").ok().and_then(|base| base.join(value).ok())
    else {
        return Some("is no address".to_owned());
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Some("is not for http or https".to_owned());
    }
    if value.chars().any(char::is_whitespace) {
        return Some("holds a blank".to_owned());
    }
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    (!names.is_sorted()).then(|| "has an unsorted query, which Twilio may sort before it signs".to_owned())
}

fn is_whole(value: &str, least: u32, most: u32) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
        && value.parse().is_ok_and(|number: u32| (least..=most).contains(&number))
}

/// Whether a telephone has this key.
pub(super) fn is_key(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '*' | '#')
}

/// A language with its region: `de-DE`, `es-419`, `cmn-Hans-CN`, `en-GB-WLS`; Arabic has none.
fn is_locale(value: &str) -> bool {
    let mut parts = value.split('-');
    let is_language = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let rest: Vec<&str> = parts.collect();
    let is_region = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_uppercase()) && (2..=3).contains(&part.len());
        letters || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_script = |part: &str| {
        part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()) && !is_region(part)
    };
    let fits = match rest.as_slice() {
        [] => value == "arb",
        [region] => is_region(region),
        [first, second] => (is_script(first) || is_region(first)) && is_region(second),
        _ => false,
    };
    is_language && fits
}

#[cfg(test)]
mod tests;
