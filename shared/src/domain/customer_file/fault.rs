//! What is wrong with a `customers.json`, told so that whoever wrote it finds the place, and without
//! repeating a number or a name.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong. Holds nothing of the file's content.
    pub reason: String,
    /// What becomes of it.
    pub consequence: Consequence,
}

/// What a fault costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// The whole file is not used; the last good one stays in force.
    FileRefused,
    /// The entry is not used; the others are.
    EntryLeftOut,
    /// Nobody is found by this identity, since it could be more than one person.
    IdentityLeftOut,
    /// The field is not used; the rest of the entry is.
    FieldIgnored,
}

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileRefused => "the file is not used",
            Self::EntryLeftOut => "the entry is left out",
            Self::IdentityLeftOut => "nobody is found by it",
            Self::FieldIgnored => "the field is ignored",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {} ({})", self.reason, self.consequence)
    }
}

impl std::error::Error for Fault {}
