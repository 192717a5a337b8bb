//! Companies and their people: enough senders that no phone stands out, and for each spoken note a phone of its own, so
//! that its answer is known by the phone: all of them carry the same recording.

use serde_json::{Value, json};

/// How many people type in each company.
const PEOPLE: u32 = 40;
/// Of so many notes one is spoken.
const SPOKEN_ONE_IN: u32 = 50;
/// Which of them.
const SPOKEN_IS: u32 = 7;
/// After so many notes the order in which companies send changes.
const ORDER_LASTS: u32 = 100;

/// Who may send.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    /// How many companies there are.
    pub companies: u32,
    /// Notes have numbers below this.
    pub notes: u32,
}

impl Cast {
    /// The directory, with everybody who sends one of the notes.
    #[must_use]
    pub fn customers(&self) -> String {
        let typing = (0..self.companies)
            .flat_map(|company| (0..PEOPLE).map(move |n| entry(company, &typist(company, n))));
        let speaking = (0..self.notes)
            .filter(|number| is_spoken(*number))
            .map(|number| entry(self.company_of(number), &speaker(number)));
        json!({ "customers": typing.chain(speaking).collect::<Vec<_>>() }).to_string()
    }

    /// Whose the note with this number is. Notes come in two orders that take turns: company beside company, and one
    /// company after the other.
    #[must_use]
    pub const fn company_of(&self, number: u32) -> u32 {
        if (number / ORDER_LASTS).is_multiple_of(2) {
            number % self.companies
        } else {
            number % ORDER_LASTS * self.companies / ORDER_LASTS
        }
    }

    /// Who sends the note with this number.
    #[must_use]
    pub fn sender_of(&self, number: u32) -> String {
        if is_spoken(number) {
            speaker(number)
        } else {
            typist(self.company_of(number), number / self.companies % PEOPLE)
        }
    }

    /// All phones.
    #[must_use]
    pub fn phones(&self) -> Vec<String> {
        let typing = (0..self.companies).flat_map(|company| (0..PEOPLE).map(move |n| typist(company, n)));
        let speaking = (0..self.notes).filter(|number| is_spoken(*number)).map(speaker);
        typing.chain(speaking).collect()
    }
}

/// Whether the note with this number is spoken.
#[must_use]
pub const fn is_spoken(number: u32) -> bool {
    number % SPOKEN_ONE_IN == SPOKEN_IS
}

/// The id of a company.
#[must_use]
pub fn company(number: u32) -> String {
    format!("load-{number}")
}

/// The n-th person of a company who types.
#[must_use]
pub fn typist(company: u32, n: u32) -> String {
    format!("whatsapp:+49151{company:02}{n:06}")
}

fn speaker(number: u32) -> String {
    format!("whatsapp:+49152{number:08}")
}

fn entry(of: u32, phone: &str) -> Value {
    json!({
        "customer_id": phone.trim_start_matches("whatsapp:+"),
        "phone_number": phone,
        "company_id": company(of),
        "company_name": format!("Load {of}"),
    })
}
