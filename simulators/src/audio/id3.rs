//! The transcript in an ID3v2 tag: a TXXX or COMM frame named `TRANSCRIPT`, or a comment `TRANSCRIPT=...`.

/// The transcript of an MP3 file.
pub(super) fn transcript(bytes: &[u8]) -> Option<String> {
    let header = bytes.strip_prefix(b"ID3")?;
    let (&version, size) = (header.first()?, header.get(3..7)?);
    let tag = header.get(7..)?;
    let mut rest = tag.get(..synchsafe(size)?.min(tag.len()))?;
    while let Some((frame, after)) = frame(rest, version) {
        rest = after;
        if let Some(text) = text_of(frame.id, frame.body) {
            return Some(text);
        }
    }
    None
}

struct Frame<'a> {
    id: &'a [u8],
    body: &'a [u8],
}

fn frame(bytes: &[u8], version: u8) -> Option<(Frame<'_>, &[u8])> {
    let id = bytes.get(..4).filter(|id| id.iter().all(u8::is_ascii_alphanumeric))?;
    let size = bytes.get(4..8)?;
    // Version 2.4 leaves the top bit of each byte empty, 2.3 does not.
    let size = if version >= 4 {
        synchsafe(size)?
    } else {
        usize::try_from(u32::from_be_bytes(size.try_into().ok()?)).ok()?
    };
    let (body, after) = bytes.get(10..)?.split_at_checked(size)?;
    Some((Frame { id, body }, after))
}

fn text_of(id: &[u8], body: &[u8]) -> Option<String> {
    let (&encoding, rest) = body.split_first()?;
    let rest = match id {
        b"TXXX" => rest,
        // A comment names its language first.
        b"COMM" => rest.get(3..)?,
        _ => return None,
    };
    let text = decode(encoding, rest);
    let (name, value) = text.split_once('\0')?;
    let value = value.trim_end_matches('\0').trim_start_matches('\u{feff}');
    if name.trim_start_matches('\u{feff}').eq_ignore_ascii_case("TRANSCRIPT") {
        Some(value.to_owned())
    } else {
        value.strip_prefix("TRANSCRIPT=").map(str::to_owned)
    }
}

fn decode(encoding: u8, bytes: &[u8]) -> String {
    let units = |order: fn([u8; 2]) -> u16| -> String {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| order(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match encoding {
        0 => bytes.iter().copied().map(char::from).collect(),
        1 if bytes.starts_with(&[0xFE, 0xFF]) => units(u16::from_be_bytes),
        1 => units(u16::from_le_bytes),
        2 => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let bytes: [u8; 4] = bytes.try_into().ok()?;
    Some(bytes.iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7F)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(version: u8, id: &[u8], body: &[u8]) -> Vec<u8> {
        let size = u8::try_from(body.len()).unwrap();
        let mut frame = id.to_vec();
        frame.extend([0, 0, 0, size, 0, 0]);
        frame.extend(body);
        let mut tag = b"ID3".to_vec();
        tag.extend([version, 0, 0, 0, 0, 0, u8::try_from(frame.len()).unwrap()]);
        tag.extend(frame);
        tag
    }

    #[test]
    fn reads_each_way_to_write_it() {
        assert_eq!(transcript(&tagged(4, b"TXXX", b"\x03TRANSCRIPT\0Gr\xC3\xBC\xC3\x9Fe")).unwrap(), "Grüße");
        assert_eq!(transcript(&tagged(3, b"COMM", b"\x00engTranscript\0Gr\xFC\xDFe\0")).unwrap(), "Grüße");
        assert_eq!(transcript(&tagged(4, b"COMM", b"\x03deu\0TRANSCRIPT=Hallo")).unwrap(), "Hallo");
        let utf16: Vec<u8> = [1_u8, 0xFF, 0xFE]
            .into_iter()
            .chain("TRANSCRIPT\0".encode_utf16().flat_map(u16::to_le_bytes))
            .chain([0xFF, 0xFE])
            .chain("Zażółć".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(transcript(&tagged(3, b"TXXX", &utf16)).unwrap(), "Zażółć");
        assert_eq!(transcript(&tagged(4, b"TIT2", b"\x03TRANSCRIPT\0no")), None);
        assert_eq!(transcript(b"ID3\x04"), None);
    }
}
