//! The analysis stand-in: simple rules, listed in `simulators/README.md`, in English, German and Polish.
//!
//! It does not know Hark's code, only the properties that Hark's schema asks for.

pub(crate) mod language;
pub(crate) mod revision;
pub(crate) mod sentences;
mod triggers;

use serde_json::{Value, json};

use language::Language;
use sentences::{sentences, words};

/// A summary goes on to a second sentence if the first has fewer characters than this.
const SHORT: usize = 40;
/// Statements of fewer words are nothing worth keeping.
const STATEMENT_WORDS: usize = 5;

/// What the rules make of a note.
pub(crate) fn analyse(text: &str) -> Value {
    let language = Language::of(text);
    let all = sentences(text);
    let mut jobs = separate(&all).into_iter();
    let sentences = jobs.next().unwrap_or_default();
    let (asking, telling): (Vec<&str>, Vec<&str>) =
        sentences.iter().partition(|sentence| triggers::asks(sentence));
    let statements: Vec<&str> =
        telling.iter().copied().filter(|sentence| words(sentence).count() >= STATEMENT_WORDS).collect();
    let mut answer = json!({
        "intent": "other",
        "language": language.code(),
        "tag": tag(&sentences),
        "job": null,
        "further_jobs": [],
        "document": null,
        "other": null,
    });
    let (intent, part, content) = if !asking.is_empty() {
        ("job-to-be-done", "job", job(text, &asking, &telling))
    } else if !statements.is_empty() {
        ("knowledge-document", "document", document(text, &sentences))
    } else {
        ("other", "other", json!({ "summary": marked(text, &summary(&sentences)) }))
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("intent".to_owned(), json!(intent));
        fields.insert(part.to_owned(), content);
        if part == "job" {
            let further =
                jobs.map(|sentences| json!({ "tag": tag(&sentences), "job": job_of(text, &sentences) }));
            fields.insert("further_jobs".to_owned(), further.collect());
        }
    }
    answer
}

/// The sentences of each job: a sentence that says that another one begins is the first of its own.
fn separate<'a>(sentences: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut jobs: Vec<Vec<&str>> = vec![Vec::new()];
    for sentence in sentences {
        if triggers::begins_another_job(sentence) && jobs.last().is_some_and(|job| !job.is_empty()) {
            jobs.push(Vec::new());
        }
        if let Some(job) = jobs.last_mut() {
            job.push(sentence);
        }
    }
    jobs
}

fn job_of(text: &str, sentences: &[&str]) -> Value {
    let (asking, telling): (Vec<&str>, Vec<&str>) =
        sentences.iter().partition(|sentence| triggers::asks(sentence));
    job(text, &asking, &telling)
}

/// A text as a job, whatever it asks for: without a request, all of it is to be done.
fn as_job(text: &str) -> Value {
    let sentences = sentences(text);
    if sentences.iter().any(|sentence| triggers::asks(sentence)) {
        return job_of(text, &sentences);
    }
    job(text, &sentences, &[])
}

/// A text as something to know.
fn as_document(text: &str) -> Value {
    document(text, &sentences(text))
}

fn job(text: &str, asking: &[&str], telling: &[&str]) -> Value {
    let items: Vec<Value> =
        asking.iter().map(|sentence| json!({ "text": tidied(sentence), "quote": sentence })).collect();
    json!({
        "summary": marked(text, &summary(asking)),
        "job": one_line(&asking.join(" ")),
        "context": joined(telling),
        "action_items": items,
    })
}

fn document(text: &str, sentences: &[&str]) -> Value {
    let first = sentences.first().copied().unwrap_or_default();
    // The summary below says it already, and once is enough.
    let is_mark = |word: &&str| word.eq_ignore_ascii_case("simulated");
    let title: Vec<&str> = first.split_whitespace().skip_while(is_mark).take(8).collect();
    json!({
        "title": title.join(" ").trim_end_matches(['.', '!', '?', ',', ';', ':']),
        "summary": marked(text, &summary(sentences)),
        "context": joined(sentences.get(1..).unwrap_or_default()),
    })
}

/// The first sentence, and the second one if the first is short.
fn summary(sentences: &[&str]) -> String {
    let count = match sentences.first() {
        Some(first) if first.chars().count() < SHORT => 2,
        _ => 1,
    };
    one_line(&sentences.iter().take(count).copied().collect::<Vec<_>>().join(" "))
}

/// A person sees once that this is no model: here, unless the note itself says so already.
fn marked(text: &str, summary: &str) -> Value {
    if text.to_lowercase().contains("simulated") || summary.is_empty() {
        json!(summary)
    } else {
        json!(format!("{summary} (simulated)"))
    }
}

/// Up to three significant words of the first sentence.
fn tag(sentences: &[&str]) -> String {
    let first = sentences.first().copied().unwrap_or_default().to_lowercase();
    let significant: Vec<&str> =
        words(&first).filter(|word| language::is_significant(word)).take(3).collect();
    if significant.is_empty() {
        words(&first).take(3).collect::<Vec<_>>().join("-")
    } else {
        significant.join("-")
    }
}

fn tidied(sentence: &str) -> String {
    let line = one_line(sentence);
    let line = line.trim_end_matches(['.', '!', ',', ';', ':', ' ']).trim_start_matches(['-', '*', '•', ' ']);
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn joined(sentences: &[&str]) -> Option<String> {
    (!sentences.is_empty()).then(|| one_line(&sentences.join(" ")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_makes_a_job_in_three_languages() {
        let notes = [
            (
                "The boiler leaks. Please order a new valve for Mr Green.",
                "en",
                "Please order a new valve for Mr Green.",
            ),
            ("Der Kessler-Keller ist nass. Bitte 20 Rohre bestellen!", "de", "Bitte 20 Rohre bestellen!"),
            (
                "Kocioł przecieka. Zamów nowy zawór dla pana Nowaka.",
                "pl",
                "Zamów nowy zawór dla pana Nowaka.",
            ),
        ];
        for (text, language, quote) in notes {
            let answer = analyse(text);
            assert_eq!(answer["intent"], "job-to-be-done", "{text}");
            assert_eq!(answer["language"], language, "{text}");
            assert_eq!(answer["job"]["action_items"][0]["quote"], quote);
            assert_eq!(answer["job"]["action_items"].as_array().unwrap().len(), 1);
            assert!(answer["document"].is_null() && answer["other"].is_null());
        }
    }

    #[test]
    fn a_note_may_hold_several_jobs() {
        let answer = analyse(
            "Please order two pipes for Miller. Next job: call Mrs Green about the boiler. She waits.",
        );
        assert_eq!(answer["job"]["action_items"].as_array().unwrap().len(), 1);
        let further = answer["further_jobs"].as_array().unwrap();
        assert_eq!(further.len(), 1);
        assert_eq!(
            further[0]["job"]["action_items"][0]["quote"],
            "Next job: call Mrs Green about the boiler."
        );
        assert_eq!(further[0]["job"]["context"], "She waits.");
        assert_ne!(further[0]["tag"], answer["tag"]);
    }

    #[test]
    fn statements_make_a_document_and_the_rest_is_other() {
        let answer = analyse("The heat pump in Oak Street runs at 55 degrees. It was serviced in May.");
        assert_eq!(answer["intent"], "knowledge-document");
        assert_eq!(answer["tag"], "heat-pump-oak");
        assert_eq!(answer["document"]["title"], "The heat pump in Oak Street runs at");
        assert_eq!(
            answer["document"]["summary"],
            "The heat pump in Oak Street runs at 55 degrees. (simulated)"
        );
        assert_eq!(answer["document"]["context"], "It was serviced in May.");
        let answer = analyse("Hello there!");
        assert_eq!(answer["intent"], "other");
        assert_eq!(answer["other"]["summary"], "Hello there! (simulated)");
    }

    #[test]
    fn says_that_it_is_simulated_once() {
        let answer = analyse("Simulated transcription: this recording carries no transcript.");
        assert_eq!(answer.to_string().to_lowercase().matches("simulated").count(), 1);
        let answer = analyse("Call Mr Weber back. Bring 3 valves.").to_string();
        assert_eq!(answer.matches("simulated").count(), 1);
    }

    #[test]
    fn nothing_makes_nothing() {
        let answer = analyse("  \n ");
        assert_eq!((&answer["intent"], &answer["tag"]), (&json!("other"), &json!("")));
        assert_eq!(answer["other"]["summary"], "");
    }
}
