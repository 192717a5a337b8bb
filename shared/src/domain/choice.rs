//! What a person can tap under an answer, and how the same is said in words where nothing can be tapped.

use serde::{Deserialize, Serialize};

use super::{language::Language, message::InboundMessage, private::Private, text::plain};

/// Most buttons under one message (Meta, "Interactive reply buttons messages").
pub const MAX_BUTTONS: usize = 3;
/// Longest title of a button, in characters (likewise).
pub const MAX_TITLE: usize = 20;

/// What a person decides about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It is right as it is.
    Ok,
    /// Something in it is to be changed; what, comes next.
    Change,
    /// It is to be withdrawn, or brought back if it was.
    Undo,
}

/// Words that mean a choice when they are the whole message: small, without accents and punctuation.
const WORDS: [(Choice, &[&str]); 3] = [
    (Choice::Ok, &["1", "ok", "okay", "correct", "passt", "stimmt", "dobrze", "zgadza sie"]),
    (Choice::Change, &["2", "change", "edit", "andern", "korrigieren", "zmien", "popraw"]),
    (
        Choice::Undo,
        &[
            "3",
            "undo",
            "bring back",
            "ruckgangig",
            "ruckgangig machen",
            "zurucknehmen",
            "zuruckholen",
            "cofnij",
            "przywroc",
        ],
    ),
];

impl Choice {
    const ALL: [Self; 3] = [Self::Ok, Self::Change, Self::Undo];

    /// The id that its button carries.
    #[must_use]
    pub const fn button_id(self) -> &'static str {
        match self {
            Self::Ok => "hark-ok",
            Self::Change => "hark-change",
            Self::Undo => "hark-undo",
        }
    }

    /// The choice of a tapped button of ours.
    #[must_use]
    pub fn of_button(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.button_id() == id)
    }

    /// The choice that a text is, if it is nothing else.
    #[must_use]
    pub fn of_words(text: &str) -> Option<Self> {
        let said = plain(text);
        WORDS.iter().find(|(_, words)| words.contains(&said.as_str())).map(|(choice, _)| *choice)
    }

    /// The choice that a message is: a tapped button, or its number or word and nothing beside it.
    #[must_use]
    pub fn of_message(message: &InboundMessage) -> Option<Self> {
        if !message.media.is_empty() || message.location.is_some() {
            return None;
        }
        match &message.button {
            Some(id) => Self::of_button(id.expose()),
            None => Self::of_words(message.text.expose()),
        }
    }
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What tapping it means.
    pub choice: Choice,
    /// What stands on it, at most [`MAX_TITLE`] characters.
    pub title: String,
}

/// The buttons under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// One to [`MAX_BUTTONS`], with titles that differ.
    pub buttons: Vec<Button>,
    /// What is said below the message where it can have no buttons.
    pub in_words: String,
}

impl Choices {
    /// For a record that was just filed or changed.
    #[must_use]
    pub fn of_record(language: Language) -> Self {
        let (ok, change, undo, in_words) = match language {
            Language::En => ("OK", "Change", "Undo", "Reply 1 = OK, 2 = change, 3 = undo"),
            Language::De => ("OK", "Ändern", "Rückgängig", "Antworte 1 = OK, 2 = ändern, 3 = rückgängig"),
            Language::Pl => ("OK", "Zmień", "Cofnij", "Odpisz 1 = OK, 2 = zmień, 3 = cofnij"),
        };
        let buttons = [(Choice::Ok, ok), (Choice::Change, change), (Choice::Undo, undo)];
        Self::new(&buttons, in_words)
    }

    /// For a record that was just withdrawn.
    #[must_use]
    pub fn of_withdrawn(language: Language) -> Self {
        let (undo, in_words) = match language {
            Language::En => ("Bring back", "Reply 3 to bring it back"),
            Language::De => ("Zurückholen", "Antworte 3, um es zurückzuholen"),
            Language::Pl => ("Przywróć", "Odpisz 3, aby przywrócić"),
        };
        Self::new(&[(Choice::Undo, undo)], in_words)
    }

    fn new(buttons: &[(Choice, &str)], in_words: &str) -> Self {
        let button = |&(choice, title): &(Choice, &str)| Button { choice, title: title.to_owned() };
        Self { buttons: buttons.iter().map(button).collect(), in_words: in_words.to_owned() }
    }

    /// A message's body with what stands in for its buttons.
    #[must_use]
    pub fn below(&self, body: &str) -> Private<String> {
        Private::new(format!("{body}\n\n{}", self.in_words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_word_alone_is_a_choice_in_each_language() {
        for (text, choice) in [
            ("1", Choice::Ok),
            (" OK! ", Choice::Ok),
            ("Ändern", Choice::Change),
            ("zmień", Choice::Change),
            ("2.", Choice::Change),
            ("Undo", Choice::Undo),
            ("rückgängig", Choice::Undo),
            ("Przywróć", Choice::Undo),
        ] {
            assert_eq!(Choice::of_words(text), Some(choice), "{text}");
        }
        for text in ["", "12", "1 pipe", "ok, order two pipes", "Undo the screws", "change the valve"] {
            assert_eq!(Choice::of_words(text), None, "{text}");
        }
    }

    #[test]
    fn buttons_keep_the_limits_of_the_channel() {
        for language in [Language::En, Language::De, Language::Pl] {
            for choices in [Choices::of_record(language), Choices::of_withdrawn(language)] {
                assert!((1..=MAX_BUTTONS).contains(&choices.buttons.len()));
                for button in &choices.buttons {
                    assert!((1..=MAX_TITLE).contains(&button.title.chars().count()), "{}", button.title);
                    assert_eq!(Choice::of_button(button.choice.button_id()), Some(button.choice));
                    assert_eq!(Choice::of_words(&button.title), Some(button.choice), "{}", button.title);
                }
            }
        }
    }
}
