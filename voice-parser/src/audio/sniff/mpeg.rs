//! MPEG audio and ADTS: both begin with a sync word that chance produces too, so a second frame must follow
//! where the first one says (ISO/IEC 11172-3, section 2.4.1.3; ISO/IEC 13818-7, section 6.2).

use shared::domain::media::MediaKind;

/// Junk between an ID3 tag and the first frame that players forgive.
const MAX_PADDING: usize = 4_096;

/// Layer III is MP3, ADTS is AAC, FLAC may also come behind an ID3 tag. `None`: none of them.
pub(super) fn kind(bytes: &[u8]) -> Option<MediaKind> {
    let tag = id3_len(bytes);
    let sound = bytes.get(tag..)?;
    if sound.starts_with(b"fLaC") {
        return Some(MediaKind::Flac);
    }
    // Without a tag the file must begin with a frame.
    let padding = if tag == 0 { 0 } else { MAX_PADDING };
    (0..=padding.min(sound.len())).find_map(|at| frame_kind(sound.get(at..)?))
}

/// The length of the ID3v2 tag that a file begins with (id3.org, ID3v2.4 section 3.1): four bytes of seven
/// bits each, without the header of ten.
pub(super) fn id3_len(bytes: &[u8]) -> usize {
    let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = *bytes else { return 0 };
    if (a | b | c | d) & 0x80 != 0 {
        return 0;
    }
    let len = [a, b, c, d].into_iter().fold(0_usize, |len, seven| (len << 7) | usize::from(seven));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    (10 + len + footer).min(bytes.len())
}

fn frame_kind(bytes: &[u8]) -> Option<MediaKind> {
    let (kind, len) = frame(bytes)?;
    match bytes.get(len..) {
        // The last frame of the file.
        None | Some([]) => Some(kind),
        Some(next) => frame(next).is_some_and(|(next, _)| next == kind).then_some(kind),
    }
}

fn frame(bytes: &[u8]) -> Option<(MediaKind, usize)> {
    let &[0xFF, second, third, fourth, ..] = bytes else { return None };
    match second {
        0xF0 | 0xF1 | 0xF8 | 0xF9 => {
            let &[_, _, _, _, fifth, sixth, ..] = bytes else { return None };
            let len = (usize::from(fourth & 3) << 11) | (usize::from(fifth) << 3) | usize::from(sixth >> 5);
            ((third >> 2) & 0xF < 13 && len >= 7).then_some((MediaKind::Aac, len))
        }
        _ => layer_three_len(second, third).map(|len| (MediaKind::Mp3, len)),
    }
}

/// The length of a Layer III frame in bytes.
fn layer_three_len(second: u8, third: u8) -> Option<usize> {
    const MPEG1: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const MPEG2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let is_layer_three = second & 0xE6 == 0xE2;
    if !is_layer_three {
        return None;
    }
    let base = [44_100_usize, 48_000, 32_000].get(usize::from((third >> 2) & 3))?;
    let (rates, samples, rate) = match (second >> 3) & 3 {
        3 => (MPEG1, 144, *base),
        2 => (MPEG2, 72, base / 2),
        0 => (MPEG2, 72, base / 4),
        _ => return None,
    };
    let bit_rate = rates.get(usize::from(third >> 4)).filter(|rate| **rate > 0)?;
    Some(samples * bit_rate * 1_000 / rate + usize::from((third >> 1) & 1))
}
