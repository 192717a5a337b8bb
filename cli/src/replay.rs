//! `hark replay`: what was given up is tried again, on one machine or on a stack.

use std::time::Duration;

use adapter_system::SystemClock;
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::{
    config::Settings,
    ports::clock::Clock,
    repositories::notes::Notes,
    use_cases::replay::{Outcome, Replay, Replayed},
};

use crate::{
    args::{Form, Replayable},
    output,
    place::Place,
};

/// What `replay` prints.
#[derive(Serialize)]
struct Report {
    place: String,
    dry_run: bool,
    sent_again: usize,
    done_already: usize,
    left: usize,
    jobs: Vec<Replayed>,
}

pub(crate) async fn run(command: Replayable, settings: &Settings<'_>) -> anyhow::Result<()> {
    let place = Place::open(settings)?;
    let replay = Replay::new(
        Notes::new(place.table.clone()),
        place.queue.clone(),
        place.dead_letters.clone(),
        command.dry_run,
    );
    let form = command.output.form();
    let progress = (form == Form::Text).then(|| spinner(&place));
    let mut jobs = Vec::new();
    let mut tell = |replayed| {
        jobs.push(replayed);
        if let Some(progress) = &progress {
            progress.set_message(format!("{} jobs looked at", jobs.len()));
        }
    };
    let ended = work(&command, &replay, &place, &mut tell).await;
    if let Some(progress) = progress {
        progress.finish_and_clear();
    }
    let report = Report::of(&place, command.dry_run, jobs);
    // What was done is told even when the rest could not be.
    if ended.is_ok() || !report.jobs.is_empty() {
        output::print(form, &report, shown)?;
    }
    ended?;
    if report.left > 0 {
        bail!("{} jobs stay where they are; see above", report.left);
    }
    Ok(())
}

async fn work(
    command: &Replayable,
    replay: &Replay,
    place: &Place,
    tell: &mut (dyn FnMut(Replayed) + Send),
) -> anyhow::Result<()> {
    if command.dead_letters {
        return replay.dead_letters(tell).await.context("the dead letters could not be replayed");
    }
    if let Some(id) = &command.message {
        let known = replay.message(id, tell).await.context("the message could not be replayed")?;
        if !known {
            bail!("{} has neither a note nor a dead letter of message {id}", place.name);
        }
        return Ok(());
    }
    let since = command.since.context("--failed needs --since")?.before(SystemClock.now())?;
    replay.failed_since(since, tell).await.context("the failed notes could not be replayed")
}

fn spinner(place: &Place) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(format!("looking at {}", place.name));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

impl Report {
    fn of(place: &Place, dry_run: bool, jobs: Vec<Replayed>) -> Self {
        let count = |fits: fn(&Outcome) -> bool| jobs.iter().filter(|job| fits(&job.outcome)).count();
        Self {
            place: place.name.clone(),
            dry_run,
            sent_again: count(|outcome| *outcome == Outcome::SentAgain),
            done_already: count(|outcome| *outcome == Outcome::DoneAlready),
            left: count(|outcome| matches!(outcome, Outcome::Left(_))),
            jobs,
        }
    }
}

fn shown(report: &Report) -> String {
    let mut lines: Vec<String> = report.jobs.iter().map(line).collect();
    lines.push(if report.dry_run {
        format!("{}: {} jobs would be tried again; nothing was changed", report.place, report.jobs.len())
    } else if report.jobs.is_empty() {
        format!("{}: nothing to try again", report.place)
    } else {
        format!(
            "{}: {} sent again, {} were done already, {} stay where they are",
            report.place, report.sent_again, report.done_already, report.left
        )
    });
    lines.join("\n")
}

fn line(job: &Replayed) -> String {
    let id = job.message_id.as_ref().map_or("(no job that this build knows)", |id| id.as_str());
    let at = job.given_up_at.map(|at| at.strftime("%Y-%m-%dT%H:%MZ").to_string());
    let why = [at, job.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join("  ");
    let outcome = match &job.outcome {
        Outcome::Listed => String::new(),
        Outcome::SentAgain => "sent again  ".to_owned(),
        Outcome::DoneAlready => "done already  ".to_owned(),
        Outcome::Left(why) => format!("left ({why})  "),
    };
    format!("{id}  {outcome}{why}").trim_end().to_owned()
}

/// A point in time as it is typed: RFC 3339, or so many minutes, hours or days ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    At(Timestamp),
    Ago(SignedDuration),
}

impl Since {
    /// Reads `2026-11-20T10:00:00Z`, `90m`, `24h` or `7d`.
    pub(crate) fn parse(raw: &str) -> Result<Self, String> {
        if let Ok(at) = raw.parse() {
            return Ok(Self::At(at));
        }
        let unit = match raw.chars().last() {
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => 0,
        };
        raw.get(..raw.len().saturating_sub(1))
            .and_then(|count| count.parse::<u32>().ok())
            .filter(|count| unit > 0 && *count > 0)
            .and_then(|count| i64::from(count).checked_mul(unit))
            .map(|seconds| Self::Ago(SignedDuration::from_secs(seconds)))
            .ok_or_else(|| "a time is written as 2026-11-20T10:00:00Z, 90m, 24h or 7d".to_owned())
    }

    fn before(self, now: Timestamp) -> anyhow::Result<Timestamp> {
        match self {
            Self::At(at) => Ok(at),
            Self::Ago(ago) => now.checked_sub(ago).context("--since reaches back before the calendar"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (raw, since) in [
            ("2026-11-19T08:00:00Z", "2026-11-19T08:00:00Z"),
            ("2026-11-19T09:00:00+01:00", "2026-11-19T08:00:00Z"),
            ("90m", "2026-11-20T08:30:00Z"),
            ("24h", "2026-11-19T10:00:00Z"),
            ("7d", "2026-11-13T10:00:00Z"),
        ] {
            assert_eq!(Since::parse(raw).unwrap().before(now).unwrap().to_string(), since, "{raw}");
        }
        for raw in ["", "d", "0d", "-1d", "7", "7w", "yesterday", "2026-11-19", "1é", "99999999999d"] {
            assert!(Since::parse(raw).is_err(), "{raw}");
        }
        assert!(Since::parse("4294967295d").unwrap().before(now).is_err());
    }

    #[test]
    fn a_line_tells_what_why_and_when() {
        let job = Replayed {
            message_id: None,
            reason: Some("unknown job kind".to_owned()),
            given_up_at: Some("2026-11-19T08:00:09.5Z".parse().unwrap()),
            outcome: Outcome::SentAgain,
        };
        assert_eq!(
            line(&job),
            "(no job that this build knows)  sent again  2026-11-19T08:00Z  unknown job kind"
        );
    }
}
