//! An index as bytes: a head with magic, version, length and checksum, and a body of sections, each with its length in
//! front. What is not exactly that is refused.

use shared::{domain::ids::RecordId, ports::search::UnreadableSnapshot};

use crate::{documents::Documents, fold::MAX_WORD, index::Index, postings::Postings, vocabulary::Vocabulary};

const MAGIC: [u8; 8] = *b"HarkWord";
/// Raised with every change of the form, and of the folding, which a stored index would not fit any more.
const VERSION: u32 = 1;
/// Magic, version, checksum of the body, length of the body.
const HEAD: usize = 8 + 4 + 4 + 8;

/// The bytes of an index in which no record is gone.
pub(crate) fn write(index: &Index) -> Vec<u8> {
    let Index { documents, vocabulary, postings } = index;
    let records = || (0..).take(documents.numbered());
    let mut bytes = vec![0; HEAD];
    section(&mut bytes, records().flat_map(|record| documents.time(record).to_le_bytes()));
    section(&mut bytes, records().flat_map(|record| documents.length(record).unwrap_or(0).to_le_bytes()));
    texts(&mut bytes, records().map(|record| documents.id(record)));
    texts(&mut bytes, vocabulary.words().iter());
    section(&mut bytes, postings.iter().flat_map(|postings| postings.stored().1.to_le_bytes()));
    let length = |postings: &Postings| u32::try_from(postings.stored().0.len()).unwrap_or(u32::MAX);
    section(&mut bytes, postings.iter().flat_map(|postings| length(postings).to_le_bytes()));
    let all = postings.iter().map(|postings| postings.stored().0.len()).sum::<usize>();
    bytes.extend_from_slice(&(all as u64).to_le_bytes());
    bytes.reserve_exact(all);
    for postings in postings {
        bytes.extend_from_slice(postings.stored().0);
    }
    let (head, body) = bytes.split_at_mut(HEAD);
    let fields = [
        &MAGIC[..],
        &VERSION.to_le_bytes(),
        &crc32fast::hash(body).to_le_bytes(),
        &(body.len() as u64).to_le_bytes(),
    ];
    head.copy_from_slice(&fields.concat());
    bytes
}

fn section(bytes: &mut Vec<u8>, content: impl Iterator<Item = u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend(content);
    let length = (bytes.len() - start - 8) as u64;
    if let Some(head) = bytes.get_mut(start..start + 8) {
        head.copy_from_slice(&length.to_le_bytes());
    }
}

/// Two sections: the length of each text, one byte each, and the texts. Ids and words are shorter than 255 bytes.
fn texts<'t>(bytes: &mut Vec<u8>, texts: impl Iterator<Item = &'t str> + Clone) {
    section(bytes, texts.clone().map(|text| u8::try_from(text.len()).unwrap_or(u8::MAX)));
    section(bytes, texts.flat_map(str::bytes));
}

/// The index that bytes were made of. Nothing is set aside for a length before as many bytes are seen to be there.
pub(crate) fn read(bytes: &[u8]) -> Result<Index, UnreadableSnapshot> {
    let body = body(bytes)?;
    parse(body).ok_or(UnreadableSnapshot::Damaged)
}

/// The body, if the head is right.
fn body(bytes: &[u8]) -> Result<&[u8], UnreadableSnapshot> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(UnreadableSnapshot::Foreign)?;
    let (version, rest) = rest.split_first_chunk().ok_or(UnreadableSnapshot::Damaged)?;
    if u32::from_le_bytes(*version) != VERSION {
        return Err(UnreadableSnapshot::OtherVersion);
    }
    let (checksum, rest) = rest.split_first_chunk().ok_or(UnreadableSnapshot::Damaged)?;
    let (length, body) = rest.split_first_chunk().ok_or(UnreadableSnapshot::Damaged)?;
    let is_whole = u64::from_le_bytes(*length) == body.len() as u64
        && u32::from_le_bytes(*checksum) == crc32fast::hash(body);
    if is_whole { Ok(body) } else { Err(UnreadableSnapshot::Damaged) }
}

fn parse(mut body: &[u8]) -> Option<Index> {
    let rest = &mut body;
    let times = take_section(rest)?;
    let lengths = take_section(rest)?;
    let ids = take_texts(rest)?;
    let words = take_texts(rest)?;
    let lasts = take_section(rest)?;
    let sizes = take_section(rest)?;
    let mut places = take_section(rest)?;
    let records = ids.len();
    let is_consistent = times.len() == 8 * records
        && lengths.len() == 4 * records
        && lasts.len() == 4 * words.len()
        && sizes.len() == 4 * words.len()
        && rest.is_empty();
    if !is_consistent {
        return None;
    }
    let mut documents = Documents::default();
    for ((id, time), length) in ids.into_iter().zip(times.as_chunks().0).zip(lengths.as_chunks().0) {
        RecordId::parse(id).ok()?;
        documents.add_stored(id, i64::from_le_bytes(*time), u32::from_le_bytes(*length))?;
    }
    let mut vocabulary = Vocabulary::default();
    let mut postings = Vec::with_capacity(words.len());
    for ((word, last), size) in words.into_iter().zip(lasts.as_chunks().0).zip(sizes.as_chunks().0) {
        let is_word = (1..=MAX_WORD).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let last = u32::from_le_bytes(*last);
        // A word that stands there twice keeps the number of the first, which is not the next one.
        let is_next = is_word && vocabulary.find_or_add(word)? as usize == postings.len();
        if !is_next || last as usize >= records {
            return None;
        }
        let (mine, others) = places.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        postings.push(Postings::from_stored(mine, last));
        places = others;
    }
    places.is_empty().then_some(Index { documents, vocabulary, postings })
}

fn take_section<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (section, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(section)
}

fn take_texts<'b>(rest: &mut &'b [u8]) -> Option<Vec<&'b str>> {
    let lengths = take_section(rest)?;
    let mut bytes = str::from_utf8(take_section(rest)?).ok()?;
    let mut texts = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (text, behind) = bytes.split_at_checked(usize::from(*length))?;
        texts.push(text);
        bytes = behind;
    }
    bytes.is_empty().then_some(texts)
}
