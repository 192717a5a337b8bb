//! Measures the engine over made-up notes in three languages, beside a scan of the same texts:
//! `cargo run --release -p adapter-search --example search_bench -- 100000`, then the same with `100000 load`.
#![expect(clippy::print_stdout, reason = "figures for whoever runs it")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "all of its input is made here")]

use std::{fs, hint::black_box, time::Instant};

use adapter_search::MemorySearch;
use fastrand::Rng;
use jiff::Timestamp;
use shared::{
    domain::{ids::RecordId, text::plain},
    ports::search::{Change, Document, Query, SearchEngine, SearchIndex},
};

const QUERIES: usize = 200;
/// Words that everybody says, trade words, endings and name beginnings of German, English and Polish.
const LANGUAGES: [Language; 3] = [
    Language {
        common: "der die das und ist nicht mit bei auf den dem ein eine wir ich noch muss war heute morgen für zum im am \
                 er sie es hat haben wurde werden nach vor aus bis neue alte bitte dann auch sehr zwei drei",
        parts: "pumpe rohr wärme wasser heizung kessel ventil dichtung wartung küche bad keller fenster tür lüftung \
                speicher anschluss leitung abfluss strom kabel schalter zähler messung prüfung reparatur montage gerät \
                brenner regler fühler druck kalt warm haupt neben zulauf rücklauf boden decke wand dach rinne spüle \
                dusche wanne becken siphon filter hahn schlauch schelle flansch muffe bogen halter",
        endings: ["", "n", "en", "s", "e"],
        are_compounds: true,
    },
    Language {
        common: "the a and is not with at on in to for we i still must was today tomorrow of it he she they has have be \
                 after before out until new old please then also very two three that this",
        parts: "pump pipe heat water boiler valve seal service kitchen bath cellar window door vent tank supply drain \
                power cable switch meter check repair fitting burner sensor pressure cold warm main side floor ceiling \
                wall roof gutter sink shower basin trap filter tap hose clamp flange sleeve bend bracket leak",
        endings: ["", "s", "ed", "ing", "er"],
        are_compounds: false,
    },
    Language {
        common: "i w na z do nie jest to się że po dla od przy oraz jeszcze trzeba był dziś jutro ten ta te my on ona \
                 ma mają będzie przed za nowy stary proszę potem też bardzo dwa trzy",
        parts: "pomp rur ciepł wod kocioł zawor uszczelk przegląd kuchni łazienk piwnic okn drzw wentylacj zbiornik \
                przyłącz odpływ prąd kabl wyłącznik licznik pomiar napraw montaż urządzeni palnik czujnik ciśnieni \
                zimn główn podłog sufit ścian dach rynn zlew prysznic wann syfon filtr kran wąż obejm",
        endings: ["a", "y", "ę", "ami", "ów"],
        are_compounds: false,
    },
];

struct Language {
    common: &'static str,
    parts: &'static str,
    endings: [&'static str; 5],
    are_compounds: bool,
}

/// A language's words, the most frequent first.
fn vocabulary(language: &Language, rng: &mut Rng) -> Vec<String> {
    let mut words: Vec<String> = language.common.split_whitespace().map(str::to_owned).collect();
    let parts: Vec<&str> = language.parts.split_whitespace().collect();
    let mut made = Vec::new();
    for one in &parts {
        made.extend(language.endings.map(|ending| format!("{one}{ending}")));
        if language.are_compounds {
            for other in &parts {
                made.extend(language.endings.map(|ending| format!("{one}{other}{ending}")));
            }
        }
    }
    rng.shuffle(&mut made);
    words.extend(made);
    // Names, places and trade marks: what makes a real vocabulary long.
    let syllables = [
        "mü", "ler", "schmi", "kow", "al", "ski", "ba", "ker", "ło", "dź", "ber", "lin", "wa", "ro", "ste",
        "in",
    ];
    words.extend((0..60_000).map(|_| {
        let length = rng.usize(2..6);
        (0..length).map(|_| syllables[rng.usize(..syllables.len())]).collect()
    }));
    words
}

/// A place in a list such that the n-th is hit in proportion to one by n.
fn zipf(rng: &mut Rng, length: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place"
    )]
    let place = (length as f64).powf(rng.f64()) as usize - 1;
    place.min(length - 1)
}

fn sentence(rng: &mut Rng, words: &[String], length: usize) -> String {
    (0..length).map(|_| words[zipf(rng, words.len())].as_str()).collect::<Vec<_>>().join(" ")
}

fn documents(count: usize, vocabularies: &[Vec<String>], rng: &mut Rng) -> Vec<Document> {
    let document = |number: usize| {
        let words = &vocabularies[number % vocabularies.len()];
        let length = rng.usize(20..180);
        Document {
            id: RecordId::parse(&format!("SM{:032x}", number as u128 * 0x9e37_79b9_7f4a_7c15))
                .expect("an id"),
            title: sentence(rng, &words[30..], 4).into(),
            text: sentence(rng, words, length).into(),
            tags: vec![sentence(rng, &words[40..], 2).into()],
            received_at: Timestamp::from_second(1_700_000_000 + i64::try_from(number).expect("a time"))
                .expect("a time"),
        }
    };
    (0..count).map(document).collect()
}

/// Queries as people type them: one to four words, beginnings, without accents, phrases, mistakes.
fn queries(vocabularies: &[Vec<String>], texts: &[String], rng: &mut Rng) -> Vec<String> {
    let query = |number: usize| {
        let words = &vocabularies[number % vocabularies.len()];
        let some = |rng: &mut Rng, from: usize| words[from + zipf(rng, words.len() - from)].clone();
        match number % 8 {
            0 => some(rng, 40),
            1 => format!("{} {}", some(rng, 40), some(rng, 40)),
            2 => format!("{} {} {}", some(rng, 0), some(rng, 40), some(rng, 0)),
            3 => some(rng, 40).chars().take(3).collect(),
            4 => plain(&format!("{} {}", some(rng, 40), some(rng, 0))),
            5 => {
                let text = &texts[rng.usize(..texts.len())];
                format!("\"{}\"", text.split(' ').skip(3).take(3).collect::<Vec<_>>().join(" "))
            }
            6 => {
                let mut word: Vec<char> = some(rng, 200).chars().collect();
                word.insert(word.len() / 2, 'x');
                word.into_iter().collect()
            }
            _ => some(rng, 0).chars().take(1).collect(),
        }
    };
    (0..QUERIES).map(query).collect()
}

fn resident_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default()
        / 1024.0
}

fn show_times(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!(
        "{name:<28} p50 {:>7.2} ms  p95 {:>7.2} ms  p99 {:>7.2} ms  most {:>7.2} ms",
        at(50),
        at(95),
        at(99),
        at(100)
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed().as_secs_f64() * 1e3)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let snapshot_file = std::env::temp_dir().join(format!("hark-search-bench-{count}"));
    let mut rng = Rng::with_seed(7);
    let vocabularies: Vec<_> = LANGUAGES.iter().map(|language| vocabulary(language, &mut rng)).collect();
    let some = documents(100, &vocabularies, &mut rng);
    let quoted: Vec<String> = some.into_iter().map(|document| document.text.into_inner()).collect();
    let queries = queries(&vocabularies, &quoted, &mut rng);

    // With `load` as second argument: the snapshot of an earlier run, in a process that never built it, so that the
    // memory seen is the index's own.
    if let Some("load") = arguments.next().as_deref() {
        let before = resident_megabytes();
        let bytes = fs::read(&snapshot_file).expect("a run without `load` has stored a snapshot");
        let (index, load) = timed(|| MemorySearch.load(&bytes).expect("a snapshot"));
        drop(bytes);
        println!("load {load:.0} ms, resident {:.0} MB more than before", resident_megabytes() - before);
        show_times("search", queries.iter().map(|query| search(&*index, query)).collect());
        println!("resident {:.0} MB more after the searches", resident_megabytes() - before);
        return;
    }

    let all = documents(count, &vocabularies, &mut Rng::with_seed(7 + 1));
    let texts: Vec<String> = all.iter().map(|document| document.text.expose().clone()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{count} records, {:.1} MB of text", bytes as f64 / 1e6);
    let changes: Vec<Change> = all.into_iter().map(Change::Put).collect();
    let mut index = MemorySearch.empty();
    let ((), build) = timed(|| index.apply(changes));
    let (snapshot, store) = timed(|| index.snapshot());
    fs::write(&snapshot_file, &snapshot).expect("a folder for what does not last");
    drop(index);
    let (mut index, load) = timed(|| MemorySearch.load(&snapshot).expect("what was just made"));
    println!(
        "build {build:.0} ms, snapshot {:.1} MB in {store:.0} ms, load {load:.0} ms",
        snapshot.len() as f64 / 1e6
    );
    let tail: Vec<Change> =
        documents(1_000, &vocabularies, &mut Rng::with_seed(7 + 2)).into_iter().map(Change::Put).collect();
    let ((), follow) = timed(|| index.apply(tail));
    println!("a tail of 1,000 changes {follow:.0} ms");

    show_times("search", queries.iter().map(|query| search(&*index, query)).collect());
    for kind in 0..8 {
        let name = [
            "one word",
            "two words",
            "three words",
            "three letters",
            "no accents",
            "phrase",
            "mistyped",
            "one letter",
        ];
        let times = queries.iter().skip(kind).step_by(8).map(|query| search(&*index, query)).collect();
        show_times(&format!("  {}", name[kind]), times);
    }
    let scan = |query: &String| {
        let words: Vec<String> = plain(query).split(' ').map(str::to_owned).collect();
        timed(|| {
            black_box(
                texts.iter().filter(|text| words.iter().all(|word| text.contains(word.as_str()))).count(),
            )
        })
        .1
    };
    show_times("scan of the texts as they are", queries.iter().map(scan).collect());
    let folding = |query: &String| {
        let words: Vec<String> = plain(query).split(' ').map(str::to_owned).collect();
        let holds = |text: &&String| {
            let text = plain(text);
            words.iter().all(|word| text.contains(word.as_str()))
        };
        timed(|| black_box(texts.iter().filter(holds).count())).1
    };
    show_times("scan that folds the texts", queries.iter().take(5).map(folding).collect());
}

fn search(index: &dyn SearchIndex, query: &str) -> f64 {
    let query = Query::parse(query).expect("a query");
    timed(|| black_box(index.search(&query, 20, 0))).1
}
