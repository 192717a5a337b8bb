//! `application/x-www-form-urlencoded`, read exactly: Twilio signs over every decoded byte, so nothing may be
//! trimmed, dropped, merged or repaired (Twilio error 57012 names trimmed blanks as a cause of its own).

use std::{fmt, ops::Range};

/// Longest body, in bytes. Twilio's own answers have the same limit (error 11750).
pub const MAX_BODY: usize = 64 * 1024;

/// Most parameters, empty ones included. A real message has about 40.
pub const MAX_PARAMS: usize = 1_000;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// More than [`MAX_BODY`] bytes.
    #[error("the body is too large")]
    TooLarge,
    /// More than [`MAX_PARAMS`] parameters.
    #[error("the body has too many parameters")]
    TooMany,
}

/// Decoded parameters in their order, duplicates and empty values included. Values are bytes: whether they
/// are UTF-8 is asked where one is used.
///
/// `+` is a blank; `%XX` a byte; a `%` that two hex digits do not follow stays as it is, as in Twilio's
/// libraries; `&` alone separates (`;` is data); a pair of nothing (`&&`) does not count.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    decoded: Vec<u8>,
    pairs: Vec<Pair>,
}

#[derive(Clone, PartialEq, Eq)]
struct Pair {
    name: Range<usize>,
    value: Range<usize>,
}

impl Form {
    /// Decodes a body.
    ///
    /// # Errors
    /// [`FormError`] beyond the limits, before anything is decoded.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        if body.len() > MAX_BODY {
            return Err(FormError::TooLarge);
        }
        let separators = body.iter().filter(|byte| **byte == b'&').count();
        if separators >= MAX_PARAMS {
            return Err(FormError::TooMany);
        }
        let mut form =
            Self { decoded: Vec::with_capacity(body.len()), pairs: Vec::with_capacity(separators + 1) };
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = form.decode(halves.next().unwrap_or_default());
            let value = form.decode(halves.next().unwrap_or_default());
            form.pairs.push(Pair { name, value });
        }
        Ok(form)
    }

    /// All parameters in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|pair| (self.bytes(&pair.name), self.bytes(&pair.value)))
    }

    /// All values of a name, in their order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.pairs().filter(move |(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.decoded.get(range.clone()).unwrap_or_default()
    }

    fn decode(&mut self, raw: &[u8]) -> Range<usize> {
        let start = self.decoded.len();
        let mut rest = raw;
        while let Some((first, tail)) = rest.split_first() {
            rest = match (first, tail) {
                (b'+', _) => {
                    self.decoded.push(b' ');
                    tail
                }
                (b'%', [high, low, after @ ..]) => match hex(*high).zip(hex(*low)) {
                    Some((high, low)) => {
                        self.decoded.push(high << 4 | low);
                        after
                    }
                    None => {
                        self.decoded.push(b'%');
                        tail
                    }
                },
                (byte, _) => {
                    self.decoded.push(*byte);
                    tail
                }
            };
        }
        start..self.decoded.len()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} parameters)", self.pairs.len())
    }
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(body: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Form::parse(body.as_bytes()).unwrap().pairs().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn nothing_is_trimmed_dropped_or_merged() {
        assert_eq!(
            pairs("Body=++a%20b%0D%0A&Empty=&Bare&a=1&a=1&x=y=z&%46rom=%2B49"),
            [
                pair("Body", "  a b\r\n"),
                pair("Empty", ""),
                pair("Bare", ""),
                pair("a", "1"),
                pair("a", "1"),
                pair("x", "y=z"),
                pair("From", "+49"),
            ]
        );
    }

    #[test]
    fn a07_empty_pairs_are_none_and_a_pair_without_a_name_adds_nothing() {
        assert_eq!(pairs("&&a=1&&b=2&"), [pair("a", "1"), pair("b", "2")]);
        assert_eq!(pairs("a=1&="), [pair("a", "1"), pair("", "")]);
        assert_eq!(pairs(""), []);
    }

    #[test]
    fn a10_a_semicolon_is_data() {
        assert_eq!(pairs("Body=a;From=b"), [pair("Body", "a;From=b")]);
    }

    #[test]
    fn a11_a_broken_percent_stays_and_bytes_are_kept() {
        assert_eq!(
            pairs("a=%zz&b=%a&c=%&d=%%41&e=%4"),
            [pair("a", "%zz"), pair("b", "%a"), pair("c", "%"), pair("d", "%A"), pair("e", "%4")]
        );
        let form = Form::parse(b"Body=%ff%00\xfe").unwrap();
        assert_eq!(form.all("Body").collect::<Vec<_>>(), [b"\xff\x00\xfe"]);
    }

    #[test]
    fn a19_bodies_beyond_the_limits_are_refused_before_they_are_decoded() {
        assert!(Form::parse(&[b'a'; MAX_BODY]).is_ok());
        assert_eq!(Form::parse(&[b'a'; MAX_BODY + 1]).err(), Some(FormError::TooLarge));
        assert!(Form::parse("a=&".repeat(MAX_PARAMS - 1).as_bytes()).is_ok());
        assert_eq!(Form::parse("a=&".repeat(10_000).as_bytes()).err(), Some(FormError::TooMany));
        assert_eq!(Form::parse(&[b'&'; MAX_BODY]).err(), Some(FormError::TooMany));
    }

    #[test]
    fn g01_a_form_shows_how_many_parameters_it_has_and_no_more() {
        assert_eq!(format!("{:?}", Form::parse(b"Body=CANARY&a").unwrap()), "Form(2 parameters)");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_and_nothing_panics(
            fields in prop::collection::vec((".{1,8}", ".{0,20}"), 0..12),
            noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &fields {
                body.append_pair(name, value);
            }
            prop_assert_eq!(pairs(&body.finish()), fields);
            prop_assert!(Form::parse(&noise).is_ok());
        }
    }
}
