//! What is counted of the messages of some days.

use std::collections::HashMap;

use shared::{
    domain::{
        digest::{Digest, Outcome},
        ids::CustomerId,
        intent::Intent,
        note::FailureReason,
        usage::Usage,
    },
    repositories::inbox::Listed,
};

use super::span::Span;

/// What messages are about: an intent, or nothing since no record was made of them.
pub(super) const ABOUT: [Option<Intent>; 4] =
    [Some(Intent::JobToBeDone), Some(Intent::KnowledgeDocument), Some(Intent::Other), None];
/// Most senders that are listed.
const MOST_SENDERS: usize = 20;

/// What is counted of one day, of a week, or of all days.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) messages: u64,
    pub(super) usage: Usage,
    about: HashMap<Option<Intent>, u64>,
    outcomes: HashMap<Outcome, u64>,
    waits: Vec<u64>,
}

impl Sum {
    /// What the office asks for is no message that came in, but is paid for.
    fn add(&mut self, digest: &Digest) {
        self.usage = self.usage.plus(digest.usage);
        if digest.kind.is_ordered() {
            return;
        }
        self.messages += 1;
        *self.about.entry(digest.intents.first().copied()).or_default() += 1;
        *self.outcomes.entry(digest.outcome).or_default() += 1;
        self.waits.extend(digest.answered_ms);
    }

    pub(super) fn about(&self, what: Option<Intent>) -> u64 {
        self.about.get(&what).copied().unwrap_or_default()
    }

    pub(super) fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// The milliseconds within which so many of a hundred had their answer.
    pub(super) fn within(&self, percent: usize) -> Option<u64> {
        within(&self.waits, percent)
    }
}

/// By the nearest rank, of what is sorted.
fn within(waits: &[u64], percent: usize) -> Option<u64> {
    let rank = waits.len().checked_mul(percent)?.div_ceil(100);
    waits.get(rank.checked_sub(1)?).copied()
}

/// Somebody who sent messages.
pub(super) struct Sender {
    pub(super) called: String,
    pub(super) messages: u64,
    pub(super) failures: u64,
    pub(super) usage: Usage,
}

/// All that is counted.
pub(super) struct Sums {
    pub(super) columns: Vec<Sum>,
    pub(super) all: Sum,
    spoken: Vec<u64>,
    reasons: Vec<(FailureReason, u64)>,
    senders: HashMap<CustomerId, Sender>,
    span: Span,
}

impl Sums {
    /// Of nothing yet.
    pub(super) fn of(span: Span) -> Self {
        Self {
            columns: span.names().iter().map(|_| Sum::default()).collect(),
            all: Sum::default(),
            spoken: Vec::new(),
            reasons: Vec::new(),
            senders: HashMap::new(),
            span,
        }
    }

    /// Counts a message; later ones first.
    pub(super) fn add(&mut self, listed: &Listed) {
        let digest = &listed.digest;
        let column = self.span.column(listed.received_at);
        if let Some(sum) = column.and_then(|column| self.columns.get_mut(column)) {
            sum.add(digest);
        }
        self.all.add(digest);
        if digest.kind.is_ordered() {
            return;
        }
        if digest.spoken {
            self.spoken.extend(digest.answered_ms);
        }
        let has_failed = digest.outcome == Outcome::Failed;
        if let Some(failure) = digest.failure.filter(|_| has_failed) {
            self.add_reason(failure.reason);
        }
        // The name of today: one that a person had before is not shown.
        let sender = self.senders.entry(digest.sender.clone()).or_insert_with(|| Sender {
            called: digest.called().to_owned(),
            messages: 0,
            failures: 0,
            usage: Usage::default(),
        });
        sender.messages += 1;
        sender.failures += u64::from(has_failed);
        sender.usage = sender.usage.plus(digest.usage);
    }

    fn add_reason(&mut self, reason: FailureReason) {
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, times)) => *times += 1,
            None => self.reasons.push((reason, 1)),
        }
    }

    /// To be called when everything is counted.
    pub(super) fn finish(&mut self) {
        for sum in self.columns.iter_mut().chain([&mut self.all]) {
            sum.waits.sort_unstable();
        }
        self.spoken.sort_unstable();
        self.reasons.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    }

    /// [`Sum::within`] of recordings alone.
    pub(super) fn spoken_within(&self, percent: usize) -> Option<u64> {
        within(&self.spoken, percent)
    }

    /// Why messages failed, the most frequent reason first.
    pub(super) fn reasons(&self) -> &[(FailureReason, u64)] {
        &self.reasons
    }

    /// Those who sent most.
    pub(super) fn senders(&self) -> Vec<&Sender> {
        let mut senders: Vec<&Sender> = self.senders.values().collect();
        senders.sort_by(|one, other| {
            other.messages.cmp(&one.messages).then_with(|| one.called.cmp(&other.called))
        });
        senders.truncate(MOST_SENDERS);
        senders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_hundred_by_the_nearest_rank() {
        let waits: Vec<u64> = (1..=20).collect();
        assert_eq!(
            (within(&waits, 50), within(&waits, 95), within(&waits, 100)),
            (Some(10), Some(19), Some(20))
        );
        assert_eq!((within(&[7], 50), within(&[7], 95), within(&[], 50)), (Some(7), Some(7), None));
    }
}
