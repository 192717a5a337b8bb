//! `make simulate SEEDS=10000 FIRST_SEED=1`: runs seeds of the simulation, one after the other, and tells what did not
//! hold. A seed that did not hold is told whole, and runs the same way again.

use std::{env, io::Write, process::ExitCode};

use system_tests::simulation::{Tally, Verdict, simulate};

const USAGE: &str = "simulate SEEDS FIRST_SEED\n\nExample:\n  simulate 10000 1";

fn main() -> ExitCode {
    let given: Vec<String> = env::args().skip(1).collect();
    if given.iter().any(|word| word == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let numbers: Option<Vec<u64>> = given.iter().map(|word| word.parse().ok()).collect();
    let Some(&[seeds, first]) = numbers.as_deref() else {
        eprintln!("two numbers are needed\n{USAGE}");
        return ExitCode::from(2);
    };
    run(seeds, first)
}

/// Runs so many seeds from the first on, and prints what did not hold.
fn run(seeds: u64, first: u64) -> ExitCode {
    let mut tally = Tally::default();
    let mut stories = crc32fast::Hasher::new();
    for seed in first..first.saturating_add(seeds) {
        let outcome = simulate(seed);
        if !outcome.verdict.holds() && tally.first_bad.is_none() {
            println!("{}", outcome.story);
        }
        stories.update(outcome.story.as_bytes());
        tally.add(seed, outcome.verdict);
        if tally.seeds % 100 == 0 {
            eprint!("\r{} seeds", tally.seeds);
            drop(std::io::stderr().flush());
        }
    }
    eprintln!();
    if let Some(seed) = tally.first_bad {
        println!("the first that did not hold, told above: make simulate SEEDS=1 FIRST_SEED={seed}");
    }
    println!("all that happened has the checksum {:08x}", stories.finalize());
    let sum = tally.sum;
    println!(
        "{} messages, {} of them changes, {} given up and told so",
        sum.notes, sum.changes, sum.given_up
    );
    println!("{} messages of theirs lost by the queue", sum.messages_lost);
    let Verdict { lost, duplicated, hung, astray, .. } = sum;
    println!("{} answered twice since a clock was set by more than a lease bears", sum.duplicated_by_clocks);
    println!("{astray} files, versions or leases that are not as the notes say");
    println!("{} seeds, {lost} lost, {duplicated} duplicated, {hung} hung", tally.seeds);
    if tally.first_bad.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
