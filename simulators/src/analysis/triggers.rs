//! The words by which a sentence asks for something. Whole words only; `simulators/README.md` lists them too.

use super::sentences::words;

const ENGLISH: &[&str] =
    &["order", "call", "bring", "fix", "install", "replace", "remember", "please", "must", "need to"];

const GERMAN: &[&str] = &[
    "bestellen",
    "bestell",
    "bestelle",
    "anrufen",
    "ruf",
    "rufe",
    "bringen",
    "bring",
    "bringe",
    "reparieren",
    "reparier",
    "repariere",
    "einbauen",
    "austauschen",
    "ersetzen",
    "ersetze",
    "denk daran",
    "denke daran",
    "bitte",
    "muss",
    "müssen",
    "brauchen",
];

const POLISH: &[&str] = &[
    "zamów",
    "zamówić",
    "zadzwoń",
    "zadzwonić",
    "przynieś",
    "przynieść",
    "napraw",
    "naprawić",
    "zamontuj",
    "zamontować",
    "wymień",
    "wymienić",
    "pamiętaj",
    "proszę",
    "musi",
    "musimy",
    "trzeba",
    "potrzebujemy",
];

/// How a sentence begins with which another job of the same note begins.
const ANOTHER_JOB: &[&str] = &[
    "next job",
    "another job",
    "new job",
    "second job",
    "third job",
    "nächster auftrag",
    "neuer auftrag",
    "zweiter auftrag",
    "dritter auftrag",
    "noch ein auftrag",
    "następne zlecenie",
    "nowe zlecenie",
    "drugie zlecenie",
    "trzecie zlecenie",
    "jeszcze jedno zlecenie",
];

/// Whether the sentence begins another job.
pub(super) fn begins_another_job(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let said = words(&lower).collect::<Vec<_>>().join(" ");
    ANOTHER_JOB.iter().any(|beginning| said.starts_with(beginning))
}

/// Whether the sentence asks for something.
pub(super) fn asks(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let spoken = format!(" {} ", words(&lower).collect::<Vec<_>>().join(" "));
    [ENGLISH, GERMAN, POLISH]
        .iter()
        .copied()
        .flatten()
        .any(|trigger| spoken.contains(&format!(" {trigger} ")))
}

/// Whether this is one of the words, or a part of one.
pub(super) fn is_polite(word: &str) -> bool {
    ["please", "must", "need", "bitte", "muss", "müssen", "proszę", "musi", "musimy", "trzeba"]
        .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_ask() {
        for sentence in
            ["ORDER pipes", "We need to go", "Ruf Weber an", "Denk\n daran!", "Trzeba wymienić", "(please)"]
        {
            assert!(asks(sentence), "{sentence}");
        }
        for sentence in
            ["In the border region", "He recalled it", "We need two", "Brunnen", "Die Musik ist laut"]
        {
            assert!(!asks(sentence), "{sentence}");
        }
    }
}
