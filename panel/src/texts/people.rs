//! What the pages of people and of what was said with each say.

use super::Said;

/// The texts of one language.
pub(crate) struct People {
    pub(crate) title: &'static str,
    pub(crate) message: &'static str,
    pub(crate) send: &'static str,
    pub(crate) to_colleagues: &'static str,
    pub(crate) among: &'static str,
    pub(crate) by_phone: &'static str,
    pub(crate) after_call: &'static str,
    pub(crate) has_stopped: &'static str,
    pub(crate) window_open: &'static str,
    pub(crate) window_closed: &'static str,
    pub(crate) outside_window: Said,
    pub(crate) not_sendable: Said,
    pub(crate) no_file_in_template: Said,
    pub(crate) send_along: &'static str,
    pub(crate) take_over: &'static str,
    pub(crate) hand_back: &'static str,
    pub(crate) answers_instead: &'static str,
}

pub(super) const EN: People = People {
    title: "People",
    message: "Message",
    send: "Send",
    to_colleagues: "To colleagues only",
    among: "among colleagues",
    by_phone: "by phone",
    after_call: "after a call",
    has_stopped: "This person said STOP. Nothing reaches them until they say START.",
    window_open: "WhatsApp delivers free words for another",
    window_closed: "The last message is more than 24 hours old. WhatsApp delivers nothing but the approved template now.",
    outside_window: (
        "WhatsApp would not deliver this",
        "The last message is more than 24 hours old, and no template is set up (TWILIO_TEMPLATE_SID). Call, or wait until they write.",
    ),
    not_sendable: ("This file cannot be sent", "Photos (JPEG, PNG) and PDF can, of at most 4 MB."),
    no_file_in_template: (
        "A file cannot go now",
        "The last message is more than 24 hours old; the approved template takes words only. Send it without the file.",
    ),
    send_along: "Photo or PDF (optional)",
    take_over: "Answer yourself",
    hand_back: "Let Hark answer again",
    answers_instead: "Answered by",
};

pub(super) const DE: People = People {
    title: "Personen",
    message: "Nachricht",
    send: "Senden",
    to_colleagues: "Nur an Kollegen",
    among: "unter Kollegen",
    by_phone: "am Telefon",
    after_call: "nach einem Anruf",
    has_stopped: "Diese Person hat STOP gesagt. Nichts erreicht sie, bis sie START sagt.",
    window_open: "WhatsApp stellt freie Worte noch zu für",
    window_closed: "Die letzte Nachricht ist über 24 Stunden alt. WhatsApp stellt jetzt nur noch die genehmigte Vorlage zu.",
    outside_window: (
        "WhatsApp würde das nicht zustellen",
        "Die letzte Nachricht ist über 24 Stunden alt, und es ist keine Vorlage eingerichtet (TWILIO_TEMPLATE_SID). Rufen Sie an, oder warten Sie, bis die Person schreibt.",
    ),
    not_sendable: ("Diese Datei kann nicht gesendet werden", "Fotos (JPEG, PNG) und PDF gehen, bis 4 MB."),
    no_file_in_template: (
        "Eine Datei kann jetzt nicht mit",
        "Die letzte Nachricht ist über 24 Stunden alt; die genehmigte Vorlage nimmt nur Worte. Senden Sie es ohne die Datei.",
    ),
    send_along: "Foto oder PDF (freiwillig)",
    take_over: "Selbst antworten",
    hand_back: "Hark wieder antworten lassen",
    answers_instead: "Es antwortet",
};

pub(super) const PL: People = People {
    title: "Osoby",
    message: "Wiadomość",
    send: "Wyślij",
    to_colleagues: "Tylko do współpracowników",
    among: "między współpracownikami",
    by_phone: "przez telefon",
    after_call: "po rozmowie",
    has_stopped: "Ta osoba napisała STOP. Nic do niej nie dotrze, dopóki nie napisze START.",
    window_open: "WhatsApp dostarczy zwykłe wiadomości jeszcze przez",
    window_closed: "Ostatnia wiadomość ma ponad 24 godziny. WhatsApp dostarczy teraz tylko zatwierdzony szablon.",
    outside_window: (
        "WhatsApp by tego nie dostarczył",
        "Ostatnia wiadomość ma ponad 24 godziny, a szablon nie jest ustawiony (TWILIO_TEMPLATE_SID). Zadzwoń albo poczekaj, aż ta osoba napisze.",
    ),
    not_sendable: ("Tego pliku nie można wysłać", "Można wysłać zdjęcia (JPEG, PNG) i PDF, do 4 MB."),
    no_file_in_template: (
        "Plik nie może teraz zostać wysłany",
        "Ostatnia wiadomość ma ponad 24 godziny; zatwierdzony szablon przyjmuje tylko słowa. Wyślij bez pliku.",
    ),
    send_along: "Zdjęcie lub PDF (opcjonalnie)",
    take_over: "Odpowiadaj samodzielnie",
    hand_back: "Niech Hark znów odpowiada",
    answers_instead: "Odpowiada",
};
