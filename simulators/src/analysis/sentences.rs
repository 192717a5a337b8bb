//! Cutting a text into sentences and words.

/// Words that end in a stop without ending a sentence.
const ABBREVIATIONS: &[&str] =
    &["bzw", "ca", "dr", "evtl", "ggf", "inż", "mr", "mrs", "ms", "np", "prof", "tel", "ul", "z"];
/// Words that do so before a number.
const BEFORE_NUMBERS: &[&str] = &["godz", "no", "nr", "str"];
/// Abbreviations of several letters.
const LETTERS: &[&str] = &["z.b", "z. b", "d.h", "u.a", "e.g", "i.e", "m.in", "s.c"];

/// The sentences as they stand in the text, without blanks around them.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        let next = letters.peek().map(|(_, next)| *next);
        let ends = match letter {
            '\n' => true,
            '!' | '?' | '…' | ';' => next.is_none_or(char::is_whitespace),
            '.' => {
                next.is_none_or(char::is_whitespace)
                    && !is_abbreviation(
                        text.get(start..at).unwrap_or_default(),
                        text.get(end..).unwrap_or_default(),
                    )
            }
            _ => false,
        };
        if ends {
            found.push(text.get(start..end).unwrap_or_default());
            start = end;
        }
    }
    found.push(text.get(start..).unwrap_or_default());
    found.into_iter().map(str::trim).filter(|sentence| words(sentence).next().is_some()).collect()
}

/// Whether the stop after `before` belongs to the word: `z.B. `, `Nr. 5`, `am 3. Mai`.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let Some(last) = words(before).last().filter(|word| before.ends_with(word)) else { return false };
    let is_number = last.len() <= 2 && last.bytes().all(|byte| byte.is_ascii_digit());
    let begins_a_list = is_number && before.trim() == last;
    let names_month = words(after).next().is_some_and(|next| {
        let next = next.to_lowercase();
        MONTHS.iter().any(|month| next.starts_with(month))
    });
    let before = before.to_lowercase();
    let last = last.to_lowercase();
    let goes_on_with_number = after.trim_start().starts_with(|letter: char| letter.is_ascii_digit());
    begins_a_list
        || (is_number && names_month)
        || (BEFORE_NUMBERS.contains(&last.as_str()) && goes_on_with_number)
        || ABBREVIATIONS.contains(&last.as_str())
        || LETTERS.iter().any(|letters| before.ends_with(letters))
}

/// How German and Polish months begin.
const MONTHS: &[&str] = &[
    "jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez", "sty", "lut", "mar",
    "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
];

/// The words: runs of letters and digits.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_sentences_as_they_stand() {
        assert_eq!(
            sentences("Call Mr. Green.  Bring 3.5 m of pipe!\nDone?  ok"),
            ["Call Mr. Green.", "Bring 3.5 m of pipe!", "Done?", "ok"]
        );
        assert_eq!(
            sentences("Bitte am 3. Mai z.B. Rohre bringen. Danke."),
            ["Bitte am 3. Mai z.B. Rohre bringen.", "Danke."]
        );
        assert_eq!(
            sentences("The answer is no. Take no. 5.\n1. Pipes\n2. Taps"),
            ["The answer is no.", "Take no. 5.", "1. Pipes", "2. Taps"]
        );
        assert!(sentences(" ... \n!").is_empty());
    }
}
