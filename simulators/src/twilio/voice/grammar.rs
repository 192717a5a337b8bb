//! Twilio's verbs as data: which attributes each may have, with which values, and what may stand inside.
//!
//! Sources: Twilio's documentation of TwiML for Voice, one page for each verb
//! (<https://www.twilio.com/docs/voice/twiml/say> and its siblings `gather`, `record`, `play`, `pause`, `redirect`,
//! `hangup`, `reject`; voices: `say/text-speech`), and its dictionary of errors and warnings
//! (<https://www.twilio.com/docs/api/errors>). A code of its own stands where the dictionary has one, else that of a
//! document that breaks the schema.

/// 12200: the document breaks the schema.
pub(super) const SCHEMA: u32 = 12_200;
/// 13521: a `<Say>` is too long.
pub(super) const SAY_TOO_LONG: u32 = 13_521;
/// 13520: a `<Say>` has no words.
pub(super) const SAY_EMPTY: u32 = 13_520;
/// 13335: `speechTimeout="auto"` beside a `speechModel`.
pub(super) const AUTO_WITH_MODEL: u32 = 13_335;
/// The largest document.
pub(super) const LARGEST_DOCUMENT: usize = 64 * 1024;
/// The longest text of a `<Say>`, URL-encoded, whoever speaks it.
pub(super) const LONGEST_ENCODED: usize = 4_500;
/// Hints of a `<Gather>`: how many, and how long each.
pub(super) const HINTS: (usize, usize) = (500, 100);

/// What a value may be.
#[derive(Clone, Copy)]
pub(super) enum Domain {
    Anything,
    /// Relative or absolute.
    Address,
    /// `true` or `false`.
    Truth,
    Whole(u32, u32),
    OneOf(&'static [&'static str]),
    /// Some of these, with blanks between them.
    Several(&'static [&'static str]),
    /// Keys of a telephone.
    Keys,
    /// A language with its region.
    Locale,
    Voice,
    /// Seconds, or `auto`.
    SpeechTimeout,
    SpeechModel,
    Hints,
}

/// What may stand inside of an element.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    Nothing,
    /// An address.
    Address,
    /// Words, and the marks of SSML.
    Speech,
    Verbs(&'static [&'static str]),
}

/// An element and what it may have.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) attributes: &'static [(&'static str, Domain, u32)],
    pub(super) inside: Inside,
}

const METHOD: Domain = Domain::OneOf(&["GET", "POST"]);
/// A call lasts for a day at most.
const SECONDS: Domain = Domain::Whole(1, 86_400);

/// The verbs that the stand-in performs.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "Response",
        attributes: &[],
        inside: Inside::Verbs(&["Say", "Play", "Pause", "Gather", "Record", "Redirect", "Hangup", "Reject"]),
    },
    Rule {
        name: "Say",
        attributes: &[
            ("voice", Domain::Voice, 13_512),
            ("language", Domain::Locale, 13_511),
            ("loop", Domain::Whole(0, 1_000), 13_510),
        ],
        inside: Inside::Speech,
    },
    Rule {
        name: "Play",
        attributes: &[("loop", Domain::Whole(0, 1_000), 13_410), ("digits", Domain::Anything, SCHEMA)],
        inside: Inside::Address,
    },
    Rule { name: "Pause", attributes: &[("length", SECONDS, 13_910)], inside: Inside::Nothing },
    Rule {
        name: "Gather",
        attributes: &[
            ("action", Domain::Address, SCHEMA),
            ("method", METHOD, 13_312),
            ("input", Domain::Several(&["dtmf", "speech"]), SCHEMA),
            ("timeout", SECONDS, 13_313),
            ("speechTimeout", Domain::SpeechTimeout, 13_327),
            ("maxSpeechTime", SECONDS, 13_328),
            ("numDigits", Domain::Whole(1, 1_000), 13_314),
            ("finishOnKey", Domain::Keys, 13_310),
            ("hints", Domain::Hints, 13_330),
            ("language", Domain::Locale, 13_331),
            ("speechModel", Domain::SpeechModel, 13_334),
            ("enhanced", Domain::Truth, SCHEMA),
            ("bargeIn", Domain::Truth, SCHEMA),
            ("profanityFilter", Domain::Truth, SCHEMA),
            ("actionOnEmptyResult", Domain::Truth, 13_338),
            ("partialResultCallback", Domain::Address, SCHEMA),
            ("partialResultCallbackMethod", METHOD, SCHEMA),
            ("debug", Domain::Truth, SCHEMA),
        ],
        inside: Inside::Verbs(&["Say", "Play", "Pause"]),
    },
    Rule {
        name: "Record",
        attributes: &[
            ("action", Domain::Address, SCHEMA),
            ("method", METHOD, SCHEMA),
            ("timeout", SECONDS, 13_611),
            ("finishOnKey", Domain::Keys, 13_613),
            ("maxLength", Domain::Whole(2, 86_400), 13_612),
            ("playBeep", Domain::Truth, SCHEMA),
            ("trim", Domain::OneOf(&["trim-silence", "do-not-trim"]), SCHEMA),
            ("recordingStatusCallback", Domain::Address, SCHEMA),
            ("recordingStatusCallbackMethod", METHOD, SCHEMA),
            (
                "recordingStatusCallbackEvent",
                Domain::Several(&["in-progress", "completed", "absent"]),
                SCHEMA,
            ),
            ("transcribe", Domain::Truth, SCHEMA),
            ("transcribeCallback", Domain::Address, SCHEMA),
        ],
        inside: Inside::Nothing,
    },
    Rule { name: "Redirect", attributes: &[("method", METHOD, SCHEMA)], inside: Inside::Address },
    Rule { name: "Hangup", attributes: &[], inside: Inside::Nothing },
    Rule {
        name: "Reject",
        attributes: &[("reason", Domain::OneOf(&["rejected", "busy"]), SCHEMA)],
        inside: Inside::Nothing,
    },
];

/// Verbs that Twilio has and the stand-in does not perform.
pub(super) const NOT_PERFORMED: &[&str] =
    &["Connect", "Dial", "Enqueue", "Leave", "Message", "Pay", "Prompt", "Refer", "Sms", "Start", "Stop"];

/// The marks of SSML that may stand in a `<Say>`, for the voices of Polly and Google.
pub(super) const SSML: &[&str] =
    &["break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"];

/// Speech models that have no vendor in their name.
pub(super) const SPEECH_MODELS: &[&str] = &[
    "default",
    "numbers_and_commands",
    "phone_call",
    "experimental_conversations",
    "experimental_utterances",
];
/// How the names of the others begin.
pub(super) const SPEECH_VENDORS: &[&str] = &["googlev2_", "deepgram_"];

/// Who speaks a `<Say>`, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    Basic,
    Polly,
    Google,
}

impl Speaker {
    /// The longest text, in characters.
    pub(super) const fn longest(self) -> usize {
        match self {
            Self::Basic => 4_096,
            Self::Polly => 3_000,
            Self::Google => 5_000,
        }
    }
}

/// The voices of Twilio's own.
pub(super) const BASIC_VOICES: &[&str] = &["man", "woman", "alice"];

/// Polly's voices in the languages that Hark speaks: the name, its language, whether it is there as it is, and whether
/// as `-Neural`. Source: <https://www.twilio.com/docs/voice/twiml/say/text-speech>.
pub(super) const POLLY_VOICES: &[(&str, &str, bool, bool)] = &[
    ("Daniel", "de-DE", false, true),
    ("Hans", "de-DE", true, false),
    ("Marlene", "de-DE", true, false),
    ("Vicki", "de-DE", true, true),
    ("Hannah", "de-AT", false, true),
    ("Sabrina", "de-CH", false, true),
    ("Ewa", "pl-PL", true, false),
    ("Jacek", "pl-PL", true, false),
    ("Jan", "pl-PL", true, false),
    ("Maja", "pl-PL", true, false),
    ("Ola", "pl-PL", false, true),
    ("Danielle", "en-US", false, true),
    ("Gregory", "en-US", false, true),
    ("Ivy", "en-US", true, true),
    ("Joanna", "en-US", true, true),
    ("Joey", "en-US", true, true),
    ("Justin", "en-US", true, true),
    ("Kendra", "en-US", true, true),
    ("Kevin", "en-US", false, true),
    ("Kimberly", "en-US", true, true),
    ("Matthew", "en-US", true, true),
    ("Ruth", "en-US", false, true),
    ("Salli", "en-US", true, true),
    ("Stephen", "en-US", false, true),
    ("Amy", "en-GB", true, true),
    ("Arthur", "en-GB", false, true),
    ("Brian", "en-GB", true, true),
    ("Emma", "en-GB", true, true),
    ("Niamh", "en-IE", false, true),
    ("Nicole", "en-AU", true, false),
    ("Olivia", "en-AU", false, true),
    ("Russell", "en-AU", true, false),
];
