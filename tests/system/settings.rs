//! `.env.example` and what the code reads are the same list.

use std::{collections::BTreeSet, fs, path::Path};

/// Names that look like settings and are none: key words of formats and vendors.
const NOT_SETTINGS: [&str; 2] = ["HMAC_SHA256", "HARK_PART_OFFSET"];

fn names_in(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| {
            ["HARK_", "TWILIO_", "OPENAI_", "TELEGRAM_"]
                .iter()
                .any(|prefix| word.starts_with(prefix) && word.len() > prefix.len())
                || [
                    "AI",
                    "PUBLIC_BASE_URL",
                    "DATA_BUCKET",
                    "TABLE_NAME",
                    "QUEUE_URL",
                    "DEAD_LETTER_QUEUE_URL",
                    "LAST_CHANCE_QUEUE_URL",
                    "CUSTOMER_LOOKUP_FUNCTION",
                    "AWS_ENDPOINT_URL",
                    "API_KEYS_SECRET_ID",
                    "WEBHOOK_URL",
                    "DATA_API_URL",
                    "PANEL_URL",
                ]
                .contains(word)
        })
        .map(str::to_owned)
        .collect()
}

/// Settings are read by their names in string literals, in production code outside of comments.
fn read_by_the_code() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in super::house::sources() {
        if path.starts_with("tests/")
            || path.starts_with("simulators/")
            || path.contains("tests")
            || path.contains("examples")
        {
            continue;
        }
        for line in text.split("#[cfg(test)]").next().unwrap_or_default().lines() {
            let line = line.trim_start();
            if !line.starts_with("//") {
                for literal in line.split('"').skip(1).step_by(2) {
                    if names_in(literal).contains(literal) {
                        found.insert(literal.to_owned());
                    }
                }
            }
        }
    }
    found.into_iter().filter(|name| !NOT_SETTINGS.contains(&name.as_str())).collect()
}

#[test]
fn every_setting_is_in_the_example_with_a_comment_and_every_line_of_it_is_read() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.env.example");
    let example = fs::read_to_string(example).expect("the example exists");
    let listed: BTreeSet<String> = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').unwrap_or(line).split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| names_in(name).contains(name))
        .collect();
    let read = read_by_the_code();
    let missing: Vec<_> = read.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&read).collect();
    assert!(missing.is_empty(), "read by the code but not in .env.example: {missing:?}");
    assert!(unused.is_empty(), "in .env.example but read by nobody: {unused:?}");
}

#[test]
fn g11_no_setting_switches_a_check_off() {
    for name in read_by_the_code() {
        for word in
            ["VALIDATE", "VERIFY", "SKIP", "DISABLE", "INSECURE", "UNSAFE", "ALLOW", "DEV_", "DEBUG", "NO_"]
        {
            assert!(!name.contains(word), "{name} sounds like a switch for a check: there is none");
        }
    }
}
