//! How much may be asked of Hark, and of the models that cost money, before notes wait.

use crate::config::Settings;

const SENDER_PER_MINUTE: &str = "HARK_SENDER_PER_MINUTE";
const SENDER_PER_HOUR: &str = "HARK_SENDER_PER_HOUR";
const COMPANY_AUDIO_MINUTES: &str = "HARK_COMPANY_AUDIO_MINUTES_PER_DAY";
const COMPANY_TOKENS: &str = "HARK_COMPANY_TOKENS_PER_DAY";

/// Most that can be set for a sender, a minute or an hour: each of the last hour's notes is remembered in one item.
pub const MOST_NOTES: u32 = 1_000;

/// The budgets. 0 is none: nothing is bounded then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Notes of one person in 60 s, at most [`MOST_NOTES`].
    pub sender_per_minute: u32,
    /// Notes of one person in 3,600 s, at most [`MOST_NOTES`].
    pub sender_per_hour: u32,
    /// Minutes of sound that are transcribed for one company on one day (UTC).
    pub company_audio_minutes_per_day: u64,
    /// Tokens that the analysing model reads and writes for one company on one day (UTC).
    pub company_tokens_per_day: u64,
}

impl Budgets {
    /// Where money is spent: far more than people say, far less than a loop of machines does.
    pub const USUAL: Self = Self {
        sender_per_minute: 6,
        sender_per_hour: 60,
        company_audio_minutes_per_day: 600,
        company_tokens_per_day: 2_000_000,
    };

    /// None at all, for trying and testing.
    pub const NONE: Self = Self {
        sender_per_minute: 0,
        sender_per_hour: 0,
        company_audio_minutes_per_day: 0,
        company_tokens_per_day: 0,
    };

    /// Reads `HARK_SENDER_PER_MINUTE`, `HARK_SENDER_PER_HOUR`, `HARK_COMPANY_AUDIO_MINUTES_PER_DAY` and
    /// `HARK_COMPANY_TOKENS_PER_DAY`; each that is not set is as in `unless_set`.
    #[must_use]
    pub fn read(settings: &mut Settings<'_>, unless_set: Self) -> Self {
        Self {
            sender_per_minute: notes(settings, SENDER_PER_MINUTE, unless_set.sender_per_minute),
            sender_per_hour: notes(settings, SENDER_PER_HOUR, unless_set.sender_per_hour),
            company_audio_minutes_per_day: settings
                .parsed(COMPANY_AUDIO_MINUTES, unless_set.company_audio_minutes_per_day),
            company_tokens_per_day: settings.parsed(COMPANY_TOKENS, unless_set.company_tokens_per_day),
        }
    }
}

fn notes(settings: &mut Settings<'_>, name: &str, unless_set: u32) -> u32 {
    let notes = settings.parsed(name, unless_set);
    if notes > MOST_NOTES {
        settings.fault(format!("{name} is more than {MOST_NOTES}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_budget_is_read_and_zero_is_none() {
        let set = |name: &str| match name {
            SENDER_PER_MINUTE => Some("7".to_owned()),
            SENDER_PER_HOUR | COMPANY_TOKENS => Some("0".to_owned()),
            _ => None,
        };
        let mut settings = Settings::new(set);
        let read = Budgets::read(&mut settings, Budgets::USUAL);
        settings.finish().unwrap();
        let expected = Budgets { sender_per_minute: 7, company_audio_minutes_per_day: 600, ..Budgets::NONE };
        assert_eq!(read, expected);
        let mut settings = Settings::new(|_| None);
        assert_eq!(Budgets::read(&mut settings, Budgets::NONE), Budgets::NONE);
    }

    #[test]
    fn what_is_no_budget_is_a_fault_without_its_value() {
        let set = |name: &str| match name {
            SENDER_PER_MINUTE => Some("1001".to_owned()),
            SENDER_PER_HOUR => Some("-5".to_owned()),
            COMPANY_TOKENS => Some("many".to_owned()),
            _ => None,
        };
        let mut settings = Settings::new(set);
        assert_eq!(Budgets::read(&mut settings, Budgets::USUAL).sender_per_hour, 60);
        let told = settings.finish().unwrap_err().to_string();
        for name in ["PER_MINUTE is more than 1000", "PER_HOUR cannot", "TOKENS_PER_DAY cannot"] {
            assert!(told.contains(name), "{told}");
        }
        assert!(!told.contains("many") && !told.contains("-5"), "{told}");
    }
}
