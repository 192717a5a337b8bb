//! Bad days on AWS: whatever fails, is lost (messages in the queue too) or dies, every message that was taken is answered
//! once, every note filed once and changed once by each message that is about it, or given up and its sender told.
//! `make simulate` runs more of them.

use std::time::Duration;

use system_tests::simulation::{Tally, simulate, throttled};

/// How many days `make test` has time for.
const SEEDS: u64 = 200;

#[test]
fn b09_on_bad_days_nothing_is_lost_doubled_or_left_hanging() {
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        let outcome = simulate(seed);
        tally.add(seed, outcome.verdict);
        assert!(outcome.verdict.holds(), "seed {seed}: {:?}\n{}", outcome.verdict, outcome.story);
    }
    assert_eq!(tally.seeds, SEEDS);
    // Days on which nothing goes wrong, or nothing comes, would prove nothing.
    let sum = tally.sum;
    assert!(u64::from(sum.notes) > SEEDS && sum.given_up > 0 && sum.messages_lost > 0, "{sum:?}");
    assert!(u64::from(sum.changes) > SEEDS, "{sum:?}");
}

#[test]
fn a_day_is_the_same_each_time_it_is_lived() {
    let stories: Vec<String> = [23, 47, 122].map(|seed| simulate(seed).story).into();
    let again: Vec<String> = [23, 47, 122].map(|seed| simulate(seed).story).into();
    assert_eq!(stories, again);
    assert!(stories.iter().all(|story| story.lines().count() > 20));
}

#[test]
fn b23_room_for_two_batches_and_a_thousand_notes_loses_none_of_them() {
    // As the template has it: nobody takes what there is no room for.
    let as_deployed = throttled(1, Duration::ZERO);
    assert!(as_deployed.verdict.holds(), "{as_deployed:?}");
    assert_eq!((as_deployed.verdict.notes, as_deployed.verdict.given_up, as_deployed.dead), (1_000, 0, 0));
    assert_eq!((as_deployed.turned_away, as_deployed.received_too_often), (0, 0));

    // No room at all for longer than five deliveries take: SQS counts these, though nobody worked on them, and gives up.
    let turned_away = throttled(1, Duration::from_secs(90 * 60));
    assert!(turned_away.verdict.holds(), "{turned_away:?}");
    assert_eq!((turned_away.verdict.notes, turned_away.verdict.given_up, turned_away.dead), (1_000, 0, 0));
    assert!(turned_away.turned_away > 100 && turned_away.received_too_often > 900, "{turned_away:?}");
}
