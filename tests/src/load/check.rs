//! What became of every note, looked at from outside: the files on the disk, the ids of the data API, and what the phones
//! received. Files are read from the disk, since asking the data API for each of ten thousands of ids would take longer
//! than the load.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use shared::domain::reply::is_notice;

use super::{
    cast::company,
    notes::Note,
    sending::Posted,
    site::{Received, Site},
};

/// The files of one id.
#[derive(Debug, Default)]
struct Filed {
    /// Company, intent and tag: one, unless it was filed twice.
    places: BTreeSet<String>,
    /// How many there are of each type.
    types: BTreeMap<String, u32>,
    words: String,
}

/// How it ended.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Ids that were taken.
    pub notes: usize,
    /// Of these, ids without all of their files or without an answer, or with those of another.
    pub lost: usize,
    /// Ids with more than one set of files or more than one answer, and what belongs to no id.
    pub duplicated: usize,
    /// The first things that are wrong.
    pub wrong: Vec<String>,
    /// Of each typed note its number, and the time from when it was due until its answer was on the phone.
    pub typed: Vec<(u32, Duration)>,
    /// The same of spoken notes.
    pub spoken: Vec<(u32, Duration)>,
    /// When the last answer came.
    pub last_answer: Option<Timestamp>,
}

/// How many things that are wrong are told.
const TOLD: usize = 10;

impl Verdict {
    /// Whether nothing is lost and nothing is twice.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.lost == 0 && self.duplicated == 0
    }

    fn wrong(&mut self, what: String) {
        if self.wrong.len() < TOLD {
            self.wrong.push(what);
        }
    }

    fn lost(&mut self, what: String) {
        self.lost += 1;
        self.wrong(what);
    }

    fn duplicated(&mut self, what: String) {
        self.duplicated += 1;
        self.wrong(what);
    }
}

/// Looks at everything that was sent to a site, once nothing is left to do there.
///
/// # Errors
/// When its files cannot be read.
pub async fn check(site: &Site, posted: &[Posted]) -> io::Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut files = filed(&site.objects())?;
    let listed = site.listed().await;
    let in_first = files.values().filter(|filed| filed.places.iter().any(|place| is_of(place, 0))).count();
    if listed.len() != in_first || listed.iter().any(|id| !files.contains_key(id)) {
        verdict.lost(format!("the data API lists {} notes where {in_first} lie", listed.len()));
    }
    let mut answers = answers(site, posted, &mut verdict).await;
    for first in firsts(posted) {
        let (id, note) = (first.note.id(), &first.note);
        let files = files.remove(&id).unwrap_or_default();
        let answers = answers.remove(&note.number).unwrap_or_default();
        if first.taken {
            verdict.notes += 1;
            if let Some(missing) = missing(note, &files, &answers) {
                verdict.lost(format!("{id}: {missing}"));
            }
        }
        if files.places.len() > 1 || files.types.values().any(|count| *count > 1) || answers.len() > 1 {
            verdict.duplicated(format!("{id}: {files:?}, {} answers", answers.len()));
        }
        if let Some(answer) = answers.first() {
            let times = if note.spoken { &mut verdict.spoken } else { &mut verdict.typed };
            let took = Duration::try_from(answer.at.duration_since(first.due)).unwrap_or_default();
            times.push((note.number, took));
            verdict.last_answer = verdict.last_answer.max(Some(answer.at));
        }
    }
    for id in files.into_keys() {
        verdict.duplicated(format!("{id}: filed and never sent"));
    }
    Ok(verdict)
}

/// Of each id the delivery that was due first. It counts as taken if any of its deliveries was.
fn firsts(posted: &[Posted]) -> Vec<Posted> {
    let mut firsts: BTreeMap<u32, Posted> = BTreeMap::new();
    for each in posted {
        let first = firsts.entry(each.note.number).or_insert_with(|| each.clone());
        let taken = first.taken || each.taken;
        if each.due < first.due {
            *first = each.clone();
        }
        first.taken = taken;
    }
    firsts.into_values().collect()
}

/// What a note that was taken has not.
fn missing(note: &Note, files: &Filed, answers: &[Received]) -> Option<String> {
    let mut expected = vec!["full_text", "record", "text_summary"];
    if note.spoken {
        expected.insert(0, "audio");
    }
    if !files.types.keys().eq(expected.iter()) {
        return Some(format!("has the files {:?} instead of {expected:?}", files.types));
    }
    if !files.places.iter().all(|place| is_of(place, note.company)) {
        return Some(format!("lies at {:?}", files.places));
    }
    if !note.spoken && files.words != note.words() {
        return Some("has other words than were sent".to_owned());
    }
    match answers.first() {
        None => Some("has no answer".to_owned()),
        Some(answer) if !answer.body.contains("*Filed as a job:*") => {
            Some("was answered that it was not filed".to_owned())
        }
        Some(_) => None,
    }
}

/// The answers, by the number of the note that they answer.
async fn answers(site: &Site, posted: &[Posted], verdict: &mut Verdict) -> HashMap<u32, Vec<Received>> {
    let mut by_number: HashMap<u32, Vec<Received>> = HashMap::new();
    let mut spoken_from = HashMap::new();
    let mut phones: BTreeSet<&str> = BTreeSet::new();
    for each in posted {
        phones.insert(&each.note.from);
        if each.note.spoken {
            spoken_from.insert(each.note.from.as_str(), each.note.number);
        }
    }
    for phone in phones {
        for received in site.received_by(phone).await {
            if is_notice(&received.body) {
                continue;
            }
            match spoken_from.get(phone).copied().or_else(|| Note::number_in(&received.body)) {
                Some(number) => by_number.entry(number).or_default().push(received),
                None => verdict.duplicated("an answer belongs to no note".to_owned()),
            }
        }
    }
    by_number
}

/// Reads `{company}/{intent}/{tag}_{id}_{type}.{extension}`. Folders of Hark's own begin with an underscore.
fn filed(objects: &Path) -> io::Result<HashMap<String, Filed>> {
    let mut all: HashMap<String, Filed> = HashMap::new();
    for folder in folders(objects)?.into_iter().filter(|(name, _)| !name.starts_with('_')) {
        for intent in folders(&folder.1)? {
            for file in fs::read_dir(&intent.1)? {
                let file = file?;
                let name = file.file_name().into_string().unwrap_or_default();
                let Some((tag, id, kind)) = read_name(&name) else {
                    return Err(io::Error::other(format!("a file has the name {name}")));
                };
                let filed = all.entry(id.to_owned()).or_default();
                filed.places.insert(format!("{}/{}/{tag}", folder.0, intent.0));
                *filed.types.entry(kind.to_owned()).or_default() += 1;
                if kind == "full_text" {
                    filed.words = fs::read_to_string(file.path())?;
                }
            }
        }
    }
    Ok(all)
}

fn read_name(name: &str) -> Option<(&str, &str, &str)> {
    let (tag, rest) = name.split_once('_')?;
    let (id, rest) = rest.split_once('_')?;
    let (kind, _extension) = rest.split_once('.')?;
    Some((tag, id, kind))
}

fn is_of(place: &str, number: u32) -> bool {
    place.split('/').next() == Some(company(number).as_str())
}

fn folders(of: &Path) -> io::Result<Vec<(String, std::path::PathBuf)>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(of)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push((entry.file_name().into_string().unwrap_or_default(), entry.path()));
        }
    }
    Ok(folders)
}
