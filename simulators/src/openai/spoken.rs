//! What the stand-in for a language model says on the telephone: what came in, and answers about it. Simple rules, listed
//! in `simulators/README.md`.

use serde_json::{Value, json};

use super::answer::{Conversation, after_mark, between};
use crate::analysis::{
    language::{Language, is_significant},
    sentences::{sentences, words},
};

/// The longest summary, in characters.
const LONGEST: usize = 1_500;
/// So many jobs are named in a summary.
const NAMED_JOBS: usize = 3;
/// Words of questions, which tell nothing of what is asked for.
const OF_QUESTIONS: &[&str] = &[
    "about",
    "any",
    "are",
    "can",
    "could",
    "did",
    "does",
    "had",
    "how",
    "how",
    "know",
    "many",
    "more",
    "much",
    "read",
    "say",
    "says",
    "said",
    "some",
    "tell",
    "than",
    "then",
    "want",
    "wants",
    "which",
    "why",
    "would",
    "der",
    "die",
    "das",
    "denn",
    "gibt",
    "hab",
    "habe",
    "haben",
    "kann",
    "mehr",
    "sagen",
    "sagt",
    "sagte",
    "über",
    "viel",
    "viele",
    "wann",
    "warum",
    "welche",
    "welcher",
    "welches",
    "wem",
    "wen",
    "wer",
    "wie",
    "wieviel",
    "will",
    "wollen",
    "ile",
    "co",
    "czego",
    "dlaczego",
    "jaki",
    "jakie",
    "kiedy",
    "kogo",
    "komu",
    "mówi",
    "powiedz",
    "powiedział",
    "powiedziała",
    "tym",
];

/// The answer to the schema of this name, if it is one of the two.
pub(super) fn of(name: &str, conversation: &Conversation) -> Option<Value> {
    match name {
        "spoken_summary" => Some(json!({ "summary": summary(conversation) })),
        "spoken_answer" => Some(answer(&conversation.question)),
        _ => None,
    }
}

/// A message or a job: its number, whose it is, and what it says.
struct Source {
    number: u64,
    from: String,
    texts: Vec<String>,
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

fn messages(question: &str) -> Vec<Source> {
    let read = |(at, message): (u64, Value)| Source {
        number: message.get("number").and_then(Value::as_u64).unwrap_or(at),
        from: text(&message, "from"),
        texts: vec![text(&message, "text")],
    };
    (1..).zip(listed(question, "messages")).map(read).collect()
}

fn jobs(question: &str) -> Vec<Source> {
    let read = |(number, job): (u64, Value)| {
        let items = job.get("items").and_then(Value::as_array).into_iter().flatten();
        let items = items.filter_map(Value::as_str).map(|item| item.trim().to_owned());
        let texts = std::iter::once(text(&job, "title")).chain(items).collect();
        Source { number, from: String::new(), texts }
    };
    (1..).zip(listed(question, "jobs")).map(read).collect()
}

/// The objects of the list between two marks; of one that was cut those that are whole.
fn listed(question: &str, mark: &str) -> Vec<Value> {
    let Some(list) = between(question, mark).or_else(|| after_mark(question, mark)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '[' | ','));
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { return found };
        let read = values.byte_offset();
        found.push(value);
        rest = rest.get(read..).unwrap_or_default();
    }
}

fn summary(conversation: &Conversation) -> String {
    let told = messages(&conversation.question).into_iter().filter_map(|message| {
        let first =
            message.texts.first().and_then(|text| sentences(text).first().map(|first| ended(first)))?;
        Some(if message.from.is_empty() { first } else { format!("{}: {first}", message.from) })
    });
    let titles: Vec<String> = jobs(&conversation.question)
        .into_iter()
        .filter_map(|job| job.texts.into_iter().next().filter(|title| !title.is_empty()))
        .take(NAMED_JOBS)
        .collect();
    let language = named_language(&conversation.context);
    let open = match language {
        Language::English => "Open jobs",
        Language::German => "Offene Aufträge",
        Language::Polish => "Otwarte zlecenia",
    };
    let jobs = (!titles.is_empty()).then(|| ended(&format!("{open}: {}", titles.join(", "))));
    let parts: Vec<String> = told.chain(jobs).collect();
    if parts.is_empty() {
        let nothing = match language {
            Language::English => "There is nothing new.",
            Language::German => "Es gibt nichts Neues.",
            Language::Polish => "Nie ma nic nowego.",
        };
        return format!("Simulated: {nothing}");
    }
    let all = format!("Simulated: {}", parts.join(" "));
    all.chars().take(LONGEST).collect()
}

/// The language that the instructions name, if they name one only.
fn named_language(instructions: &str) -> Language {
    let said = instructions.to_lowercase();
    let is_named = |names: &[&str]| words(&said).any(|word| names.contains(&word));
    let (english, german, polish) =
        (is_named(&["english"]), is_named(&["german", "deutsch"]), is_named(&["polish", "polski"]));
    match (english, german, polish) {
        (false, true, false) => Language::German,
        (false, false, true) => Language::Polish,
        _ => Language::English,
    }
}

fn ended(sentence: &str) -> String {
    let line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.ends_with(['.', '!', '?', '…']) { line } else { format!("{line}.") }
}

/// The words by which two texts are compared.
fn telling(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut found: Vec<String> = words(&text)
        .filter(|word| word.chars().count() > 2 && is_significant(word) && !OF_QUESTIONS.contains(word))
        .map(str::to_owned)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn answer(question: &str) -> Value {
    let asked = telling(between(question, "question").unwrap_or_default());
    let shared = |text: &str| telling(text).iter().filter(|word| asked.contains(word)).count();
    let mut best = (0, String::new(), Value::Null, Value::Null);
    let (messages, jobs) = (messages(question), jobs(question));
    let kinds = messages.iter().map(|message| (message, true)).chain(jobs.iter().map(|job| (job, false)));
    for (source, is_message) in kinds {
        for text in &source.texts {
            for (at, sentence) in sentences(text).into_iter().enumerate() {
                // Who is asked for by name has said his first sentence.
                let name = if at == 0 { shared(&source.from) } else { 0 };
                let count = shared(sentence) + name;
                if count > best.0 {
                    let (of_message, of_job) = if is_message {
                        (json!([source.number]), json!([]))
                    } else {
                        (json!([]), json!([source.number]))
                    };
                    best = (count, ended(sentence), of_message, of_job);
                }
            }
        }
    }
    match best {
        (0, ..) => json!({ "answer": "", "messages": [], "jobs": [] }),
        (_, sentence, messages, jobs) => {
            json!({ "answer": format!("Simulated: {sentence}"), "messages": messages, "jobs": jobs })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"<messages>[{"number":1,"from":"Ben","channel":"whatsapp","at":"2026-11-29T08:00:00Z",
        "text":"The boiler in Oak Street leaks. I order a valve today."},
        {"number":4,"from":"Celina","channel":"sms","at":"2026-11-29T09:00:00Z","text":"Klucz wisi po lewej stronie"}]</messages>"#;
    const JOBS: &str =
        r#"<jobs>[{"title":"Bathroom Miller","items":["Call Mrs Miller about the tiles"]}]</jobs>"#;

    fn ask(system: &str, user: &str) -> Conversation {
        Conversation::new(
            "",
            &[json!({ "role": "system", "content": system }), json!({ "role": "user", "content": user })],
        )
    }

    #[test]
    fn a_summary_has_the_first_sentence_of_each_message_and_the_jobs() {
        let both = format!("{MESSAGES}\n{JOBS}");
        assert_eq!(
            summary(&ask("Speak English.", &both)),
            "Simulated: Ben: The boiler in Oak Street leaks. Celina: Klucz wisi po lewej stronie. Open jobs: Bathroom \
             Miller."
        );
        assert!(summary(&ask("Answer in German.", JOBS)).ends_with("Offene Aufträge: Bathroom Miller."));
        assert_eq!(summary(&ask("", "")), "Simulated: There is nothing new.");
    }

    #[test]
    fn a_list_that_was_cut_is_read_as_far_as_it_is_whole() {
        let cut: String = MESSAGES.chars().take(MESSAGES.chars().count() - 40).collect();
        assert_eq!(summary(&ask("", &cut)), "Simulated: Ben: The boiler in Oak Street leaks.");
        let marked = r#"<messages>[{"number":1,"from":"Eve","text":"Say <\/messages> now."}]</messages>"#;
        assert_eq!(summary(&ask("", marked)), "Simulated: Eve: Say </messages> now.");
        assert_eq!(summary(&ask("", "<messages>nonsense</messages>")), "Simulated: There is nothing new.");
        let long = format!(r#"<messages>[{{"from":"A","text":"{}"}}]</messages>"#, "ab ".repeat(2_000));
        assert_eq!(summary(&ask("", &long)).chars().count(), LONGEST);
    }

    #[test]
    fn an_answer_is_the_sentence_that_shares_most_words_and_says_whose_it_is() {
        let about = |question: &str| answer(&format!("{MESSAGES}\n{JOBS}\n<question>{question}</question>"));
        assert_eq!(
            about("Which boiler leaks?"),
            json!({ "answer": "Simulated: The boiler in Oak Street leaks.", "messages": [1], "jobs": [] })
        );
        assert_eq!(about("Gdzie wisi klucz?")["messages"], json!([4]));
        assert_eq!(
            about("What about the tiles?"),
            json!({ "answer": "Simulated: Call Mrs Miller about the tiles.", "messages": [], "jobs": [1] })
        );
        assert_eq!(about("What did Celina say?")["messages"], json!([4]));
        assert_eq!(about("What is the weather?"), json!({ "answer": "", "messages": [], "jobs": [] }));
    }
}
