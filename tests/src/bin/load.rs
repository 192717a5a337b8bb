//! `make load SECONDS=60 RATE=500`: a real `hark dev` under load, then of every id the question whether it has its files
//! and its one answer; and ten notes of one company behind ten thousand of another.

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use system_tests::load::{
    fairness::{Sizes, fairness},
    steady::{Plan, steady},
};

const USAGE: &str = "load SECONDS [RATE]
load fairness

Without a rate it is the highest that this machine carries, up to 1,000 webhooks a second.

Examples:
  load 60
  load 60 500";

/// Of acceptance row B22.
const SIZES: Sizes = Sizes { many: 10_000, few: 10 };

fn main() -> ExitCode {
    let given: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().ok().filter(|number| *number > 0);
    let plan = match words.as_slice() {
        ["--help"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        ["fairness"] => Some(None),
        [seconds] => number(seconds).map(|seconds| Some(Plan { seconds, rate: None })),
        [seconds, rate] => {
            number(seconds).zip(number(rate)).map(|(seconds, rate)| Some(Plan { seconds, rate: Some(rate) }))
        }
        _ => None,
    };
    let Some(plan) = plan else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(run(plan))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what is asked for, and prints it. Whether it holds.
async fn run(plan: Option<Plan>) -> io::Result<bool> {
    let mut holds = true;
    if let Some(plan) = plan {
        let report = steady(plan, progress).await?;
        end_of_progress();
        println!("{report}\n");
        holds = report.verdict.holds();
    }
    let fairness = fairness(SIZES, progress).await?;
    end_of_progress();
    println!("{fairness}");
    Ok(holds && fairness.holds())
}

/// One line that changes on a screen; nothing in a log but what can be read there.
fn progress(what: &str) {
    let mut errors = io::stderr();
    if errors.is_terminal() {
        drop(write!(errors, "\r\x1b[K{what}"));
        drop(errors.flush());
    }
}

fn end_of_progress() {
    progress("");
}
