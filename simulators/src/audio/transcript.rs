//! The transcript that a sound file carries in its tags.

use super::{id3, ogg};

/// What is said in the file, by its own tags; for a part of a longer recording what is said in the part.
pub(crate) fn transcript(bytes: &[u8]) -> Option<String> {
    if let Some(stream) = ogg::read(bytes) {
        return of_stream(&stream);
    }
    id3::transcript(bytes).or_else(|| plain(bytes))
}

/// `TRANSCRIPT_AT=<seconds>|<text>`, several, or one `TRANSCRIPT` for all. A part that counts its time from zero
/// says in `HARK_PART_OFFSET` where it lies in the whole.
fn of_stream(stream: &ogg::OpusStream) -> Option<String> {
    let offset =
        stream.tag("HARK_PART_OFFSET").find_map(|text| text.trim().parse::<f64>().ok()).unwrap_or(0.0);
    let (start, end) = stream.span();
    let timed: Vec<(f64, &str)> = stream
        .tag("TRANSCRIPT_AT")
        .filter_map(|tag| tag.split_once('|'))
        .filter_map(|(at, text)| Some((at.trim().parse().ok()?, text)))
        .collect();
    if timed.is_empty() {
        return stream.tag("TRANSCRIPT").next().map(str::to_owned);
    }
    let heard = timed.iter().filter(|(at, _)| (start + offset..end + offset).contains(at));
    Some(heard.map(|(_, text)| *text).collect::<Vec<_>>().join(" "))
}

/// In other containers the tag is looked for as it stands, near both ends, up to the next control character.
fn plain(bytes: &[u8]) -> Option<String> {
    let name = b"TRANSCRIPT=";
    let near = 1 << 18;
    let end = bytes.get(bytes.len().saturating_sub(near)..)?;
    [bytes, end].into_iter().find_map(|place| {
        let start = place.windows(name.len()).take(near).position(|window| window == name)? + name.len();
        let value = place.get(start..)?.split(|byte| *byte < b' ').next()?;
        Some(String::from_utf8_lossy(value).into_owned())
    })
}
