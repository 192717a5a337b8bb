//! What an Ogg file carries: its logical streams say so in their first page each (RFC 3533, section 6).

use shared::domain::media::MediaKind;

const HEADER: usize = 27;
const BEGINS_STREAM: u8 = 0x02;

/// Vorbis and Opus make it a recording; any picture stream makes it a video, wherever it begins.
pub(super) fn kind(bytes: &[u8]) -> MediaKind {
    let mut kind = MediaKind::Unknown;
    let mut rest = bytes;
    while let Some((flags, body, next)) = page(rest) {
        if flags & BEGINS_STREAM != 0 {
            if is_picture(body) {
                return MediaKind::OggVideo;
            }
            if body.starts_with(b"OpusHead") || body.starts_with(b"\x01vorbis") {
                kind = MediaKind::Ogg;
            }
        }
        rest = next;
    }
    kind
}

/// Theora, Dirac, VP8, the picture streams of OGM, and raw YUV, by their identification headers.
fn is_picture(body: &[u8]) -> bool {
    [b"\x80theora".as_slice(), b"BBCD\0", b"OVP80", b"\x01video", b"YUV4MPEG"]
        .into_iter()
        .any(|magic| body.starts_with(magic))
}

/// The flags and body of the page at the beginning of `bytes`, and what follows it. A page that is cut off
/// is given as far as it goes.
fn page(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let header = bytes.get(..HEADER)?;
    if !header.starts_with(b"OggS\0") {
        return None;
    }
    let flags = *header.get(5)?;
    let segments = usize::from(*header.last()?);
    let body_at = HEADER + segments;
    let len: usize = bytes.get(HEADER..body_at)?.iter().map(|lacing| usize::from(*lacing)).sum();
    let body = bytes.get(body_at..)?;
    Some(body.split_at_checked(len).map_or((flags, body, &[]), |(body, next)| (flags, body, next)))
}
