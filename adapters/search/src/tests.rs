//! Stories of what is found: a plumbing company's notes, in three languages.

use jiff::Timestamp;
use shared::{
    domain::ids::RecordId,
    ports::search::{Change, Document, Query, SearchEngine, SearchIndex, UnreadableSnapshot},
};

use crate::MemorySearch;

mod properties;

fn id(raw: &str) -> RecordId {
    RecordId::parse(raw).unwrap()
}

fn note(name: &str, title: &str, text: &str, tags: &[&str]) -> Change {
    Change::Put(Document {
        id: id(name),
        title: title.to_owned().into(),
        text: text.to_owned().into(),
        tags: tags.iter().map(|tag| (*tag).to_owned().into()).collect(),
        received_at: Timestamp::UNIX_EPOCH,
    })
}

fn text(name: &str, text: &str) -> Change {
    note(name, "", text, &[])
}

fn index(changes: Vec<Change>) -> Box<dyn SearchIndex> {
    let mut index = MemorySearch.empty();
    index.apply(changes);
    index
}

fn ask(index: &dyn SearchIndex, query: &str) -> Vec<String> {
    let found = index.search(&Query::parse(query).unwrap(), 100, 0);
    assert_eq!(found.total, found.hits.len());
    found.hits.iter().map(|hit| hit.id.to_string()).collect()
}

fn company() -> Box<dyn SearchIndex> {
    index(vec![
        text("note_heat_pump", "Wärmepumpe bei Frau Müller entlüften, Dienstag um acht."),
        text("note_pump_care", "Pumpenwartung in der Schillerstraße, Dichtung war spröde."),
        text("note_pump_new", "Neue Pumpe für Herrn Schmidt bestellen."),
        text("note_lodz", "Pompa w łazience w Łodzi przecieka, wymienić uszczelkę."),
        text("note_pompy", "Zamówić dwie pompy dla pana Kowalskiego."),
        note(
            "note_pipes",
            "Order pipes",
            "Mrs. Miller's kitchen: three leaking pipes, call 0171 2345678.",
            &["order-pipes"],
        ),
        text("note_valves", "Replaced the valves at Baker Street, no issues."),
    ])
}

#[test]
fn a_note_is_found_as_people_type() {
    let index = company();
    for (query, first) in [
        ("pumpe mueller", "note_heat_pump"),
        ("Wärmepumpe Müller", "note_heat_pump"),
        ("waermepumpe muller", "note_heat_pump"),
        ("entlüftung pumpe", "note_heat_pump"),
        ("entluften", "note_heat_pump"),
        ("PUMPE SCHMIDT", "note_pump_new"),
        ("schillerstrasse", "note_pump_care"),
        ("Schiller wartung", "note_pump_care"),
        ("dichtungen", "note_pump_care"),
        ("lodz", "note_lodz"),
        ("Łódź", "note_lodz"),
        ("łazienka", ""),
        ("uszczelka", "note_lodz"),
        ("kowalski pompa", "note_pompy"),
        ("pipe leak", "note_pipes"),
        ("miller", "note_pipes"),
        ("0171", "note_pipes"),
        ("valve issue", "note_valves"),
        ("baker street", "note_valves"),
    ] {
        assert_eq!(ask(&*index, query).first().map_or("", String::as_str), first, "{query}");
    }
}

#[test]
fn the_whole_word_stands_before_its_forms_its_beginning_and_its_parts() {
    let index = company();
    assert_eq!(ask(&*index, "Pumpe"), ["note_pump_new", "note_pump_care", "note_heat_pump"]);
    assert_eq!(ask(&*index, "pompy"), ["note_pompy", "note_lodz"]);
    let crowded = index_of_parts();
    assert_eq!(ask(&*crowded, "pumpe ")[0], "note_whole");
}

/// A long record with the word in it once, and short ones that are full of its compounds.
fn index_of_parts() -> Box<dyn SearchIndex> {
    let long = format!("{} Pumpe", "vieles anderes ".repeat(300));
    let part =
        |n: usize| note(&format!("note_part_{n}"), "Wärmepumpe Wärmepumpe", "Wärmepumpe", &["waermepumpe"]);
    index((0..5).map(part).chain([text("note_whole", &long)]).collect())
}

#[test]
fn all_words_must_be_there() {
    let index = company();
    assert_eq!(ask(&*index, "pumpe kowalski"), [""; 0]);
    assert_eq!(ask(&*index, "pumpe frau"), ["note_heat_pump"]);
    for nothing in ["", "  ", "...", "\"\"", "🔧", "—"] {
        assert_eq!(ask(&*index, nothing), [""; 0], "{nothing}");
    }
}

#[test]
fn the_last_word_is_found_while_it_is_typed() {
    let index = company();
    for typed in ["frau m", "frau mü", "frau müll", "frau muel", "frau mueller"] {
        assert_eq!(ask(&*index, typed), ["note_heat_pump"], "{typed}");
    }
    assert_eq!(ask(&*index, "fra müller"), [""; 0]);
}

#[test]
fn a_phrase_is_found_as_it_stands_and_within_one_field() {
    let index = index(vec![
        note("note_one", "Frau", "Müller rief an", &["frau-mueller"]),
        text("note_two", "Müller, Frau"),
        text("note_three", "bei frau müller und Frau Müllers Sohn"),
    ]);
    assert_eq!(ask(&*index, "\"Frau Müller\""), ["note_one", "note_three"]);
    assert_eq!(ask(&*index, "\"frau mueller\" sohn"), ["note_three"]);
    assert_eq!(ask(&*index, "\"Müller\" an"), ["note_one"]);
    assert_eq!(ask(&*index, "\"rief frau\""), [""; 0]);
    assert_eq!(ask(&*index, "\"mull\""), [""; 0]);
}

#[test]
fn one_mistake_is_forgiven_only_where_nothing_else_is_found() {
    let index = company();
    assert_eq!(ask(&*index, "Wärmepunpe müller"), ["note_heat_pump"]);
    assert_eq!(ask(&*index, "wärmepmupe"), ["note_heat_pump"]);
    // `pompe` is a word here, so it is not taken for a misspelt `Pumpe`.
    assert_eq!(ask(&*index, "pompe"), ["note_pompy", "note_lodz"]);
    assert_eq!(ask(&*index, "pmpe"), [""; 0]);
}

#[test]
fn titles_and_tags_weigh_more_than_text() {
    let index = index(vec![
        note("note_a_text", "Something", "a valve and more", &["job"]),
        note("note_b_title", "A valve", "and something more", &["job"]),
        note("note_c_tag", "Something", "and a bit more", &["valve"]),
    ]);
    assert_eq!(ask(&*index, "valve"), ["note_b_title", "note_c_tag", "note_a_text"]);
}

#[test]
fn of_equal_records_the_newer_one_stands_first_and_pages_do_not_overlap() {
    let at = |name: &str, second| {
        let Change::Put(mut document) = text(name, "leaking valve") else { unreachable!() };
        document.received_at = Timestamp::from_second(second).unwrap();
        Change::Put(document)
    };
    let index = index(vec![at("note_b", 5), at("note_c", 7), at("note_a", 5), at("note_d", -9)]);
    assert_eq!(ask(&*index, "valve"), ["note_c", "note_a", "note_b", "note_d"]);
    let query = Query::parse("valve").unwrap();
    let page = |limit, offset| {
        let found = index.search(&query, limit, offset);
        assert_eq!(found.total, 4);
        found.hits.iter().map(|hit| hit.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(2, 1), ["note_a", "note_b"]);
    assert_eq!(page(2, 3), ["note_d"]);
    assert_eq!(page(0, 0), [""; 0]);
    assert_eq!(page(usize::MAX, usize::MAX), [""; 0]);
}

#[test]
fn a_record_that_changed_is_found_by_what_it_says_now() {
    let mut index = company();
    index.apply(vec![
        text("note_pump_new", "Neuen Kessel bestellen."),
        Change::Remove(id("note_pompy")),
        Change::Remove(id("note_unknown")),
    ]);
    assert_eq!(index.documents(), 6);
    assert_eq!(ask(&*index, "schmidt"), [""; 0]);
    assert_eq!(ask(&*index, "kessel"), ["note_pump_new"]);
    assert_eq!(ask(&*index, "kowalskiego"), [""; 0]);
    let stored = index.snapshot();
    let holds = |word: &str| stored.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(holds("kessel") && !holds("kowalskiego") && !holds("schmidt"));
}

#[test]
fn an_index_of_many_changes_is_tidied_and_answers_the_same() {
    let mut index = company();
    let busy = |n: usize| text(&format!("note_busy_{}", n % 300), &format!("call number {n}"));
    for start in 0..20 {
        index.apply((start * 300..(start + 1) * 300).map(busy).collect());
    }
    assert_eq!(index.documents(), 307);
    assert_eq!(index.search(&Query::parse("number").unwrap(), 100, 0).total, 300);
    assert_eq!(ask(&*index, "5999"), ["note_busy_299"]);
    assert_eq!(ask(&*index, "5699"), [""; 0]);
    assert_eq!(ask(&*index, "pumpe mueller"), ["note_heat_pump"]);
}

#[test]
fn a_snapshot_that_is_not_whole_is_refused() {
    let good = company().snapshot();
    assert!(MemorySearch.load(&good).is_ok());
    let refused = |bytes: &[u8]| MemorySearch.load(bytes).err().unwrap();
    for end in 0..good.len() {
        let expected = if end < 8 { UnreadableSnapshot::Foreign } else { UnreadableSnapshot::Damaged };
        assert_eq!(refused(&good[..end]), expected, "{end}");
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let expected = match at {
            0..8 => UnreadableSnapshot::Foreign,
            8..12 => UnreadableSnapshot::OtherVersion,
            _ => UnreadableSnapshot::Damaged,
        };
        assert_eq!(refused(&bad), expected, "{at}");
    }
    assert_eq!(refused(&[good.as_slice(), b"x"].concat()), UnreadableSnapshot::Damaged);
}

#[test]
fn what_matched_is_shown() {
    let shown = |query: &str, text: &str| -> Vec<String> {
        let ranges = MemorySearch.highlights(&Query::parse(query).unwrap(), text);
        ranges.into_iter().filter_map(|range| text.get(range)).map(str::to_owned).collect()
    };
    let note = "Wärmepumpe bei Frau Müller entlüften, zwei Pumpen prüfen.";
    assert_eq!(shown("pumpe mueller", note), ["Wärmepumpe", "Müller", "Pumpen"]);
    assert_eq!(shown("\"frau müller\" ent", note), ["Frau", "Müller", "entlüften"]);
    assert_eq!(shown("wärmepunpe", note), ["Wärmepumpe"]);
    assert_eq!(shown("kessel", note), [""; 0]);
}

#[test]
fn a_fragment_shows_where_the_words_stand_together() {
    let filler = "Heute war viel los und der Wagen stand lange in der Werkstatt. ".repeat(8);
    let note = format!("Pumpe.\n{filler}Die  Wärmepumpe bei Frau Müller ist laut. {filler}");
    let fragment = MemorySearch.fragment(&Query::parse("müller pumpe").unwrap(), &note, 100);
    let text = fragment.text.expose();
    assert!(text.starts_with('…') && text.ends_with('…') && text.chars().count() <= 100, "{text}");
    assert!(text.contains("Die Wärmepumpe bei Frau Müller ist laut."), "{text}");
    let marked: Vec<_> = fragment.highlights.iter().filter_map(|range| text.get(range.clone())).collect();
    assert_eq!(marked, ["Wärmepumpe", "Müller"]);
    let hyphens = format!("{filler}Luft-Wasser-Wärme-Pumpen-Regler-Anschluss {filler}");
    for max_chars in [7, 8, 12, 20, 40] {
        let fragment = MemorySearch.fragment(&Query::parse("pumpen").unwrap(), &hyphens, max_chars);
        let text = fragment.text.expose();
        let marked: Vec<_> = fragment.highlights.iter().filter_map(|range| text.get(range.clone())).collect();
        let fitting: &[&str] = if max_chars < 8 { &[] } else { &["Pumpen"] };
        assert_eq!(marked, fitting, "{text}");
    }
    let beginning = MemorySearch.fragment(&Query::parse("kessel").unwrap(), &note, 40);
    assert!(beginning.text.expose().starts_with("Pumpe. Heute war viel"));
    assert_eq!(beginning.highlights, []);
}
