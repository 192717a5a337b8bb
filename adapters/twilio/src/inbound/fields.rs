//! Fields by name: each at most once, and only as text.

use crate::form::Form;

/// What is wrong with a field. The name is one of those that we look for, never one from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeFault {
    /// It is not there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// It is there more than once, even with the same value.
    #[error("the field {0} is there more than once")]
    Repeated(&'static str),
    /// It is no UTF-8, or not of the form that it must have.
    #[error("the field {0} cannot be read")]
    Unreadable(&'static str),
}

/// A form, asked by name.
pub(crate) struct Fields<'a>(&'a Form);

impl<'a> Fields<'a> {
    pub(crate) const fn new(form: &'a Form) -> Self {
        Self(form)
    }

    /// The one value of a field that must be there; it may be empty.
    pub(crate) fn required(&self, name: &'static str) -> Result<&'a str, ShapeFault> {
        self.single(name)?.ok_or(ShapeFault::Missing(name))
    }

    /// The one value of a field, if it is there and not empty.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<&'a str>, ShapeFault> {
        Ok(self.single(name)?.filter(|value| !value.is_empty()))
    }

    /// Fields named by a word and a number: the number as it is written, and the value.
    pub(crate) fn numbered(&self, word: &'static str) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0.pairs().filter_map(move |(name, value)| {
            let number = name.strip_prefix(word.as_bytes())?;
            (!number.is_empty() && number.iter().all(u8::is_ascii_digit)).then_some((number, value))
        })
    }

    fn single(&self, name: &'static str) -> Result<Option<&'a str>, ShapeFault> {
        let mut values = self.0.pairs().filter(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(ShapeFault::Repeated(name));
        }
        std::str::from_utf8(value).map(Some).map_err(|_| ShapeFault::Unreadable(name))
    }
}
