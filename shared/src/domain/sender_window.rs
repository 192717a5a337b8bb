//! What one person sent in the last hour: how many notes were let through, and whether the same words came again
//! and again, as they do when two machines answer each other.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{identity::Identity, ids::MessageId, text::folded};

/// Whether something may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Yes,
    /// Not before this time; then it is to be asked for again.
    NotBefore(Timestamp),
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Everything in a window is forgotten after this long without a new message.
pub const REMEMBERED: SignedDuration = HOUR;
/// Copies are counted over this long.
const LOOP_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// The third copy and all after it are a loop.
const LOOP_FROM: usize = 3;
/// Most notes that are remembered. A budget can be no larger.
const MOST_ADMITTED: usize = 1_000;
/// Most texts that are remembered.
const MOST_HEARD: usize = 100;

/// The window of one person. Its entries are in the order in which they came.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderWindow {
    #[serde(default)]
    admitted: Vec<Admitted>,
    #[serde(default)]
    heard: Vec<Heard>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Admitted {
    id: MessageId,
    at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    id: MessageId,
    at: Timestamp,
    words: Fingerprint,
    is_loop: bool,
}

/// Tells the same words of the same person again, without holding them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a text, whatever its case and punctuation. `None` of one without any content.
    #[must_use]
    pub fn of(person: &Identity, text: &str) -> Option<Self> {
        let words = folded(text);
        // Pictures have no letters.
        let words = if words.is_empty() { text.trim() } else { words.as_str() };
        if words.is_empty() {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(person.canonical().as_bytes()).ok()?;
        mac.update(words.as_bytes());
        let code = mac.finalize().into_bytes();
        Some(Self(hex::encode(code.get(..16).unwrap_or_default())))
    }
}

impl SenderWindow {
    /// Forgets what is over. What seems to come from the future, since a clock was set back, counts as of now, so
    /// that it is over as soon as anything else. `true` if something changed that must be kept even when nothing else
    /// does.
    pub fn move_to(&mut self, now: Timestamp) -> bool {
        let mut was_ahead = false;
        let times = self.admitted.iter_mut().map(|each| &mut each.at);
        for at in times.chain(self.heard.iter_mut().map(|each| &mut each.at)) {
            was_ahead |= *at > now;
            *at = (*at).min(now);
        }
        self.admitted.retain(|each| is_within(each.at, HOUR, now));
        self.heard.retain(|each| is_within(each.at, HOUR, now));
        was_ahead
    }

    /// Whether a note may be worked on, with budgets for 60 s and for 3,600 s, 0 for none. One that was let through
    /// within the hour is let through again. After [`SenderWindow::move_to`] the same `now`.
    pub fn admit(&mut self, id: &MessageId, now: Timestamp, per_minute: u32, per_hour: u32) -> Admission {
        if self.admitted.iter().any(|each| each.id == *id) {
            return Admission::Yes;
        }
        let ends = [self.end_of_wait(MINUTE, per_minute, now), self.end_of_wait(HOUR, per_hour, now)];
        if let Some(end) = ends.into_iter().flatten().max() {
            return Admission::NotBefore(end);
        }
        self.admitted.push(Admitted { id: id.clone(), at: now });
        keep_last(&mut self.admitted, MOST_ADMITTED);
        Admission::Yes
    }

    /// When the next one fits into a budget that is used up.
    fn end_of_wait(&self, span: SignedDuration, most: u32, now: Timestamp) -> Option<Timestamp> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0)?;
        // The one that must be over first.
        let at = self.admitted.iter().rev().nth(most - 1)?.at;
        is_within(at, span, now).then(|| at.checked_add(span).unwrap_or(Timestamp::MAX))
    }

    /// Whether a message says what two others of the last ten minutes said. A message that was asked about within the
    /// hour gets the same answer. After [`SenderWindow::move_to`] the same `now`.
    pub fn is_loop(&mut self, id: &MessageId, words: &Fingerprint, now: Timestamp) -> bool {
        if let Some(known) = self.heard.iter().find(|each| each.id == *id) {
            return known.is_loop;
        }
        let same = |each: &&Heard| each.words == *words && is_within(each.at, LOOP_WITHIN, now);
        let is_loop = self.heard.iter().filter(same).count() + 1 >= LOOP_FROM;
        self.heard.push(Heard { id: id.clone(), at: now, words: words.clone(), is_loop });
        keep_last(&mut self.heard, MOST_HEARD);
        is_loop
    }
}

fn is_within(at: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(at) < span
}

fn keep_last<T>(entries: &mut Vec<T>, most: usize) {
    let over = entries.len().saturating_sub(most);
    entries.drain(..over);
}

#[cfg(all(test, feature = "testing"))]
#[expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]
mod tests {
    use super::*;
    use crate::testing::samples::{SENDER, address, message_id, now};

    fn at(seconds: i64) -> Timestamp {
        now().checked_add(SignedDuration::from_secs(seconds)).unwrap()
    }

    fn ask(window: &mut SenderWindow, n: u32, seconds: i64, per_minute: u32, per_hour: u32) -> Admission {
        window.move_to(at(seconds));
        window.admit(&message_id(n), at(seconds), per_minute, per_hour)
    }

    #[test]
    fn d11_the_seventh_in_a_minute_waits_until_the_first_is_a_minute_old() {
        let mut window = SenderWindow::default();
        for n in 1..=6 {
            assert_eq!(ask(&mut window, n, i64::from(n), 6, 60), Admission::Yes);
        }
        for seconds in [6, 30, 60] {
            assert_eq!(ask(&mut window, 7, seconds, 6, 60), Admission::NotBefore(at(61)));
        }
        assert_eq!(ask(&mut window, 7, 61, 6, 60), Admission::Yes);
        assert_eq!(ask(&mut window, 8, 61, 6, 60), Admission::NotBefore(at(62)));
    }

    #[test]
    fn d11_the_sixty_first_in_an_hour_waits_until_the_first_is_an_hour_old() {
        let mut window = SenderWindow::default();
        for n in 0..60_u32 {
            assert_eq!(ask(&mut window, n, i64::from(n) * 30, 6, 60), Admission::Yes);
        }
        assert_eq!(ask(&mut window, 60, 1_800, 6, 60), Admission::NotBefore(at(3_600)));
        assert_eq!(ask(&mut window, 60, 3_599, 6, 60), Admission::NotBefore(at(3_600)));
        assert_eq!(ask(&mut window, 60, 3_600, 6, 60), Admission::Yes);
        assert_eq!(ask(&mut window, 61, 3_600, 6, 60), Admission::NotBefore(at(3_630)));
    }

    #[test]
    fn d11_the_longer_of_two_waits_is_told() {
        let mut window = SenderWindow::default();
        for n in 0..4 {
            ask(&mut window, n, 0, 2, 4);
            ask(&mut window, n, 100, 2, 4);
        }
        assert_eq!(ask(&mut window, 9, 120, 2, 4), Admission::NotBefore(at(3_600)));
    }

    #[test]
    fn what_was_let_through_is_let_through_again_and_counts_once() {
        let mut window = SenderWindow::default();
        for seconds in [0, 1, 2] {
            assert_eq!(ask(&mut window, 1, seconds, 2, 2), Admission::Yes);
        }
        assert_eq!(ask(&mut window, 2, 3, 2, 2), Admission::Yes);
        assert_eq!(ask(&mut window, 3, 4, 2, 2), Admission::NotBefore(at(3_600)));
        assert_eq!(ask(&mut window, 1, 5, 2, 2), Admission::Yes);
    }

    #[test]
    fn without_budgets_everything_is_let_through_and_little_is_kept() {
        let mut window = SenderWindow::default();
        for n in 0..3_000 {
            assert_eq!(ask(&mut window, n, 0, 0, 0), Admission::Yes);
        }
        assert_eq!(window.admitted.len(), MOST_ADMITTED);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let mut window = SenderWindow::default();
        let day = 86_400;
        for n in 0..2 {
            assert_eq!(ask(&mut window, n, day, 2, 60), Admission::Yes);
        }
        assert!(window.clone().move_to(at(0)), "must be kept");
        assert_eq!(ask(&mut window, 3, 0, 2, 60), Admission::NotBefore(at(60)));
        assert_eq!(ask(&mut window, 3, 60, 2, 60), Admission::Yes);
        assert!(!window.move_to(at(60)));
    }

    fn say(window: &mut SenderWindow, n: u32, text: &str, seconds: i64) -> bool {
        let words = Fingerprint::of(address(SENDER).identity(), text).unwrap();
        window.move_to(at(seconds));
        window.is_loop(&message_id(n), &words, at(seconds))
    }

    #[test]
    fn d12_of_forty_copies_two_pass_and_after_ten_quiet_minutes_it_passes_again() {
        let mut window = SenderWindow::default();
        let loops: Vec<bool> =
            (0..40).map(|n| say(&mut window, n, "Filed as a job: pipes.", i64::from(n) * 5)).collect();
        assert_eq!(loops, [vec![false; 2], vec![true; 38]].concat());
        assert!(say(&mut window, 40, "filed as a JOB: pipes!", 195 + 589));
        assert!(!say(&mut window, 41, "Filed as a job: pipes.", 195 + 589 + 600));
    }

    #[test]
    fn d12_a_message_that_is_asked_about_again_is_told_the_same() {
        let mut window = SenderWindow::default();
        let first = [1, 2, 3].map(|n| say(&mut window, n, "hello", 0));
        let again = [1, 2, 3].map(|n| say(&mut window, n, "hello", 1_200));
        assert_eq!((first, again), ([false, false, true], [false, false, true]));
    }

    #[test]
    fn d12_other_words_are_no_copies() {
        let mut window = SenderWindow::default();
        for n in 0..60 {
            assert!(!say(&mut window, n, &format!("Order {n} pipes"), i64::from(n)));
        }
        for (n, seconds) in (100..110).zip((0..).step_by(300)) {
            assert!(!say(&mut window, n, "The same, but every five minutes", 100 + seconds));
        }
    }

    #[test]
    fn d12_what_has_no_content_is_no_copy_and_pictures_are() {
        let person = address(SENDER).identity().clone();
        for text in ["", "  ", "\n"] {
            assert_eq!(Fingerprint::of(&person, text), None);
        }
        assert_eq!(Fingerprint::of(&person, "👍"), Fingerprint::of(&person, "👍 "));
        assert_ne!(Fingerprint::of(&person, "👍"), Fingerprint::of(&person, "👎"));
        let other = address("+4915112345679");
        assert_ne!(Fingerprint::of(&person, "ok"), Fingerprint::of(other.identity(), "ok"));
    }
}
