//! JSON texts may hold half of a surrogate pair as an escape (RFC 8259, section 8.2), which no Rust string can.
//! Models write them now and then, when a limit cuts an emoji in two.

use std::borrow::Cow;

/// The JSON with each lone surrogate escape replaced by the replacement character's.
pub(crate) fn mend(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        mended.push_str(before);
        let (taken, is_lone) = match unit(escape) {
            Some(0xD800..=0xDBFF) => match escape.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => (12, false),
                _ => (6, true),
            },
            Some(0xDC00..=0xDFFF) => (6, true),
            Some(_) => (6, false),
            // A backslash and what it escapes, which may be a backslash.
            None => (1 + escape.chars().nth(1).map_or(0, char::len_utf8), false),
        };
        let (taken, behind) = escape.split_at_checked(taken).unwrap_or((escape, ""));
        mended.push_str(if is_lone { "\\ufffd" } else { taken });
        rest = behind;
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The code unit of `\uXXXX`.
fn unit(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d07_lone_surrogates_are_replaced_and_pairs_stay() {
        for (json, text) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""a\ud800b""#, "a\u{fffd}b"),
            (r#""\udc00""#, "\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\\ud800""#, "\\ud800"),
            (r#""\\\ud800""#, "\\\u{fffd}"),
            (r#""\u00e4 \n \"ü\"""#, "ä \n \"ü\""),
        ] {
            assert_eq!(serde_json::from_str::<String>(&mend(json)).unwrap(), text, "{json}");
        }
        for broken in ["\"\\", "\"\\u", "\"\\ud8", "\"\\ud800", "\\ü\\u12"] {
            let _ = serde_json::from_str::<String>(&mend(broken)).unwrap_err();
        }
    }
}
