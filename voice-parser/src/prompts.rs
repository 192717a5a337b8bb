//! What the model is told: versioned files. The general instructions are built in, one for each language;
//! what is special to a trade is built in or stored; what is special to a company is stored.
//!
//! Stored ones lie in the object store as `_prompts/trade-{trade}/note.md` and
//! `_prompts/company-{company_id}/note.md`, and are used from a minute after they were changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        analysis::INSTRUCTIONS_MARK,
        customer::Customer,
        language::Language,
        object_key::{ObjectKey, PromptOwner},
        trial::prompt_as_used,
    },
    ports::{
        clock::Clock,
        objects::{ObjectError, ObjectRead},
    },
    use_cases::company_prompt::NOTE,
};

const REREAD_AFTER: SignedDuration = SignedDuration::from_secs(60);

const ENGLISH: &str = include_str!("../prompts/note-2.en.md");
const GERMAN: &str = include_str!("../prompts/note-2.de.md");
const POLISH: &str = include_str!("../prompts/note-2.pl.md");
const ENGLISH_REVISION: &str = include_str!("../prompts/revise-1.en.md");
const GERMAN_REVISION: &str = include_str!("../prompts/revise-1.de.md");
const POLISH_REVISION: &str = include_str!("../prompts/revise-1.pl.md");
/// The trades that Hark knows something about, with the version of what it knows.
const TRADES: [(&str, &str, &str); 3] = [
    ("plumbing", "plumbing-1", include_str!("../prompts/trades/plumbing-1.md")),
    ("electrical", "electrical-1", include_str!("../prompts/trades/electrical-1.md")),
    ("care", "care-1", include_str!("../prompts/trades/care-1.md")),
];

/// Instructions for one note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    /// What the model is told.
    pub text: String,
    /// Which files it is made of, for the record: `note-2.de+plumbing-1+company`.
    pub version: String,
}

impl Instructions {
    /// The same for making a record anew of what its sender said afterwards.
    #[must_use]
    pub fn for_revision(mut self, language: Language) -> Self {
        let (rules, label) = match language {
            Language::En => (ENGLISH_REVISION, "revise-1.en"),
            Language::De => (GERMAN_REVISION, "revise-1.de"),
            Language::Pl => (POLISH_REVISION, "revise-1.pl"),
        };
        self.version = format!("{}+{label}", self.version);
        self.text.push('\n');
        self.text.push_str(rules.trim());
        self.text.push('\n');
        self
    }
}

/// Makes instructions.
#[derive(Clone)]
pub struct Prompts {
    objects: Arc<dyn ObjectRead>,
    clock: Arc<dyn Clock>,
    stored: Arc<Mutex<BTreeMap<ObjectKey, Stored>>>,
}

#[derive(Clone)]
struct Stored {
    read_at: Timestamp,
    text: Option<String>,
}

impl Prompts {
    /// Prompts with what is stored in these objects.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectRead>, clock: Arc<dyn Clock>) -> Self {
        Self { objects, clock, stored: Arc::default() }
    }

    /// What the model is told about a note of this sender, to be answered in this language.
    ///
    /// # Errors
    /// [`ObjectError`] when a stored prompt could not be read: better late than by the wrong rules.
    pub async fn instructions(
        &self,
        sender: &Customer,
        language: Language,
    ) -> Result<Instructions, ObjectError> {
        let company = self.stored(&PromptOwner::Company(&sender.company_id)).await?;
        self.with_company(sender, language, company).await
    }

    /// The same, if the sender's company told the model this.
    ///
    /// # Errors
    /// [`ObjectError`] likewise.
    pub async fn with_company(
        &self,
        sender: &Customer,
        language: Language,
        company: Option<String>,
    ) -> Result<Instructions, ObjectError> {
        let (general, mut version) = match language {
            Language::En => (ENGLISH, "note-2.en".to_owned()),
            Language::De => (GERMAN, "note-2.de".to_owned()),
            Language::Pl => (POLISH, "note-2.pl".to_owned()),
        };
        let mut text = general.replace("{{mark}}", INSTRUCTIONS_MARK);
        let mut add = |label: &str, part: &str| {
            version.push('+');
            version.push_str(label);
            text.push('\n');
            text.push_str(part.trim());
            text.push('\n');
        };
        if let Some(trade) = &sender.trade {
            match self.stored(&PromptOwner::Trade(trade)).await? {
                Some(stored) => add("trade", &stored),
                None => {
                    if let Some((_, label, built_in)) = TRADES.iter().find(|(name, ..)| name == trade) {
                        add(label, built_in);
                    }
                }
            }
        }
        if let Some(company) = company.filter(|company| !company.is_empty()) {
            add("company", &company);
        }
        if !sender.glossary.is_empty() {
            add("glossary", &glossary(sender));
        }
        Ok(Instructions { text, version })
    }

    async fn stored(&self, owner: &PromptOwner<'_>) -> Result<Option<String>, ObjectError> {
        let Some(key) = ObjectKey::prompt(owner, NOTE) else { return Ok(None) };
        let now = self.clock.now();
        if let Some(stored) =
            self.lock().get(&key).filter(|stored| now.duration_since(stored.read_at) < REREAD_AFTER)
        {
            return Ok(stored.text.clone());
        }
        let object = self.objects.get(&key).await?;
        let text = object.map(|object| prompt_as_used(&String::from_utf8_lossy(&object.bytes)));
        self.lock().insert(key, Stored { read_at: now, text: text.clone() });
        Ok(text)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ObjectKey, Stored>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn glossary(sender: &Customer) -> String {
    let terms: Vec<&str> = sender.glossary.iter().map(|term| term.expose().as_str()).collect();
    format!("Names and words of this company: {}.", terms.join(", "))
}
