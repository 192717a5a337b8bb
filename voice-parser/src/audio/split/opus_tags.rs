//! The comment packet of an Opus stream (RFC 7845, section 5.2).

const MAGIC: &[u8] = b"OpusTags";

/// The packet with one comment more, behind its own; padding is dropped. A packet that cannot be read is
/// replaced by one that holds the new comment alone.
pub(super) fn with_comment(packet: &[u8], comment: &str) -> Vec<u8> {
    let (vendor, comments) = parse(packet).unwrap_or((b"hark", Vec::new()));
    let mut tags = MAGIC.to_vec();
    put(&mut tags, vendor);
    tags.extend(u32::try_from(comments.len() + 1).unwrap_or(u32::MAX).to_le_bytes());
    for one in comments {
        put(&mut tags, one);
    }
    put(&mut tags, comment.as_bytes());
    tags
}

fn put(tags: &mut Vec<u8>, text: &[u8]) {
    tags.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    tags.extend_from_slice(text);
}

/// The vendor and the comments.
fn parse(packet: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let mut rest = packet.strip_prefix(MAGIC)?;
    let vendor = take(&mut rest)?;
    let count = take_number(&mut rest)?;
    let mut comments = Vec::new();
    for _ in 0..count {
        // A count beyond what there is ends here, not with the memory.
        comments.push(take(&mut rest)?);
    }
    Some((vendor, comments))
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    let (number, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = take_number(rest)?;
    let (text, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_kept_and_one_is_added() {
        let first = with_comment(b"no tags", "TRANSCRIPT=two pipes");
        let second = with_comment(&first, "HARK_PART_OFFSET=4.000");
        let (vendor, comments) = parse(&second).unwrap();
        assert_eq!(vendor, b"hark");
        assert_eq!(comments, [b"TRANSCRIPT=two pipes".as_slice(), b"HARK_PART_OFFSET=4.000"]);
        let mut lying = first;
        lying[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(parse(&with_comment(&lying, "A=1")).unwrap().1, [b"A=1"]);
    }
}
