//! The phrases that callers say, in each language, and what each means.

use shared::domain::language::Language;

use super::Command;

/// One meaning and the phrases for it.
pub(super) type Phrases = (fn() -> Command, &'static [&'static str]);

const ENGLISH: &[Phrases] = &[
    (
        || Command::Next,
        &[
            "next",
            "next message",
            "next one",
            "go on",
            "continue",
            "read",
            "read them",
            "read it",
            "read messages",
            "read the messages",
            "first message",
            "start",
        ],
    ),
    (
        || Command::Repeat,
        &["repeat", "again", "once more", "repeat that", "say again", "say that again", "pardon"],
    ),
    (|| Command::Skip, &["skip", "skip it", "skip this", "skip that", "later"]),
    (|| Command::Reply(None), &["reply", "answer", "respond"]),
    (|| Command::NewNote, &["new note", "note", "record", "record a note", "leave a note", "new message"]),
    (
        || Command::TextMe,
        &["text me", "send me a text", "send it to me", "send as text", "text it", "text it to me"],
    ),
    (|| Command::Help, &["help", "options", "what can i say", "menu"]),
    (
        || Command::Yes,
        &[
            "yes",
            "yeah",
            "yep",
            "sure",
            "correct",
            "send",
            "send it",
            "ok",
            "okay",
            "do it",
            "please do",
            "go ahead",
        ],
    ),
    (|| Command::No, &["no", "nope", "cancel", "stop it", "never mind", "do not send", "don't send", "not"]),
    (|| Command::Wait, &["stop", "wait", "hold on", "one moment", "quiet"]),
    (
        || Command::Done,
        &[
            "done",
            "bye",
            "goodbye",
            "good bye",
            "bye bye",
            "hang up",
            "that is all",
            "that's all",
            "end",
            "stop",
            "finished",
            "quit",
            "nothing",
            "nothing else",
        ],
    ),
];

const GERMAN: &[Phrases] = &[
    (
        || Command::Next,
        &[
            "weiter",
            "nächste",
            "nächste nachricht",
            "die nächste",
            "die nächste nachricht",
            "vorlesen",
            "lies vor",
            "lesen",
            "mach weiter",
            "erste nachricht",
            "los",
        ],
    ),
    (
        || Command::Repeat,
        &[
            "nochmal",
            "noch mal",
            "noch einmal",
            "wiederholen",
            "wiederhole",
            "wiederhole das",
            "wie bitte",
            "wiederholung",
        ],
    ),
    (|| Command::Skip, &["überspringen", "überspring", "überspringe", "später", "auslassen"]),
    (|| Command::Reply(None), &["antworten", "antworte", "antwort"]),
    (
        || Command::NewNote,
        &[
            "neue notiz",
            "notiz",
            "aufnehmen",
            "aufnahme",
            "neue nachricht",
            "neuer auftrag",
            "neue notiz aufnehmen",
        ],
    ),
    (
        || Command::TextMe,
        &[
            "schick mir das",
            "schick es mir",
            "als sms",
            "als text",
            "als nachricht",
            "schick mir eine sms",
            "schicken",
        ],
    ),
    (|| Command::Help, &["hilfe", "was kann ich sagen", "menü", "optionen"]),
    (
        || Command::Yes,
        &[
            "ja",
            "jawohl",
            "genau",
            "richtig",
            "stimmt",
            "senden",
            "abschicken",
            "ok",
            "okay",
            "gerne",
            "passt",
        ],
    ),
    (
        || Command::No,
        &["nein", "nee", "abbrechen", "abbruch", "nicht senden", "nicht abschicken", "doch nicht"],
    ),
    (
        || Command::Done,
        &[
            "fertig",
            "ende",
            "beenden",
            "tschüss",
            "tschüß",
            "tschüs",
            "ciao",
            "auf wiederhören",
            "auf wiedersehen",
            "wiederhören",
            "auflegen",
            "das war's",
            "das wars",
            "das war alles",
            "stopp",
            "stop",
            "schluss",
            "nichts",
            "nichts mehr",
            "bis dann",
            "bis bald",
        ],
    ),
];

const POLISH: &[Phrases] = &[
    (
        || Command::Next,
        &[
            "dalej",
            "następna",
            "następną",
            "następna wiadomość",
            "czytaj",
            "przeczytaj",
            "kolejna",
            "kolejna wiadomość",
        ],
    ),
    (|| Command::Repeat, &["powtórz", "jeszcze raz", "powtórzyć", "słucham"]),
    (|| Command::Skip, &["pomiń", "pomijam", "później", "pominąć"]),
    (|| Command::Reply(None), &["odpowiedz", "odpowiedź", "odpowiedzieć", "odpisz"]),
    (|| Command::NewNote, &["nowa notatka", "notatka", "nagraj", "nagranie", "nową notatkę"]),
    (|| Command::TextMe, &["wyślij mi", "wyślij mi to", "esemes", "sms", "jako sms", "wyślij mi sms"]),
    (|| Command::Help, &["pomoc", "opcje", "co mogę powiedzieć", "menu"]),
    // "No" agrees in Polish.
    (
        || Command::Yes,
        &["tak", "no", "no tak", "dobrze", "zgadza się", "wyślij", "okej", "ok", "jasne", "proszę wysłać"],
    ),
    (|| Command::No, &["nie", "anuluj", "nie wysyłaj", "rezygnuję"]),
    (|| Command::Wait, &["stop", "czekaj", "chwileczkę", "moment"]),
    (
        || Command::Done,
        &[
            "koniec",
            "gotowe",
            "do widzenia",
            "do usłyszenia",
            "zakończ",
            "rozłącz",
            "rozłącz się",
            "pa",
            "pa pa",
            "to wszystko",
            "stop",
            "nic",
            "nic więcej",
            "cześć",
        ],
    ),
];

/// What stands beside a command and changes nothing.
pub(super) const COURTESY: [&str; 26] = [
    "please",
    "thanks",
    "thank",
    "you",
    "well",
    "then",
    "so",
    "now",
    "hello",
    "bitte",
    "danke",
    "schön",
    "gut",
    "also",
    "dann",
    "jetzt",
    "mal",
    "hallo",
    "sehr",
    "vielen",
    "dank",
    "proszę",
    "dziękuję",
    "bardzo",
    "teraz",
    "to",
];

/// What a reply begins with whose words are said along.
pub(super) const REPLIES: [(Language, &[&str]); 3] = [
    (Language::En, &["reply", "answer", "respond"]),
    (Language::De, &["antworte", "antwort", "antworten"]),
    (Language::Pl, &["odpowiedz", "odpowiedź", "odpisz"]),
];

/// Those of a language.
pub(super) const fn table(language: Language) -> &'static [Phrases] {
    match language {
        Language::En => ENGLISH,
        Language::De => GERMAN,
        Language::Pl => POLISH,
    }
}
