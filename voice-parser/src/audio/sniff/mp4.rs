//! What an ISO media file (MP4, M4A, 3GP) carries: its brand (ISO/IEC 14496-12, section 4.3) and the handlers
//! of its tracks (section 8.4.3).

use shared::domain::media::MediaKind;

/// A picture track makes it a video whatever the brand says. Without any track only the brand is left.
pub(super) fn kind(bytes: &[u8]) -> MediaKind {
    let brand: &[u8] = bytes.get(8..12).unwrap_or_default();
    let moov = child(bytes, b"moov").unwrap_or_default();
    let tracks = || boxes(moov).filter(|(name, _)| name == b"trak").filter_map(|(_, trak)| handler(trak));
    if tracks().any(|handler| handler == *b"vide") {
        return MediaKind::Mp4Video;
    }
    let has_sound = tracks().any(|handler| handler == *b"soun");
    match brand {
        [b'3', b'g' | b'G', ..] => MediaKind::ThreeGp,
        [b'M', b'4', b'A' | b'B' | b'P', _] => MediaKind::M4a,
        _ if has_sound => MediaKind::M4a,
        _ => MediaKind::Unknown,
    }
}

/// The length of an ISO media file by its movie header (section 8.2.2), in seconds.
pub(super) fn duration_s(bytes: &[u8]) -> Option<f64> {
    let header = child(child(bytes, b"moov")?, b"mvhd")?;
    let (scale_at, duration) = match header.first()? {
        1 => (20, u64::from_be_bytes(header.get(24..32)?.try_into().ok()?)),
        _ => (12, u64::from(be32(header, 16)?)),
    };
    let scale = be32(header, scale_at).filter(|scale| *scale > 0)?;
    // Wide enough for any length that is not nonsense; the gate decides by far smaller numbers.
    u32::try_from(duration).ok().map(|duration| f64::from(duration) / f64::from(scale))
}

fn handler(trak: &[u8]) -> Option<[u8; 4]> {
    let hdlr = child(child(trak, b"mdia")?, b"hdlr")?;
    hdlr.get(8..12)?.try_into().ok()
}

fn child<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| found == name).map(|(_, body)| body)
}

/// The boxes in a row, each with its body. Ends at the first one that claims what it cannot have.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let name: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
        let (body_at, len) = match be32(rest, 0)? {
            0 => (8, rest.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(rest.get(8..16)?.try_into().ok()?)).ok()?),
            len => (8, usize::try_from(len).ok()?),
        };
        let body = rest.get(body_at..len)?;
        rest = rest.get(len..)?;
        Some((name, body))
    })
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
