//! What the pages of the settings say.

mod de;
mod en;
mod pl;

use shared::domain::{
    feed::ChangeKind,
    webhook::{Activity, InvalidEndpoint, Refusal},
};

pub(super) use self::{de::TEXTS as DE, en::TEXTS as EN, pl::TEXTS as PL};
use super::Said;

/// The texts of one language.
pub(crate) struct Settings {
    pub(crate) title: &'static str,
    pub(crate) company: &'static str,
    pub(crate) language: &'static str,
    pub(crate) language_is: &'static str,
    pub(crate) language_fixed: &'static str,
    pub(crate) as_browser: &'static str,
    pub(crate) budgets: &'static str,
    pub(crate) budgets_are: &'static str,
    pub(crate) used_today: &'static str,
    pub(crate) at_most: &'static str,
    pub(crate) unbounded: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) tokens: &'static str,
    pub(crate) per_minute: &'static str,
    pub(crate) per_hour: &'static str,
    pub(crate) nothing_changed: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) glossary: Glossary,
    pub(crate) customers: Customers,
    pub(crate) webhooks: Webhooks,
    pub(super) actions: Actions,
}

/// What somebody did in the settings.
pub(super) struct Actions {
    pub(super) terms: &'static str,
    pub(super) added: &'static str,
    pub(super) changed: &'static str,
    pub(super) removed: &'static str,
    pub(super) imported: &'static str,
    pub(super) made: &'static str,
    pub(super) switched: &'static str,
    pub(super) rotated: &'static str,
    pub(super) unmade: &'static str,
    pub(super) again: &'static str,
}

/// The page of the company's terms.
pub(crate) struct Glossary {
    pub(crate) title: &'static str,
    pub(crate) are: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) learned: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) too_long: &'static str,
    pub(crate) twice: &'static str,
    pub(crate) too_many: &'static str,
}

/// The pages of who is known.
pub(crate) struct Customers {
    pub(crate) title: &'static str,
    pub(crate) are: &'static str,
    pub(crate) when: &'static str,
    /// What a bot of Telegram cannot see.
    pub(crate) seen: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) id: &'static str,
    pub(crate) numbers: &'static str,
    pub(crate) numbers_lines: &'static str,
    pub(crate) language: &'static str,
    pub(crate) any_language: &'static str,
    pub(crate) role: &'static str,
    pub(crate) trade: &'static str,
    pub(crate) add: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) remove_is: &'static str,
    pub(crate) left_out: &'static str,
    pub(crate) doubtful: &'static str,
    pub(crate) import: &'static str,
    pub(crate) import_is: &'static str,
    pub(crate) import_text: &'static str,
    pub(crate) import_button: &'static str,
    pub(crate) has_faults: &'static str,
    pub(crate) line: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) taken_by_own: &'static str,
    pub(crate) new_pin: &'static str,
    pub(crate) no_such_pin: &'static str,
    /// What is seen of a PIN.
    pub(crate) masked_pin: &'static str,
    /// Whose it is, in an import.
    pub(crate) whose_pin: &'static str,
    pub(crate) same_id: &'static str,
    pub(crate) bad_id: &'static str,
    pub(crate) bad_number: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) too_large: &'static str,
    pub(crate) unusable: Said,
}

/// The pages of webhooks.
pub(crate) struct Webhooks {
    pub(crate) title: &'static str,
    pub(crate) are: &'static str,
    pub(crate) none: &'static str,
    pub(crate) address: &'static str,
    pub(crate) told_of: &'static str,
    /// In the order of `ChangeKind::ALL`.
    kinds: [&'static str; 6],
    pub(crate) from_beginning: &'static str,
    pub(crate) make: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) no_kind: &'static str,
    addresses: [&'static str; 6],
    activities: [&'static str; 3],
    pub(crate) accepted: &'static str,
    pub(crate) failing: &'static str,
    pub(crate) held: &'static str,
    pub(crate) ping: &'static str,
    pub(crate) pinged: &'static str,
    pub(crate) not_pinged: &'static str,
    pub(crate) rotate: &'static str,
    pub(crate) rotate_is: &'static str,
    pub(crate) switch_on: &'static str,
    pub(crate) switch_off: &'static str,
    pub(crate) switch_is: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) remove_is: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) dead: &'static str,
    pub(crate) dead_are: &'static str,
    pub(crate) dead_none: &'static str,
    pub(crate) dead_more: &'static str,
    pub(crate) tries: &'static str,
    pub(crate) why: &'static str,
    pub(crate) send_again: &'static str,
    pub(crate) send_all: &'static str,
    refusals: [&'static str; 6],
}

impl Webhooks {
    pub(crate) const fn kind_of(&self, kind: ChangeKind) -> &'static str {
        let [created, corrected, joined, withdrawn, restored, status] = self.kinds;
        match kind {
            ChangeKind::Created => created,
            ChangeKind::Corrected => corrected,
            ChangeKind::Joined => joined,
            ChangeKind::Withdrawn => withdrawn,
            ChangeKind::Restored => restored,
            ChangeKind::StatusChanged => status,
        }
    }

    pub(crate) const fn activity_of(&self, activity: Activity) -> &'static str {
        let [active, paused, gone] = self.activities;
        match activity {
            Activity::Active => active,
            Activity::Paused => paused,
            Activity::Gone => gone,
        }
    }

    pub(crate) const fn invalid(&self, why: InvalidEndpoint) -> &'static str {
        let [malformed, long, insecure, inside, credentials, fragment] = self.addresses;
        match why {
            InvalidEndpoint::Malformed => malformed,
            InvalidEndpoint::TooLong => long,
            InvalidEndpoint::Insecure => insecure,
            InvalidEndpoint::Inside => inside,
            InvalidEndpoint::Credentials => credentials,
            InvalidEndpoint::Fragment => fragment,
        }
    }

    /// Why a message was not accepted.
    pub(crate) fn refusal_of(&self, why: Refusal) -> String {
        let [status, timed_out, unreachable, inside, broken, unreadable] = self.refusals;
        match why {
            Refusal::Status(code) => format!("{status} {code}"),
            Refusal::TimedOut => timed_out.to_owned(),
            Refusal::Unreachable => unreachable.to_owned(),
            Refusal::InnerAddress => inside.to_owned(),
            Refusal::Broken => broken.to_owned(),
            Refusal::Unreadable => unreadable.to_owned(),
        }
    }
}
