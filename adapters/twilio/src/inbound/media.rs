//! What a message carries: `NumMedia`, and as many `MediaUrl{N}` and `MediaContentType{N}`, no more, no less.

use shared::domain::{
    message::{MAX_MEDIA, MediaRef},
    private::Private,
};

use super::fields::{Fields, ShapeFault};

/// Longest address of a file, in bytes. Twilio's have about 160.
const MAX_URL: usize = 2_048;

/// Longest content type that is kept, in bytes.
const MAX_TYPE: usize = 100;

/// Stands for a content type that says nothing.
const UNKNOWN_TYPE: &str = "application/octet-stream";

const COUNT: &str = "NumMedia";
const URL: &str = "MediaUrl";
const TYPE: &str = "MediaContentType";

pub(super) fn read(fields: &Fields<'_>) -> Result<Vec<MediaRef>, ShapeFault> {
    let count = read_count(fields.required(COUNT)?)?;
    let urls = numbered(fields, URL, count)?;
    let types = numbered(fields, TYPE, count)?;
    urls.into_iter()
        .zip(types)
        .map(|(url, content_type)| {
            let url = std::str::from_utf8(url).ok().filter(|url| (1..=MAX_URL).contains(&url.len()));
            let url = url.ok_or(ShapeFault::Unreadable(URL))?.to_owned();
            Ok(MediaRef { url: Private::new(url), content_type: bare_type(content_type) })
        })
        .collect()
}

/// 0 to 10 in plain digits.
fn read_count(raw: &str) -> Result<usize, ShapeFault> {
    let plain = raw.bytes().all(|b| b.is_ascii_digit()) && (raw == "0" || !raw.starts_with('0'));
    let count = raw.parse().ok().filter(|count| plain && *count <= MAX_MEDIA);
    count.ok_or(ShapeFault::Unreadable(COUNT))
}

/// The values numbered 0 to `count` - 1, each once, in the order of their numbers.
fn numbered<'a>(fields: &Fields<'a>, word: &'static str, count: usize) -> Result<Vec<&'a [u8]>, ShapeFault> {
    let mut slots: Vec<Option<&[u8]>> = vec![None; count];
    for (number, value) in fields.numbered(word) {
        let plain = number == b"0" || !number.starts_with(b"0");
        let place = std::str::from_utf8(number).ok().filter(|_| plain).and_then(|number| number.parse().ok());
        let slot = place.and_then(|place: usize| slots.get_mut(place)).ok_or(ShapeFault::Unreadable(word))?;
        if slot.replace(value).is_some() {
            return Err(ShapeFault::Repeated(word));
        }
    }
    slots.into_iter().map(|slot| slot.ok_or(ShapeFault::Missing(word))).collect()
}

/// Lower case, without parameters; what cannot be a content type says nothing.
fn bare_type(raw: &[u8]) -> String {
    let bare = raw.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-/".contains(byte);
    let readable = bare.len() <= MAX_TYPE
        && bare.iter().all(is_token)
        && bare.split(|byte| *byte == b'/').filter(|half| !half.is_empty()).count() == 2;
    String::from_utf8(bare).ok().filter(|_| readable).unwrap_or_else(|| UNKNOWN_TYPE.to_owned())
}
