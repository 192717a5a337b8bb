//! Just enough of Ogg (RFC 3533) and Opus in Ogg (RFC 7845): tags, times, and the sound's bytes.

/// Samples of a granule position in a second.
const RATE: f64 = 48_000.0;

/// An Opus stream.
pub(super) struct OpusStream {
    /// The comments of OpusTags, names in capitals.
    pub(super) tags: Vec<(String, String)>,
    /// The audio packets, one after the other.
    pub(super) sound: Vec<u8>,
    pre_skip: i64,
    /// The granule position at which the first audio page begins.
    first: i64,
    /// The granule position at which the last one ends.
    last: i64,
}

impl OpusStream {
    /// Where the sound begins and ends: a part of a longer recording may keep its granule positions.
    pub(super) fn span(&self) -> (f64, f64) {
        (seconds((self.first - self.pre_skip).max(0)), seconds((self.last - self.pre_skip).max(0)))
    }

    /// How long the sound lasts.
    pub(super) fn seconds(&self) -> f64 {
        let (start, end) = self.span();
        (end - start).max(0.0)
    }

    /// The values of a comment.
    pub(super) fn tag<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.tags.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[expect(clippy::cast_precision_loss, reason = "granule positions of recordings stay far below 2^52")]
fn seconds(samples: i64) -> f64 {
    samples as f64 / RATE
}

/// Reads a file; `None` if it is no Opus in Ogg.
pub(super) fn read(bytes: &[u8]) -> Option<OpusStream> {
    let mut pages = pages(bytes);
    let head = pages.next()?;
    let pre_skip = head.body.strip_prefix(b"OpusHead")?.get(2..4)?;
    let pre_skip = i64::from(u16::from_le_bytes(pre_skip.try_into().ok()?));

    // OpusTags may go over several pages; the page after its end holds the first sound.
    let mut tags = Vec::new();
    for page in pages.by_ref() {
        tags.extend_from_slice(page.body);
        if page.lacing.last().is_none_or(|&length| length < 255) {
            break;
        }
    }
    let tags = comments(tags.strip_prefix(b"OpusTags")?);

    let mut stream = OpusStream { tags, sound: Vec::new(), pre_skip, first: 0, last: 0 };
    let mut begun = false;
    for page in pages {
        stream.sound.extend_from_slice(page.body);
        // -1 stands on a page on which no packet ends.
        if page.granule >= 0 {
            stream.last = stream.last.max(page.granule);
            if !begun {
                stream.first = (page.granule - page.samples()).max(0);
                begun = true;
            }
        }
    }
    Some(stream)
}

struct Page<'a> {
    granule: i64,
    lacing: &'a [u8],
    body: &'a [u8],
}

impl Page<'_> {
    /// How many samples the packets of this page hold.
    fn samples(&self) -> i64 {
        let mut rest = self.body;
        let mut length = 0_usize;
        let mut samples = 0;
        for &lace in self.lacing {
            length += usize::from(lace);
            if lace < 255 {
                let (packet, after) = rest.split_at(length.min(rest.len()));
                samples += packet_samples(packet);
                rest = after;
                length = 0;
            }
        }
        samples
    }
}

/// Samples of an Opus packet by its table-of-contents byte (RFC 6716, 3.1).
fn packet_samples(packet: &[u8]) -> i64 {
    let Some(&toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..=11 => match config & 3 {
            0 => 480,
            1 => 960,
            2 => 1920,
            _ => 2880,
        },
        config @ 12..=15 => 480 << (config & 1),
        config => 120 << (config & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |count| i64::from(count & 0x3F)),
    };
    frame * frames
}

/// The pages of a file; bytes that are no page are skipped.
fn pages(bytes: &[u8]) -> impl Iterator<Item = Page<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let start = rest.windows(4).position(|window| window == b"OggS")?;
            rest = rest.get(start..)?;
            match page(rest) {
                Some((page, after)) => {
                    rest = after;
                    return Some(page);
                }
                None => rest = rest.get(4..)?,
            }
        }
    })
}

fn page(bytes: &[u8]) -> Option<(Page<'_>, &[u8])> {
    let granule = i64::from_le_bytes(bytes.get(6..14)?.try_into().ok()?);
    let segments = usize::from(*bytes.get(26)?);
    let lacing = bytes.get(27..27 + segments)?;
    let length: usize = lacing.iter().map(|&lace| usize::from(lace)).sum();
    let (body, after) = bytes.get(27 + segments..)?.split_at_checked(length)?;
    Some((Page { granule, lacing, body }, after))
}

/// The comments of a comment header, after its magic: the vendor, a count, then `NAME=value` each.
fn comments(bytes: &[u8]) -> Vec<(String, String)> {
    let Some((_vendor, rest)) = counted_text(bytes) else { return Vec::new() };
    let Some((count, mut rest)) = rest.split_first_chunk::<4>() else { return Vec::new() };
    let mut comments = Vec::new();
    for _ in 0..u32::from_le_bytes(*count) {
        let Some((text, after)) = counted_text(rest) else { break };
        if let Some((name, value)) = String::from_utf8_lossy(text).split_once('=') {
            comments.push((name.to_ascii_uppercase(), value.to_owned()));
        }
        rest = after;
    }
    comments
}

/// A text with its length before it, and what follows.
fn counted_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}
