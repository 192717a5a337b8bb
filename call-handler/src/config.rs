//! The settings of calls.

use adapter_twilio::{account::OwnAccount, public_base::PublicBase};
use jiff::SignedDuration;
use shared::{
    config::Settings,
    domain::{
        identity::{Address, E164},
        language::Language,
    },
};

use crate::step::Limits;

/// Longest wait for what becomes of a note that was spoken.
const OUTCOME_WITHIN: SignedDuration = SignedDuration::from_secs(15);
/// Longest wait for a summary or an answer: longer than a model may take for one, and a queue beside it.
const MODEL_WITHIN: SignedDuration = SignedDuration::from_secs(28);

/// Which numbers tell who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Those that the caller's provider vouches for; all others are asked for a PIN.
    Attested,
    /// All. A number can be forged: only where nobody has a reason to.
    Any,
}

/// The settings of this function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `PUBLIC_BASE_URL`.
    pub public_base: PublicBase,
    /// The account that calls must be for: see [`OwnAccount::read`].
    pub account: OwnAccount,
    /// How calls are answered.
    pub talk: TalkSettings,
}

/// How calls are answered.
#[derive(Clone, Debug, PartialEq)]
pub struct TalkSettings {
    /// `HARK_CALL_TRUST`: `attested` or `any`.
    pub trust: Trust,
    /// `HARK_CALL_LANGUAGE`: for those of whom nothing tells a language; `en` unless set.
    pub language: Language,
    /// `HARK_CALL_QUESTIONS` (10) and `HARK_CALL_CONFIDENCE` (0.35), with what is not set.
    pub limits: Limits,
    /// `HARK_CALL_FORGET_MINUTES` (60, at least 10): after so long without a request a call is forgotten.
    pub forget_after: SignedDuration,
    /// `HARK_CALL_NOTE_SECONDS` (300): the longest note.
    pub note_seconds: u16,
    /// `HARK_VOICE_EN`, `HARK_VOICE_DE`, `HARK_VOICE_PL`.
    pub voices: Voices,
    /// Whether there is a template for those who have not written for a day: `TWILIO_TEMPLATE_SID`.
    pub has_template: bool,
}

/// Twilio's names of the voices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voices {
    en: String,
    de: String,
    pl: String,
}

impl Voices {
    /// The voice of a language, and the language as Twilio writes it.
    #[must_use]
    pub fn of(&self, language: Language) -> (&str, &'static str) {
        match language {
            Language::En => (&self.en, "en-US"),
            Language::De => (&self.de, "de-DE"),
            Language::Pl => (&self.pl, "pl-PL"),
        }
    }
}

impl Config {
    /// Reads all of it, with this trust where none is set; what is wrong is noted in `settings`, and then the value must not
    /// be used.
    pub fn read(settings: &mut Settings<'_>, trust: Trust) -> Self {
        Self {
            public_base: PublicBase::read(settings),
            account: OwnAccount::read(settings),
            talk: TalkSettings::read(settings, trust),
        }
    }

    /// The language that a number is likely to speak, by its country (ITU-T E.164).
    pub(crate) fn language_of(&self, number: Option<&E164>) -> Language {
        const COUNTRIES: [(&str, Language); 5] = [
            ("+49", Language::De),
            ("+43", Language::De),
            ("+41", Language::De),
            ("+48", Language::Pl),
            ("+1", Language::En),
        ];
        let known = COUNTRIES
            .into_iter()
            .find(|(country, _)| number.is_some_and(|number| number.as_str().starts_with(country)));
        known.map_or(self.talk.language, |(_, language)| language)
    }

    /// From which of our numbers texts are sent to those who call.
    #[must_use]
    pub fn texts_from(&self) -> Option<Address> {
        self.account.sms.clone().map(Address::sms)
    }
}

impl TalkSettings {
    /// Reads all of it, with this trust where none is set; what is wrong is noted in `settings`, and then the value must not
    /// be used.
    pub fn read(settings: &mut Settings<'_>, trust: Trust) -> Self {
        let confidence = settings.parsed("HARK_CALL_CONFIDENCE", 0.35_f64);
        if !(0.0..=1.0).contains(&confidence) {
            settings.fault("HARK_CALL_CONFIDENCE must be 0 to 1".to_owned());
        }
        let minutes = settings.parsed("HARK_CALL_FORGET_MINUTES", 60_u16).max(10);
        Self {
            trust: read_trust(settings, trust),
            language: read_language(settings),
            limits: Limits {
                questions: settings.parsed("HARK_CALL_QUESTIONS", 10),
                confidence,
                outcome_within: OUTCOME_WITHIN,
                model_within: MODEL_WITHIN,
            },
            forget_after: SignedDuration::from_mins(minutes.into()),
            note_seconds: settings.parsed("HARK_CALL_NOTE_SECONDS", 300_u16).clamp(5, 3_600),
            voices: Voices {
                en: settings.or("HARK_VOICE_EN", "Polly.Joanna-Neural"),
                de: settings.or("HARK_VOICE_DE", "Polly.Vicki-Neural"),
                pl: settings.or("HARK_VOICE_PL", "Polly.Ola-Neural"),
            },
            has_template: settings.optional("TWILIO_TEMPLATE_SID").is_some(),
        }
    }
}

fn read_trust(settings: &mut Settings<'_>, unless_set: Trust) -> Trust {
    match settings.optional("HARK_CALL_TRUST").as_deref().map(str::trim) {
        None => unless_set,
        Some("attested") => Trust::Attested,
        Some("any") => Trust::Any,
        Some(_) => {
            settings.fault("HARK_CALL_TRUST must be attested or any".to_owned());
            unless_set
        }
    }
}

fn read_language(settings: &mut Settings<'_>) -> Language {
    let raw = settings.or("HARK_CALL_LANGUAGE", "en");
    Language::parse(raw.trim()).unwrap_or_else(|| {
        settings.fault("HARK_CALL_LANGUAGE must be en, de or pl".to_owned());
        Language::En
    })
}
