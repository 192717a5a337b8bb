//! What the panel says, in all its languages. A language that lacks a text does not compile.

mod dashboard;
mod de;
mod en;
mod keys;
mod people;
mod pl;
mod prompts;
pub(crate) mod settings;

use axum::http::{HeaderMap, header};
use shared::{
    domain::{
        api_key::Scope,
        delivery::DeliveryStatus,
        digest::{Kind, said_by},
        intent::Intent,
        language::Language,
        note::{Answer, Effect, FailureReason, Note, Stage},
        purpose::Purpose,
    },
    ports::messenger::UNCERTAIN,
    repositories::audit::Action,
};

pub(crate) use self::dashboard::Dashboard;
use crate::cookies;

/// A short title, and what to do.
pub(crate) type Said = (&'static str, &'static str);

/// All texts of one language.
pub(crate) struct Texts {
    pub(crate) product: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) inbox: &'static str,
    pub(crate) audit: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) too_many_passwords: &'static str,
    pub(crate) how_to_get_in: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) state: &'static str,
    pub(crate) intent: &'static str,
    pub(crate) sender: &'static str,
    pub(crate) text: &'static str,
    pub(crate) all: &'static str,
    pub(crate) apply: &'static str,
    pub(crate) nothing_here: &'static str,
    pub(crate) nothing_found: &'static str,
    pub(crate) older: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) working: &'static str,
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) unsorted: Said,
    pub(crate) steps: [&'static str; 6],
    pub(crate) recording: &'static str,
    pub(crate) no_words: &'static str,
    pub(crate) words: &'static str,
    pub(crate) record: &'static str,
    pub(crate) to_do: &'static str,
    pub(crate) cost: &'static str,
    pub(crate) details: &'static str,
    pub(crate) message_id: &'static str,
    pub(crate) withdrawn: &'static str,
    pub(crate) history: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) sent_again: &'static str,
    pub(crate) when: &'static str,
    pub(crate) who: &'static str,
    pub(crate) what: &'static str,
    pub(crate) about: &'static str,
    pub(crate) not_allowed: Said,
    pub(crate) not_there: Said,
    pub(crate) outdated: Said,
    pub(crate) unreadable: Said,
    pub(crate) away: Said,
    pub(crate) intents: [&'static str; 3],
    pub(crate) addition: &'static str,
    pub(crate) correction: &'static str,
    pub(crate) choice: &'static str,
    pub(crate) start: &'static str,
    pub(crate) aside: &'static str,
    pub(crate) silent: &'static str,
    pub(crate) by_office: &'static str,
    pub(crate) actions: [&'static str; 14],
    pub(crate) prompts: prompts::Prompts,
    pub(crate) settings: &'static settings::Settings,
    pub(crate) people: people::People,
    pub(crate) letter: &'static str,
    /// Of sent messages, in the order of their states.
    pub(crate) deliveries: [&'static str; 5],
    pub(crate) codes: Codes,
    pub(crate) effects: [&'static str; 7],
    pub(crate) edit: &'static str,
    pub(crate) save: &'static str,
    pub(crate) filed_as: &'static str,
    pub(crate) record_title: &'static str,
    pub(crate) record_text: &'static str,
    pub(crate) context: &'static str,
    pub(crate) to_do_lines: &'static str,
    pub(crate) tell_sender: &'static str,
    pub(crate) says_nothing: &'static str,
    pub(crate) too_long: &'static str,
    pub(crate) withdrawn_meanwhile: &'static str,
    pub(crate) now_it_says: &'static str,
    pub(crate) changed_meanwhile: &'static str,
    pub(crate) withdraw: &'static str,
    pub(crate) bring_back: &'static str,
    pub(crate) do_again: &'static str,
    pub(crate) again: [&'static str; 4],
    pub(crate) change_waits: &'static str,
    pub(crate) change_done: &'static str,
    pub(crate) files: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) file: &'static str,
    pub(crate) place: &'static str,
    pub(crate) on_a_map: &'static str,
    /// Length, speech, signal-to-noise ratio, clipping.
    pub(crate) audio: [&'static str; 4],
    pub(crate) the_answer: &'static str,
    pub(crate) answers: [&'static str; 4],
    pub(crate) keys: keys::Keys,
    pub(crate) never: &'static str,
    pub(crate) made_already: &'static str,
    pub(crate) reasons: Reasons,
    pub(crate) dashboard: Dashboard,
}

/// Why a provider did not deliver, and what to do.
pub(crate) struct Codes {
    pub(crate) stopped: Said,
    pub(crate) window: Said,
    pub(crate) not_there: Said,
    pub(crate) unreachable: Said,
    pub(crate) filtered: Said,
    pub(crate) blocked: Said,
    pub(crate) uncertain: Said,
    pub(crate) other: Said,
}

/// Why a note was given up, and what to do.
pub(crate) struct Reasons {
    pub(crate) media: Said,
    pub(crate) model: Said,
    pub(crate) account: Said,
    pub(crate) recording: Said,
    pub(crate) store: Said,
    pub(crate) conflict: Said,
    pub(crate) messenger: Said,
    pub(crate) record_changed: Said,
    pub(crate) number_changed: Said,
    pub(crate) internal: Said,
}

/// The texts of a language.
pub(crate) const fn of(language: Language) -> &'static Texts {
    match language {
        Language::En => &en::TEXTS,
        Language::De => &de::TEXTS,
        Language::Pl => &pl::TEXTS,
    }
}

/// The language that was chosen in this browser, or else that which it asks for, of those that there are (RFC 9110,
/// 12.5.4; what it likes best stands first).
pub(crate) fn language_of(headers: &HeaderMap) -> Language {
    if let Some(chosen) = cookies::read(headers, cookies::LANGUAGE).and_then(Language::parse) {
        return chosen;
    }
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = wanted.split(',').filter_map(|part| Language::parse(part.split(';').next()?.trim()));
    named.into_iter().next().unwrap_or_default()
}

impl Texts {
    pub(crate) const fn intent_of(&self, intent: Intent) -> &'static str {
        let [job, document, other] = self.intents;
        match intent {
            Intent::JobToBeDone => job,
            Intent::KnowledgeDocument => document,
            Intent::Other => other,
        }
    }

    /// What a message is, where it is no note of its own.
    pub(crate) fn purpose_of(&self, note: &Note) -> Option<&'static str> {
        match note.purpose() {
            Purpose::Note => None,
            Purpose::Letter(_) if said_by(note).is_some() => Some(self.people.by_phone),
            other => Some(self.kind_of(Kind::of(other))),
        }
    }

    /// What a message is.
    pub(crate) const fn kind_of(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Note => self.about,
            Kind::Addition => self.addition,
            Kind::Correction => self.correction,
            Kind::Choice => self.choice,
            Kind::Office | Kind::Trial => self.by_office,
            Kind::Letter => self.letter,
            Kind::Start => self.start,
            Kind::Aside => self.aside,
            Kind::Silent => self.silent,
        }
    }

    pub(crate) const fn reason_of(&self, reason: FailureReason) -> Said {
        match reason {
            FailureReason::MediaUnavailable => self.reasons.media,
            FailureReason::ModelUnavailable => self.reasons.model,
            FailureReason::ModelAccountRefused => self.reasons.account,
            FailureReason::RecordingRefused => self.reasons.recording,
            FailureReason::StoreUnavailable => self.reasons.store,
            FailureReason::FileConflict => self.reasons.conflict,
            FailureReason::MessengerUnavailable => self.reasons.messenger,
            FailureReason::RecordChanged => self.reasons.record_changed,
            FailureReason::NumberChanged => self.reasons.number_changed,
            FailureReason::Internal => self.reasons.internal,
        }
    }

    /// What a message did to a record.
    pub(crate) const fn effect_of(&self, effect: &Effect) -> &'static str {
        let [changed, remarked, joined, withdrawn, restored, confirmed, asked] = self.effects;
        match effect {
            Effect::Corrected(_) | Effect::HeardAgain { .. } => changed,
            Effect::Remarked => remarked,
            Effect::Joined(_) => joined,
            Effect::Withdrawn => withdrawn,
            Effect::Restored => restored,
            Effect::Confirmed => confirmed,
            Effect::Asked => asked,
        }
    }

    /// The step to do again, in words.
    pub(crate) const fn again_from(&self, stage: Stage) -> &'static str {
        let [fetch, hear, understand, file] = self.again;
        match stage {
            Stage::MediaStored => hear,
            Stage::Transcribed => understand,
            Stage::Analysed => file,
            _ => fetch,
        }
    }

    /// How the answer to a note stands.
    pub(crate) const fn answer_of(&self, answer: &Answer) -> &'static str {
        let [open, sent, refused, withheld] = self.answers;
        match answer {
            Answer::Pending(_) => open,
            Answer::Sent { .. } => sent,
            Answer::Refused { .. } => refused,
            Answer::Withheld => withheld,
        }
    }

    /// What a provider's error code means (Twilio, "Error and warning dictionary").
    pub(crate) const fn code_of(&self, code: u32) -> Said {
        match code {
            21_610 => self.codes.stopped,
            63_016 => self.codes.window,
            400 | 21_211 | 21_614 | 30_005 | 30_006 | 63_003 | 63_024 => self.codes.not_there,
            403 => self.codes.blocked, // Telegram
            30_003 | 30_008 => self.codes.unreachable,
            30_004 | 30_007 | 63_049 => self.codes.filtered,
            UNCERTAIN => self.codes.uncertain,
            _ => self.codes.other,
        }
    }

    /// How far a message is that we sent.
    pub(crate) const fn delivery_of(&self, status: DeliveryStatus) -> &'static str {
        let [on_its_way, sent, failed, delivered, read] = self.deliveries;
        match status {
            DeliveryStatus::Accepted
            | DeliveryStatus::Scheduled
            | DeliveryStatus::Queued
            | DeliveryStatus::Sending => on_its_way,
            DeliveryStatus::Sent => sent,
            DeliveryStatus::Canceled | DeliveryStatus::Undelivered | DeliveryStatus::Failed => failed,
            DeliveryStatus::Delivered => delivered,
            DeliveryStatus::Read => read,
        }
    }

    /// What a key may allow, with the words for it.
    pub(crate) const fn scopes_with_names(&self) -> [(&'static str, &'static str); 4] {
        let [files, reads, writes, all] = self.keys.scopes;
        [
            (Scope::FilesRead.as_str(), files),
            (Scope::RecordsRead.as_str(), reads),
            (Scope::RecordsWrite.as_str(), writes),
            (Scope::Admin.as_str(), all),
        ]
    }

    pub(crate) const fn action_of(&self, action: Action) -> &'static str {
        let [
            signed_in,
            signed_out,
            replayed,
            made_key,
            ended_key,
            edited,
            withdrew,
            restored,
            wrote,
            took_over,
            handed_back,
            prompt,
            remarked,
            tried,
        ] = self.actions;
        let settled = &self.settings.actions;
        match action {
            Action::SignedIn => signed_in,
            Action::SignedOut => signed_out,
            Action::Replayed => replayed,
            Action::Edited => edited,
            Action::Withdrew => withdrew,
            Action::Restored => restored,
            Action::Wrote => wrote,
            Action::TookOver => took_over,
            Action::HandedBack => handed_back,
            Action::MadeKey => made_key,
            Action::EndedKey => ended_key,
            Action::ChangedPrompt => prompt,
            Action::Remarked => remarked,
            Action::TriedPrompt => tried,
            Action::ChangedGlossary => settled.terms,
            Action::AddedPerson => settled.added,
            Action::ChangedPerson => settled.changed,
            Action::RemovedPerson => settled.removed,
            Action::ImportedPeople => settled.imported,
            Action::MadeWebhook => settled.made,
            Action::SwitchedWebhook => settled.switched,
            Action::MadeWebhookSecret => settled.rotated,
            Action::RemovedWebhook => settled.unmade,
            Action::SentDeadLetters => settled.again,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_browsers_first_known_language_is_spoken() {
        let of = |wanted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(wanted).unwrap());
            language_of(&headers)
        };
        assert_eq!(of("fr-CH, pl;q=0.9, en;q=0.8"), Language::Pl);
        assert_eq!(of("de-AT,de;q=0.9"), Language::De);
        assert_eq!(of("*"), Language::En);
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de"));
        headers.insert(header::COOKIE, HeaderValue::from_static("hark_language=pl"));
        assert_eq!(language_of(&headers), Language::Pl);
        headers.insert(header::COOKIE, HeaderValue::from_static("hark_language=xx"));
        assert_eq!(language_of(&headers), Language::De);
        assert_eq!(language_of(&HeaderMap::new()), Language::En);
    }
}
