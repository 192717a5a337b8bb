//! The stores of a place: table, files, customer directory, queue.

use std::{sync::Arc, time::Duration};

use shared::{
    domain::identity::{E164, Identity},
    ports::{
        directory::CustomerDirectory,
        queue_status::{Backlog, Oldest, QueueStatus},
        table::ItemKey,
    },
};

use super::finding::{Finding, Found};
use crate::{customers, place::Place};

/// Notes are done within seconds; from this age on somebody should look, and from the second on it is an outage.
const SLOW: Duration = Duration::from_secs(15 * 60);
const STUCK: Duration = Duration::from_secs(60 * 60);
/// Somebody is on the line.
const CALLER_WAITS: Duration = Duration::from_secs(30);
const CALLER_IS_GONE: Duration = Duration::from_secs(5 * 60);
/// Nobody has it: numbers that begin with +999 are not assigned (ITU-T E.164).
const NOBODY: &str = "+9990000000";

/// Whether the table answers.
pub(super) async fn table(place: &Place) -> Found {
    match place.table.get(&ItemKey::new("doctor", "doctor")).await {
        Ok(_) => Finding::ok("table", "it answers"),
        Err(error) => Finding::fail(
            "table",
            chain(&error),
            "check TABLE_NAME, the region, and that these credentials may read the table",
        ),
    }
    .into()
}

/// Whether the stored files answer, and what the customer directory among them holds.
pub(super) async fn files(place: &Place) -> Found {
    const CHECK: &str = "customers.json";
    const REMEDY: &str =
        "`hark customers check FILE` tells what is wrong, `hark customers put FILE` stores a good one";
    let finding = match customers::stored(place).await {
        Ok(Some(reading)) if reading.file.customers().is_empty() => {
            Finding::fail(CHECK, "nobody in it can be used", REMEDY)
        }
        Ok(Some(reading)) => {
            let (count, faults) = (customers::count(&reading.file), reading.faults.len());
            let told = format!("companies: {}, people: {}", count.companies, count.people);
            if faults == 0 {
                Finding::ok(CHECK, told)
            } else {
                Finding::warn(CHECK, format!("{told}, faults: {faults}"), REMEDY)
            }
        }
        Ok(None) => {
            Finding::fail(CHECK, "there is none: nobody is known", "`hark customers put FILE` stores one")
        }
        Err(error) => Finding::fail(
            CHECK,
            format!("{error:#}"),
            format!("check DATA_BUCKET and that these credentials may read it; {REMEDY}"),
        ),
    };
    finding.into()
}

/// How far behind the workers are, and what was given up.
pub(super) async fn queue(place: &Place) -> Found {
    let backlog = match place.status.backlog().await {
        Ok(backlog) => backlog,
        Err(error) => {
            let remedy = "check QUEUE_URL and DEAD_LETTER_QUEUE_URL, and that these credentials may read their \
                          attributes";
            return Finding::fail("queue", chain(&error), remedy).into();
        }
    };
    vec![waiting("queue", place.env, &backlog, (SLOW, STUCK)), given_up(&backlog)].into()
}

/// The same of what callers wait for. What was given up is among the other dead letters.
pub(super) async fn calls(place: &Place, status: &dyn QueueStatus) -> Found {
    const CHECK: &str = "calls queue";
    match status.backlog().await {
        Ok(backlog) => waiting(CHECK, place.env, &backlog, (CALLER_WAITS, CALLER_IS_GONE)).into(),
        Err(error) => {
            let remedy = "check CALLS_QUEUE_URL, and that these credentials may read its attributes";
            Finding::fail(CHECK, chain(&error), remedy).into()
        }
    }
}

/// `limits`: from which age on somebody should look, and from which it is an outage.
fn waiting(check: &str, env: &str, backlog: &Backlog, limits: (Duration, Duration)) -> Finding {
    let (slow, stuck) = limits;
    let remedy = "look at the worker's log for what it waits for; jobs go on by themselves once it is there";
    let jobs = backlog.jobs;
    match &backlog.oldest {
        Oldest::Sent(age) => {
            let told = format!("jobs: {jobs}, the oldest {} s old", age.as_secs());
            match *age {
                age if age >= stuck => Finding::fail(check, told, remedy),
                age if age >= slow => Finding::warn(check, told, remedy),
                _ => Finding::ok(check, told),
            }
        }
        // The stand-in for AWS measures no queues.
        Oldest::Unknown(why) if env != "local" => Finding::warn(
            check,
            format!("jobs: {jobs}, their age is not known: {why}"),
            "let these credentials call cloudwatch:GetMetricStatistics",
        ),
        Oldest::Unmeasured | Oldest::Unknown(_) if jobs > 0 => {
            Finding::ok(check, format!("jobs: {jobs}, their age not measured yet"))
        }
        Oldest::Unmeasured | Oldest::Unknown(_) => Finding::ok(check, "jobs: none"),
    }
}

fn given_up(backlog: &Backlog) -> Finding {
    match backlog.dead_letters {
        0 => Finding::ok("dead letters", "none"),
        count => Finding::warn(
            "dead letters",
            format!("{count} jobs were given up"),
            "`hark replay --dead-letters --dry-run` lists the reasons; without --dry-run it tries them again",
        ),
    }
}

/// Whether the function that says who a sender is answers. One machine has none.
pub(super) async fn lookup(directory: Option<&Arc<dyn CustomerDirectory>>) -> Found {
    const CHECK: &str = "customer lookup";
    let Some(directory) = directory else { return Found::default() };
    let Ok(nobody) = E164::parse(NOBODY) else { return Found::default() };
    match directory.find(&Identity::Phone(nobody)).await {
        Ok(_) => Finding::ok(CHECK, "it answers"),
        Err(error) => Finding::fail(
            CHECK,
            chain(&error),
            "look at the function's log; check CUSTOMER_LOOKUP_FUNCTION and that these credentials may invoke it",
        ),
    }
    .into()
}

/// An error with its causes, none of which holds personal data.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        told = format!("{told}: {next}");
        cause = next.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_caller_waits_less_long_than_a_note() {
        let backlog = |seconds| Backlog {
            jobs: 1,
            oldest: Oldest::Sent(Duration::from_secs(seconds)),
            dead_letters: 0,
        };
        let of_notes = |seconds| waiting("queue", "dev", &backlog(seconds), (SLOW, STUCK)).state;
        let of_calls =
            |seconds| waiting("calls queue", "dev", &backlog(seconds), (CALLER_WAITS, CALLER_IS_GONE)).state;
        for (seconds, notes, calls) in
            [(5, State::Ok, State::Ok), (60, State::Ok, State::Warn), (600, State::Ok, State::Fail)]
        {
            assert_eq!((of_notes(seconds), of_calls(seconds)), (notes, calls), "{seconds}");
        }
        assert_eq!((of_notes(1_000), of_notes(4_000)), (State::Warn, State::Fail));
    }
}
