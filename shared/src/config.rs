//! Settings: read once at start, through a function, all faults told together.

use std::{fmt::Display, str::FromStr};

use secrecy::SecretString;

type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Where settings come from: the environment in earnest, a map in tests.
pub struct Settings<'a> {
    lookup: Box<Lookup<'a>>,
    names: Vec<String>,
    faults: Vec<String>,
}

/// What is wrong with the settings: every missing or unreadable one by its name, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("settings: {}", .0.join("; "))]
pub struct BadSettings(pub Vec<String>);

impl<'a> Settings<'a> {
    /// Reads through `lookup`. A value of blanks counts as not set.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { lookup: Box::new(lookup), names: Vec::new(), faults: Vec::new() }
    }

    /// With the names of everything that is set, which a lookup by itself does not know.
    #[must_use]
    pub fn knowing(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names);
        self
    }

    /// The process environment.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        Self::new(|name| std::env::var(name).ok())
            .knowing(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
    }

    /// The names of everything that is set, as far as they are known: also of what nobody reads.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The value, if set.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// The value, or `default`.
    #[must_use]
    pub fn or(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    /// The value; if not set, a fault, and an empty text to go on with.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.fault(format!("{name} is not set"));
            String::new()
        })
    }

    /// A secret; if not set, a fault.
    pub fn required_secret(&mut self, name: &str) -> SecretString {
        SecretString::from(self.required(name))
    }

    /// The value read as `T`, or `default` if not set; a fault if it cannot be read.
    pub fn parsed<T>(&mut self, name: &str, default: T) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.optional(name).map(|raw| raw.trim().parse::<T>()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.fault(format!("{name} cannot be read as {}", short_type_name::<T>()));
                default
            }
        }
    }

    /// Notes a fault that the caller found. Must not hold the value.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`BadSettings`] with everything that was wrong.
    pub fn finish(self) -> Result<(), BadSettings> {
        if self.faults.is_empty() { Ok(()) } else { Err(BadSettings(self.faults)) }
    }
}

fn short_type_name<T>() -> &'static str {
    std::any::type_name::<T>().rsplit("::").next().unwrap_or("a value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once_and_no_value_is_shown() {
        let mut settings = Settings::new(|name| match name {
            "HARK_PORT" => Some("CANARY".to_owned()),
            "BLANK" => Some("  ".to_owned()),
            _ => None,
        });
        assert_eq!(settings.parsed("HARK_PORT", 8_080_u16), 8_080);
        settings.required("BLANK");
        settings.required("MISSING");
        let shown = settings.finish().unwrap_err().to_string();
        assert_eq!(shown, "settings: HARK_PORT cannot be read as u16; BLANK is not set; MISSING is not set");
    }
}
