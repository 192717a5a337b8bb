//! The answer of a model: read or refused without a word of it, then bounded and held against the note's own words.

use adapter_openai::analyse::{fenced, read_answer};
use serde_json::{Value, json};
use shared::{
    domain::{
        analysis::{Analysis, Draft, INSTRUCTIONS_MARK, Record},
        intent::Intent,
        text::{clean, folded},
    },
    ports::{
        analyst::{Answer, Unusable},
        transcriber::ModelError,
    },
};

/// Takes the bytes as the body of an answer; then the first line as a note's words and the rest as what a model says
/// of them.
pub fn model_answer(data: &[u8]) {
    if let Ok(answer) = read_answer(data, "asked") {
        a_refusal_quotes_nothing(&answer);
    }
    let text = String::from_utf8_lossy(data);
    let (words, content) = text.split_once('\n').unwrap_or(("order two pipes", &text));
    words_stay_in_their_fence(words);
    let answer = answer_with(content).expect("a completion in its form");
    assert_eq!((answer.model.as_str(), answer.usage.input_tokens), ("m", 7));
    a_refusal_quotes_nothing(&answer);
    if let Ok(draft) = answer.draft {
        is_what_was_said(&draft, content);
        is_bounded(draft, words);
    }
}

fn answer_with(content: &str) -> Result<Answer, ModelError> {
    let body = json!({
        "model": "m",
        "choices": [{ "message": { "content": content }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 7 },
    });
    read_answer(body.to_string().as_bytes(), "asked")
}

/// All that is told of an answer that does not serve are our own words and numbers.
fn a_refusal_quotes_nothing(answer: &Answer) {
    if let Err(Unusable::Malformed(why)) = &answer.draft {
        assert!(why.len() < 100 && why.is_ascii(), "the fault quotes the answer");
    }
}

/// The note's words are between the marks, each once, and every other character is there.
fn words_stay_in_their_fence(words: &str) {
    let fenced = fenced(words);
    let inside = fenced.strip_prefix("<note>\n").and_then(|rest| rest.strip_suffix("\n</note>"));
    let inside = inside.expect("the fence stands");
    assert!(inside.chars().zip(words.chars()).all(|(now, was)| now == was || (now, was) == ('‹', '<')));
    assert_eq!(inside.chars().count(), words.chars().count(), "words are lost or added");
    for (at, _) in inside.match_indices('<') {
        let behind =
            inside[at + 1..].trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '/');
        assert!(!behind.to_ascii_lowercase().starts_with("note"), "a mark within the fence");
    }
}

/// Another reader of the same JSON finds the same. It does not mend half surrogates; where there is none, both agree.
fn is_what_was_said(draft: &Draft, content: &str) {
    let Ok(said) = serde_json::from_str::<Value>(content) else {
        return assert!(content.contains("\\u"), "what is no JSON was read");
    };
    assert_eq!(draft.intent.map(Intent::as_str), said["intent"].as_str());
    assert_eq!(Some(draft.tag.as_str()), said["tag"].as_str());
    assert_eq!(draft.other_summary.as_deref(), said["other"]["summary"].as_str());
    let job = draft.job.as_ref();
    assert_eq!(job.map(|job| job.summary.as_str()), said["job"]["summary"].as_str());
    assert_eq!(job.map(|job| job.action_items.len()), said["job"]["action_items"].as_array().map(Vec::len));
    let document = draft.document.as_ref();
    assert_eq!(document.map(|document| document.title.as_str()), said["document"]["title"].as_str());
}

fn is_bounded(draft: Draft, words: &str) {
    let offered = draft.job.as_ref().map_or(0, |job| job.action_items.len());
    let Ok(analysis) = Analysis::of_draft(draft, words) else { return };
    assert!(analysis.fallback.is_none());
    let mut texts: Vec<(&str, usize)> = Vec::new();
    match &analysis.record {
        Record::Job { summary, job, context, action_items } => {
            assert!(action_items.len() <= 50 && action_items.len() + analysis.items_dropped == offered);
            texts.extend([(summary.as_str(), 2_000), (job, 2_000)]);
            texts.extend(context.iter().map(|context| (context.as_str(), 2_000)));
            for item in action_items {
                texts.extend([(item.text.as_str(), 300), (&item.quote, 300)]);
                assert!(!item.text.is_empty() && stands_in(&item.quote, words), "it was never said");
            }
        }
        Record::Document { title, summary, context } => {
            texts.extend([(title.as_str(), 120), (summary, 2_000)]);
            texts.extend(context.iter().map(|context| (context.as_str(), 2_000)));
        }
        Record::Other { summary } => texts.extend(summary.iter().map(|summary| (summary.as_str(), 2_000))),
    }
    for (text, max) in texts {
        assert!(text.chars().count() <= max, "longer than it may be");
        assert_eq!(clean(text), text, "a forbidden character");
        assert!(!text.contains(INSTRUCTIONS_MARK), "it repeats the instructions");
        for link in text.split_whitespace().map(bare).filter(|word| is_link(word)) {
            assert!(words.contains(link), "a link that nobody said");
        }
    }
}

/// Words that stand in others. What is left of a quote from which a link was taken, or that was cut, need not.
fn stands_in(quote: &str, words: &str) -> bool {
    quote.chars().count() > 250 || words.contains('.') || folded(words).contains(&folded(quote))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// A plain name of a host, or an address with a scheme.
fn is_link(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_top = |top: &&str| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_lowercase());
    word.contains("://")
        || (labels.len() >= 2 && labels.iter().all(is_label) && labels.last().is_some_and(is_top))
}
