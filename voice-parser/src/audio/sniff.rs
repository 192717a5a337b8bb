//! What a file is by its own bytes, and whether that agrees with what its sender declared.

mod mp4;
mod mpeg;
mod ogg;

use shared::domain::media::{MediaKind, MediaRole};

/// The kind of a file by its magic bytes; what a sender declared plays no part. Looks at the whole file only
/// where a container may hide a picture track or a text may hide control characters.
#[must_use]
pub fn sniff(bytes: &[u8]) -> MediaKind {
    match bytes {
        [b'O', b'g', b'g', b'S', ..] => ogg::kind(bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => MediaKind::Wav,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => MediaKind::Webp,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4::kind(bytes),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => matroska_kind(bytes),
        [b'f', b'L', b'a', b'C', ..] => MediaKind::Flac,
        [b'#', b'!', b'A', b'M', b'R', ..] => MediaKind::Amr,
        [0xFF, 0xD8, 0xFF, ..] => MediaKind::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => MediaKind::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => MediaKind::Gif,
        [b'%', b'P', b'D', b'F', b'-', ..] => MediaKind::Pdf,
        _ => mpeg::kind(bytes).unwrap_or_else(|| text_kind(bytes)),
    }
}

/// Where the sound of an MPEG or FLAC file begins: behind an ID3v2 tag, if there is one.
pub(super) fn after_id3(bytes: &[u8]) -> usize {
    mpeg::id3_len(bytes)
}

/// The length that an ISO media file claims, in seconds.
pub(super) fn mp4_duration_s(bytes: &[u8]) -> Option<f64> {
    mp4::duration_s(bytes)
}

/// WebM with sound only. Codec names stand in the track entries near the beginning (Matroska codec
/// specification: `V_...` is video).
fn matroska_kind(bytes: &[u8]) -> MediaKind {
    let beginning = bytes.get(..4_096).unwrap_or(bytes);
    let holds = |needle: &[u8]| beginning.windows(needle.len()).any(|window| window == needle);
    let has_picture = [b"V_VP".as_slice(), b"V_AV1", b"V_MPEG", b"V_MS", b"V_THEORA"].into_iter().any(holds);
    if holds(b"webm") && !has_picture { MediaKind::Webm } else { MediaKind::Unknown }
}

fn text_kind(bytes: &[u8]) -> MediaKind {
    let Ok(text) = std::str::from_utf8(bytes) else { return MediaKind::Unknown };
    let text = text.trim_start_matches('\u{FEFF}');
    let is_binary = text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C));
    if text.is_empty() || is_binary {
        return MediaKind::Unknown;
    }
    let is_card = text.trim_start().get(..11).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD"));
    if is_card { MediaKind::Vcard } else { MediaKind::Text }
}

/// Whether a declared content type (`audio/ogg; codecs=opus`, in any case) and the sniffed kind are of one
/// family. A type that claims nothing, such as `application/octet-stream`, agrees with everything.
#[must_use]
pub fn agrees(declared: &str, kind: MediaKind) -> bool {
    use MediaKind as K;
    let bare = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.as_str() {
        "audio/ogg" | "audio/opus" | "application/ogg" | "audio/vorbis" => kind == K::Ogg,
        "audio/mpeg" | "audio/mp3" | "audio/mpeg3" | "audio/mpga" | "audio/x-mp3" => {
            matches!(kind, K::Mp3 | K::Aac)
        }
        "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "audio/aac" | "audio/x-aac" | "audio/aacp" => {
            matches!(kind, K::M4a | K::Aac | K::ThreeGp)
        }
        "audio/amr" | "audio/amr-wb" | "audio/3gpp" | "audio/3gpp2" => {
            matches!(kind, K::Amr | K::ThreeGp | K::M4a)
        }
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => kind == K::Wav,
        "audio/webm" => kind == K::Webm,
        "audio/flac" | "audio/x-flac" => kind == K::Flac,
        "application/pdf" => kind == K::Pdf,
        "text/vcard" | "text/x-vcard" | "text/directory" => matches!(kind, K::Vcard | K::Text),
        other => match other.split_once('/').map_or("", |(family, _)| family) {
            "audio" => kind.role() == MediaRole::Audio,
            "image" => kind.role() == MediaRole::Image,
            "text" => matches!(kind, K::Text | K::Vcard),
            // A video container may turn out to hold sound alone.
            "video" => matches!(kind, K::Mp4Video | K::OggVideo | K::ThreeGp | K::M4a | K::Webm | K::Unknown),
            _ => true,
        },
    }
}
