//! Polish.

use super::Phrases;
use crate::command::Command;

pub(super) const PHRASES: &[Phrases] = &[
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
    (
        || Command::Repeat,
        &[
            "co mówiłeś",
            "co mówiłaś",
            "proszę powtórzyć",
            "co",
            "powtórz",
            "jeszcze raz",
            "powtórzyć",
            "słucham",
        ],
    ),
    (
        || Command::ReadAgain,
        &[
            "powtórz wiadomość",
            "powtórz tę wiadomość",
            "przeczytaj jeszcze raz",
            "przeczytaj ją jeszcze raz",
            "przeczytaj wiadomość jeszcze raz",
            "od początku",
        ],
    ),
    (
        || Command::Previous,
        &[
            "poprzednia",
            "poprzednią",
            "poprzednia wiadomość",
            "poprzednią wiadomość",
            "wstecz",
            "cofnij",
            "wróć",
        ],
    ),
    (
        || Command::HowMany,
        &[
            "ile wiadomości",
            "ile mam wiadomości",
            "ile mam jeszcze wiadomości",
            "ile jest wiadomości",
            "ile jest jeszcze wiadomości",
            "ile wiadomości zostało",
            "czy mam wiadomości",
            "czy mam nowe wiadomości",
            "czy są jeszcze wiadomości",
        ],
    ),
    (|| Command::Skip, &["pomiń to", "pomiń", "pomijam", "później", "pominąć"]),
    (|| Command::Reply(None), &["odpowiedz", "odpowiedź", "odpowiedzieć", "odpisz"]),
    (
        || Command::NewNote,
        &[
            "zostaw notatkę",
            "chcę nagrać notatkę",
            "chcę zostawić notatkę",
            "nagraj notatkę",
            "nowa notatka",
            "notatka",
            "nagraj",
            "nagranie",
            "nową notatkę",
        ],
    ),
    (
        || Command::TextMe,
        &[
            "wyślij mi to esemesem",
            "wyślij esemesem",
            "wyślij mi",
            "wyślij mi to",
            "esemes",
            "sms",
            "jako sms",
            "wyślij mi sms",
        ],
    ),
    (|| Command::Help, &["pomóż", "pomocy", "pomoc", "opcje", "co mogę powiedzieć", "menu"]),
    // "No" agrees in Polish.
    (
        || Command::Yes,
        &["tak", "no", "no tak", "dobrze", "zgadza się", "wyślij", "okej", "ok", "jasne", "proszę wysłać"],
    ),
    (|| Command::No, &["nie", "anuluj", "nie wysyłaj", "rezygnuję"]),
    (|| Command::Wait, &["już jestem", "jestem z powrotem", "stop", "czekaj", "chwileczkę", "moment"]),
    (
        || Command::Done,
        &[
            "to już wszystko",
            "na razie",
            "cześć pa",
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
