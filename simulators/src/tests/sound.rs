//! Ogg/Opus files made by hand: silent, with the tags that a story needs.

/// A recording that begins at this second of its own time, with a pre-skip of 312 samples.
pub(super) fn ogg(tags: &[&str], start_s: u32, seconds: u32) -> Vec<u8> {
    let mut file = page(2, 0, &[b"OpusHead\x01\x01\x38\x01\x80\xBB\0\0\0\0\0".to_vec()]);
    let mut comments = b"OpusTags\x04\0\0\0test".to_vec();
    comments.extend(u32::try_from(tags.len()).unwrap().to_le_bytes());
    for tag in tags {
        comments.extend(u32::try_from(tag.len()).unwrap().to_le_bytes());
        comments.extend(tag.as_bytes());
    }
    file.extend(page(0, 0, &[comments]));
    // Packets of 20 ms (TOC 0xF8: CELT, fullband, one frame), a page for each second.
    for second in start_s..start_s + seconds {
        file.extend(page(0, i64::from(second + 1) * 48_000 + 312, &vec![vec![0xF8, 0xFF, 0xFE]; 50]));
    }
    file
}

fn page(flags: u8, granule: i64, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut lacing = Vec::new();
    for packet in packets {
        lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
        lacing.push(u8::try_from(packet.len() % 255).unwrap());
    }
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend([0; 12]);
    page.push(u8::try_from(lacing.len()).unwrap());
    page.extend(lacing);
    page.extend(packets.concat());
    page
}
