//! The words of the replies, in each language.

use crate::domain::{
    aside::Aside,
    identity::Channel,
    language::Language,
    note::{MediaLoss, Unheard},
};

/// One language's words.
pub(super) struct Words {
    pub(super) heard: &'static str,
    pub(super) quotes: (char, char),
    pub(super) filed_job: &'static str,
    pub(super) filed_document: &'static str,
    pub(super) filed_other: &'static str,
    pub(super) stored: &'static str,
    pub(super) not_understood: &'static str,
    pub(super) failed: &'static str,
    pub(super) working_on_it: &'static str,
    pub(super) waits: &'static str,
    pub(super) changed: &'static str,
    pub(super) unchanged: &'static str,
    pub(super) by_office: &'static str,
    pub(super) remarked: &'static str,
    pub(super) joined: &'static str,
    pub(super) withdrawn: &'static str,
    pub(super) restored: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) asked: &'static str,
    pub(super) started: &'static str,
    welcome: &'static str,
    stopped: &'static str,
    /// The word that ends it follows.
    help: &'static str,
    no_such_command: &'static str,
    nothing_to_take: &'static str,
    edited: &'static str,
    more: (&'static str, &'static str),
    silent: &'static str,
    no_speech: &'static str,
    too_long: &'static str,
    untranscribable: ByChannel,
    not_audio: &'static str,
    pub(super) unwatched: &'static str,
    gone: &'static str,
    too_large: ByChannel,
}

/// What is said on WhatsApp, on Telegram, and where nothing can be recorded but a call.
type ByChannel = [&'static str; 3];

impl Words {
    /// Says that `count` more items stand in the record.
    pub(super) fn more(&self, count: usize) -> String {
        format!("{}{count}{}", self.more.0, self.more.1)
    }

    /// Answers what was said to Hark itself.
    pub(super) fn aside(&self, aside: Aside, channel: Channel) -> String {
        let stop = if channel == Channel::Telegram { "/stop" } else { "STOP" };
        match aside {
            Aside::Welcome => self.welcome.to_owned(),
            Aside::Stopped => self.stopped.to_owned(),
            Aside::Help => format!("{} {stop}.", self.help),
            Aside::NoSuchCommand => self.no_such_command.to_owned(),
            Aside::Edited => self.edited.to_owned(),
            Aside::NothingToTake => self.nothing_to_take.to_owned(),
        }
    }

    /// Says why a recording gave no words, and what to do.
    pub(super) fn unheard(&self, reason: Unheard, channel: Channel) -> &'static str {
        let on = |[whatsapp, telegram, on_the_line]: ByChannel| match channel {
            Channel::WhatsApp => whatsapp,
            Channel::Telegram => telegram,
            Channel::Sms | Channel::Phone => on_the_line,
        };
        match reason {
            Unheard::Silent | Unheard::TooShort => self.silent,
            Unheard::NoSpeech => self.no_speech,
            Unheard::TooLong => self.too_long,
            Unheard::Untranscribable => on(self.untranscribable),
            Unheard::NotAudio => self.not_audio,
            Unheard::Lost(MediaLoss::TooLarge) => on(self.too_large),
            Unheard::Lost(MediaLoss::Gone | MediaLoss::AddressNotAllowed | MediaLoss::Unavailable) => {
                self.gone
            }
            Unheard::AiOff => self.stored,
        }
    }
}

pub(super) const fn words(language: Language) -> Words {
    match language {
        Language::En => ENGLISH,
        Language::De => GERMAN,
        Language::Pl => POLISH,
    }
}

const ENGLISH: Words = Words {
    heard: "Heard:",
    quotes: ('“', '”'),
    filed_job: "*Filed as a job:*",
    filed_document: "*Filed as knowledge:*",
    filed_other: "Filed with your messages. I found neither a job nor anything to keep as knowledge in this one.",
    stored: "Stored for your office.",
    not_understood: "Stored for your office. I could not sort it by myself, so somebody there will read it.",
    failed: "Sorry, something went wrong on our side and your message could not be filed. It is stored. \
             Please send it again in a few minutes, or tell your office.",
    working_on_it: "I am working on your message. It takes a little longer than usual.",
    waits: "Your message is stored and waits its turn: there are more messages than can be worked on just now. You get \
            your answer as soon as it is done, nothing is lost.",
    changed: "*Changed:*",
    unchanged: "*As before:*",
    by_office: "Your office looked at your record.",
    remarked: "I kept your words with the record, but I could not tell what to change by them. Somebody at your office \
               will read it. You can also say it in other words.",
    joined: "*Added to:*",
    withdrawn: "*Withdrawn, your office does not see it any more:*",
    restored: "*Back again:*",
    confirmed: "Confirmed, thank you.",
    asked: "What shall I change? Write it or say it.",
    started: "You hear from me again from now on.",
    welcome: "Welcome! Send me a voice message or type what is to be done or kept, with photos if you like. You get \
             back what I understood and filed for your office, and you can correct it.",
    stopped: "You get nothing from here any more. Send /start to go on.",
    help: "Send me a voice message, a text, a photo, a file or a place: I file it for your office and write back \
           what I understood. If something is wrong, tap Change or answer my message. To get nothing from here any \
           more, send",
    no_such_command: "I only know /start, /help and /stop, so that was not filed: send a note without the slash.",
    nothing_to_take: "I can take words, voice, photos and files.",
    edited: "What you change in a message after sending it does not reach its record. Send what is different as an \
             answer to mine, or as a new message.",
    more: ("… and ", " more in the record"),
    silent: "I could not hear anything in your recording. Please record it again closer to the microphone, or \
             type it.",
    no_speech: "I could not make out any words in your recording. Please record it again, or type it.",
    too_long: "Your recording is longer than 60 minutes, so I did not transcribe it. The original is stored for \
               your office. Please send it in shorter parts.",
    untranscribable: [
        "Your recording is stored, but I cannot transcribe this format. Please send it again as a WhatsApp voice message.",
        "Your recording is stored, but I cannot transcribe this format. Please send it again as a voice message.",
        "Your recording is stored, but I cannot transcribe this format. Please say it again, or write it.",
    ],
    not_audio: "I could not open your recording. Please record it again, or type it.",
    unwatched: "I keep your video, but I cannot listen to it. What you say in it, please send as a voice message.",
    gone: "Your file could not be fetched. Please send it again.",
    too_large: [
        "Your file is too large (more than 16 MB). Please send a smaller one.",
        "Your file is too large (more than 20 MB). Please send a smaller one.",
        "Your file is too large (more than 16 MB). Please send a smaller one.",
    ],
};

const GERMAN: Words = Words {
    heard: "Gehört:",
    quotes: ('„', '“'),
    filed_job: "*Als Auftrag abgelegt:*",
    filed_document: "*Als Wissen abgelegt:*",
    filed_other: "Bei deinen Nachrichten abgelegt. Ich habe darin weder einen Auftrag noch etwas zum Merken gefunden.",
    stored: "Für dein Büro gespeichert.",
    not_understood: "Für dein Büro gespeichert. Ich konnte es nicht selbst zuordnen; im Büro liest es jemand.",
    failed: "Entschuldigung, bei uns ist etwas schiefgegangen und deine Nachricht konnte nicht abgelegt werden. \
             Sie ist gespeichert. Bitte schicke sie in ein paar Minuten noch einmal, oder sag im Büro Bescheid.",
    working_on_it: "Ich arbeite an deiner Nachricht. Es dauert etwas länger als sonst.",
    waits: "Deine Nachricht ist gespeichert und wartet, bis sie an der Reihe ist: Es sind gerade mehr Nachrichten, als \
            bearbeitet werden können. Du bekommst deine Antwort, sobald sie fertig ist; nichts geht verloren.",
    changed: "*Geändert:*",
    unchanged: "*Wie zuvor:*",
    by_office: "Dein Büro hat sich deinen Eintrag angesehen.",
    remarked: "Ich habe deine Worte beim Eintrag abgelegt, konnte aber nicht erkennen, was zu ändern ist. Im Büro liest \
               es jemand. Du kannst es auch anders sagen.",
    joined: "*Ergänzt:*",
    withdrawn: "*Zurückgenommen, dein Büro sieht es nicht mehr:*",
    restored: "*Wieder da:*",
    confirmed: "Bestätigt, danke.",
    asked: "Was soll ich ändern? Schreib es oder sag es.",
    started: "Ab jetzt hörst du wieder von mir.",
    welcome: "Willkommen! Schick mir eine Sprachnachricht oder schreib, was zu tun oder zu merken ist, gern mit \
             Fotos. Du bekommst zurück, was ich verstanden und für dein Büro abgelegt habe, und kannst es \
              berichtigen.",
    stopped: "Du bekommst von hier nichts mehr. Schick /start, wenn es weitergehen soll.",
    help: "Schick mir eine Sprachnachricht, einen Text, ein Foto, eine Datei oder einen Ort: Ich lege es für dein \
           Büro ab und schreibe dir, was ich verstanden habe. Stimmt etwas nicht, tippe auf Ändern oder antworte \
           auf meine Nachricht. Willst du von hier nichts mehr bekommen, schick",
    no_such_command: "Ich kenne nur /start, /help und /stop, das wurde also nicht abgelegt: Schick eine Notiz ohne \
                      den Schrägstrich.",
    nothing_to_take: "Ich kann Text, Sprache, Fotos und Dateien annehmen.",
    edited: "Was du an einer gesendeten Nachricht änderst, kommt nicht in den Eintrag. Schick, was anders ist, als Antwort \
             auf meine oder als neue Nachricht.",
    more: ("… und ", " weitere im Eintrag"),
    silent: "Ich konnte in deiner Aufnahme nichts hören. Bitte nimm sie näher am Mikrofon noch einmal auf oder \
             schreib mir.",
    no_speech: "Ich konnte in deiner Aufnahme keine Worte verstehen. Bitte nimm sie noch einmal auf oder schreib \
                mir.",
    too_long: "Deine Aufnahme ist länger als 60 Minuten, deshalb habe ich sie nicht in Text umgewandelt. Das Original \
               ist für dein Büro gespeichert. Bitte schicke sie in kürzeren Teilen.",
    untranscribable: [
        "Deine Aufnahme ist gespeichert, aber dieses Format kann ich nicht in Text umwandeln. Bitte schicke sie noch \
         einmal als WhatsApp-Sprachnachricht.",
        "Deine Aufnahme ist gespeichert, aber dieses Format kann ich nicht in Text umwandeln. Bitte schicke sie noch \
         einmal als Sprachnachricht.",
        "Deine Aufnahme ist gespeichert, aber dieses Format kann ich nicht in Text umwandeln. Bitte sag es noch einmal \
         oder schreib es.",
    ],
    not_audio: "Ich konnte deine Aufnahme nicht öffnen. Bitte nimm sie noch einmal auf oder schreib mir.",
    unwatched: "Ich bewahre dein Video auf, kann es aber nicht anhören. Was du darin sagst, schick bitte als Sprachnachricht.",
    gone: "Deine Datei konnte nicht abgerufen werden. Bitte schicke sie noch einmal.",
    too_large: [
        "Deine Datei ist zu groß (mehr als 16 MB). Bitte schicke eine kleinere.",
        "Deine Datei ist zu groß (mehr als 20 MB). Bitte schicke eine kleinere.",
        "Deine Datei ist zu groß (mehr als 16 MB). Bitte schicke eine kleinere.",
    ],
};

const POLISH: Words = Words {
    heard: "Usłyszano:",
    quotes: ('„', '”'),
    filed_job: "*Zapisano jako zlecenie:*",
    filed_document: "*Zapisano jako wiedzę:*",
    filed_other: "Zapisano wśród Twoich wiadomości. W tej nie ma zlecenia ani wiedzy do zachowania.",
    stored: "Zapisano dla Twojego biura.",
    not_understood: "Zapisano dla Twojego biura. Nie udało się tego przyporządkować; ktoś w biurze to przeczyta.",
    failed: "Przepraszamy, coś poszło nie tak po naszej stronie i wiadomość nie została przetworzona. Jest \
             zapisana. Wyślij ją ponownie za kilka minut albo powiadom biuro.",
    working_on_it: "Twoja wiadomość jest w trakcie przetwarzania. Potrwa to trochę dłużej niż zwykle.",
    waits: "Twoja wiadomość jest zapisana i czeka na swoją kolej: jest teraz więcej wiadomości, niż można przetworzyć. \
            Odpowiedź przyjdzie, gdy będzie gotowa; nic nie zginie.",
    changed: "*Zmieniono:*",
    unchanged: "*Bez zmian:*",
    by_office: "Biuro sprawdziło Twój wpis.",
    remarked: "Twoje słowa są zapisane przy wpisie, ale nie wiadomo, co zmienić. Ktoś w biurze to przeczyta. Możesz też \
               powiedzieć to inaczej.",
    joined: "*Dodano do:*",
    withdrawn: "*Wycofano, biuro już tego nie widzi:*",
    restored: "*Przywrócono:*",
    confirmed: "Potwierdzono, dziękuję.",
    asked: "Co zmienić? Napisz albo powiedz.",
    started: "Od teraz znów będziesz dostawać wiadomości.",
    welcome: "Witaj! Wyślij wiadomość głosową albo napisz, co jest do zrobienia lub zapamiętania, możesz dodać \
             zdjęcia. W odpowiedzi zobaczysz, co udało się zrozumieć i co zapisano dla Twojego biura, i możesz to \
              poprawić.",
    stopped: "Nie dostaniesz stąd już żadnych wiadomości. Wyślij /start, aby wrócić.",
    help: "Wyślij wiadomość głosową, tekst, zdjęcie, plik albo miejsce: zapiszę to dla Twojego biura i odpiszę, co \
           udało się zrozumieć. Jeśli coś się nie zgadza, wybierz Zmień albo odpowiedz na moją wiadomość. Aby nie \
           dostawać stąd wiadomości, wyślij",
    no_such_command: "Znam tylko /start, /help i /stop, więc to nie zostało zapisane: wyślij notatkę bez ukośnika.",
    nothing_to_take: "Przyjmuję tekst, głos, zdjęcia i pliki.",
    edited: "Zmiany w wysłanej już wiadomości nie trafiają do zapisu. Napisz, co jest inaczej, w odpowiedzi na moją \
             wiadomość albo w nowej.",
    more: ("… i jeszcze ", " w zapisie"),
    silent: "W nagraniu nic nie słychać. Proszę nagrać jeszcze raz bliżej mikrofonu albo napisać.",
    no_speech: "W nagraniu nie udało się zrozumieć żadnych słów. Proszę nagrać jeszcze raz albo napisać.",
    too_long: "Nagranie jest dłuższe niż 60 minut, więc nie zostało spisane. Oryginał jest zapisany dla Twojego \
               biura. Wyślij je w krótszych częściach.",
    untranscribable: [
        "Nagranie jest zapisane, ale tego formatu nie można spisać. Wyślij je ponownie jako wiadomość głosową WhatsApp.",
        "Nagranie jest zapisane, ale tego formatu nie można spisać. Wyślij je ponownie jako wiadomość głosową.",
        "Nagranie jest zapisane, ale tego formatu nie można spisać. Powiedz to jeszcze raz albo napisz.",
    ],
    not_audio: "Nie udało się otworzyć nagrania. Proszę nagrać jeszcze raz albo napisać.",
    unwatched: "Film jest zapisany, ale nie można go odsłuchać. To, co w nim mówisz, wyślij jako wiadomość głosową.",
    gone: "Nie udało się pobrać pliku. Wyślij go jeszcze raz.",
    too_large: [
        "Plik jest za duży (ponad 16 MB). Wyślij mniejszy.",
        "Plik jest za duży (ponad 20 MB). Wyślij mniejszy.",
        "Plik jest za duży (ponad 16 MB). Wyślij mniejszy.",
    ],
};
