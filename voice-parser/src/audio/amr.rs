//! The length of an AMR recording. No kept Rust library decodes AMR, so its frames are only counted.

/// Seconds, by the number of frames of 20 ms each: RFC 4867, section 5 (file format) with the frame sizes of
/// 3GPP TS 26.101 (narrow band) and 26.201 (wide band). `None` when the header or a frame is none of theirs;
/// a last frame that is cut off does not count.
pub(super) fn duration_s(bytes: &[u8]) -> Option<f64> {
    /// Bytes of a frame with its header byte, by frame type; 0 is reserved.
    const NARROW: [usize; 16] = [13, 14, 16, 18, 20, 21, 27, 32, 6, 7, 6, 6, 0, 0, 0, 1];
    const WIDE: [usize; 16] = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];
    let (sizes, mut rest) = match (bytes.strip_prefix(b"#!AMR\n"), bytes.strip_prefix(b"#!AMR-WB\n")) {
        (Some(rest), _) => (NARROW, rest),
        (_, Some(rest)) => (WIDE, rest),
        _ => return None,
    };
    let mut frames = 0_u32;
    while let Some(header) = rest.first() {
        let size = *sizes.get(usize::from((header >> 3) & 0xF))?;
        if size == 0 {
            return None;
        }
        let Some(next) = rest.get(size..) else { break };
        rest = next;
        frames = frames.saturating_add(1);
    }
    Some(f64::from(frames) * 0.02)
}
