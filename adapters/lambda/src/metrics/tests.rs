//! Every measurement as the line that CloudWatch reads, and the document that lists them.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use shared::{
    domain::{ids::CompanyId, intent::Intent, note::FailureReason, usage::Usage},
    ports::metrics::{Budget, Outcome, RefusedFor, Step},
    testing::fixed::FixedClock,
};

use super::*;

/// Each measurement, with each of the words that it can be told apart by at least once.
fn measurements() -> Vec<Measurement> {
    let mut all = vec![
        Measurement::WebhookAccepted,
        Measurement::UnknownSender,
        Measurement::LookupFailed,
        Measurement::EnqueueFailed,
        Measurement::AnswerSentAgain,
        Measurement::AnswerUndelivered { code: Some(63_016) },
        Measurement::BudgetWaited(Budget::Sender),
        Measurement::BudgetWaited(Budget::Company),
        Measurement::LoopSilenced,
        Measurement::OptedOut,
        Measurement::DeadLetter,
        Measurement::JobRetried,
        Measurement::NoteStuck,
        Measurement::WebhookMessageAccepted,
        Measurement::WebhookMessageRefused,
        Measurement::WebhookMessageDead,
        used(Usage { input_tokens: 0, output_tokens: 0, audio_seconds: 73 }, Some(3_650.0)),
        used(Usage { input_tokens: 900, output_tokens: 120, audio_seconds: 0 }, Some(465.5)),
        used(Usage { input_tokens: 900, output_tokens: 120, audio_seconds: 0 }, None),
    ];
    all.extend(
        [RefusedFor::Signature, RefusedFor::Shape, RefusedFor::Size, RefusedFor::Account]
            .map(Measurement::WebhookRefused),
    );
    all.extend(
        [Step::Media, Step::Transcribe, Step::Analyse, Step::File, Step::Answer]
            .map(|step| Measurement::StepDone { step, took: Duration::from_micros(1_234_567) }),
    );
    all.extend(
        Intent::ALL
            .map(Outcome::Filed)
            .into_iter()
            .chain([Outcome::Unheard])
            .map(|outcome| Measurement::NoteFinished { outcome, latency: Some(Duration::from_secs(4)) }),
    );
    all.push(Measurement::NoteFinished { outcome: Outcome::Failed, latency: None });
    all.extend(
        [
            FailureReason::MediaUnavailable,
            FailureReason::ModelUnavailable,
            FailureReason::ModelAccountRefused,
            FailureReason::RecordingRefused,
            FailureReason::StoreUnavailable,
            FailureReason::FileConflict,
            FailureReason::MessengerUnavailable,
            FailureReason::RecordChanged,
            FailureReason::NumberChanged,
            FailureReason::Internal,
        ]
        .map(|reason| Measurement::NoteFailed { step: Step::File, reason }),
    );
    all
}

fn used(usage: Usage, cost_micro_usd: Option<f64>) -> Measurement {
    Measurement::ModelsUsed { company: CompanyId::parse("demo-plumbing").unwrap(), usage, cost_micro_usd }
}

#[test]
fn o6_every_measurement_is_one_line_that_cloudwatch_reads() {
    let lines: Vec<String> = measurements()
        .iter()
        .map(|measurement| line("hark-dev-x", &groups(measurement), 1_795_168_800_000).to_string())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn o6_each_line_keeps_the_rules_of_the_format() {
    for measurement in measurements() {
        let line = line("hark-dev-x", &groups(&measurement), 1_795_168_800_000);
        assert!(!line.to_string().contains('\n') && line.to_string().len() < 262_144, "{line}");
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()), "{line}");
            for metric in metrics {
                assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{line}");
            }
            for dimension in directive["Dimensions"][0].as_array().unwrap() {
                let value = line[dimension.as_str().unwrap()].as_str().unwrap();
                assert!((1..=1_024).contains(&value.len()), "{line}");
            }
        }
    }
}

/// A metric as a row of the document's tables: name, unit, dimensions beside the function's name.
fn rows_of_the_code() -> BTreeSet<(String, String, String)> {
    let mut rows = BTreeSet::new();
    for group in measurements().iter().flat_map(groups) {
        let dimensions: Vec<String> = group.dimensions.iter().map(|(name, _)| format!("`{name}`")).collect();
        for figure in &group.figures {
            let (name, unit) = (format!("`{}`", figure.name), figure.unit.name().to_owned());
            rows.insert((name, unit, dimensions.join(", ")));
        }
    }
    rows
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/METRICS.md");
    fs::read_to_string(path).expect("docs/METRICS.md")
}

#[test]
fn the_document_lists_exactly_what_is_written() {
    let document = document();
    let rows: BTreeSet<_> = document
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            Some((cells.next()?, cells.next()?, cells.next()?))
        })
        .filter(|(_, unit, _)| ["Count", "Milliseconds", "Seconds", "None"].contains(&unit.as_str()))
        .collect();
    assert_eq!(rows, rows_of_the_code());
    for (name, value) in measurements().iter().flat_map(groups).flat_map(|group| group.dimensions) {
        let is_listed = name == "Company" || document.contains(&format!("`{value}`"));
        assert!(is_listed, "docs/METRICS.md does not name the value {value} of {name}");
    }
}

#[test]
fn a_function_without_a_name_does_not_start() {
    let mut settings = Settings::new(|_| None);
    EmbeddedMetrics::read(&mut settings, Arc::new(FixedClock::default()));
    assert!(settings.finish().unwrap_err().to_string().contains("AWS_LAMBDA_FUNCTION_NAME is not set"));
}
