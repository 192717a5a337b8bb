//! What the page of API keys says.

/// The texts of one language.
pub(crate) struct Keys {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) made: &'static str,
    pub(crate) allows: &'static str,
    pub(crate) days: &'static str,
    pub(crate) make: &'static str,
    pub(crate) id: &'static str,
    pub(crate) since: &'static str,
    pub(crate) used: &'static str,
    pub(crate) end: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) active: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) revoked: &'static str,
    pub(crate) scopes: [&'static str; 4],
}

pub(super) const EN: Keys = Keys {
    title: "API keys",
    about: "With a key, your own software reads records and files. Two can be in use at once: make the new one, change over, then end the old one.",
    made: "This is the new key. It is shown this once: copy it now.",
    allows: "It may",
    days: "Ends after days (empty: never)",
    make: "Make a key",
    id: "Key",
    since: "Made",
    used: "Last used",
    end: "End",
    too_many: "Two keys are in use already. End one of them first.",
    active: "In use",
    expired: "Expired",
    revoked: "Ended",
    scopes: ["read files", "read records", "read and change records", "do everything"],
};

pub(super) const DE: Keys = Keys {
    title: "API-Schlüssel",
    about: "Mit einem Schlüssel liest Ihre eigene Software Einträge und Dateien. Zwei können zugleich gelten: den neuen machen, umstellen, den alten beenden.",
    made: "Das ist der neue Schlüssel. Er wird nur dieses eine Mal gezeigt: jetzt kopieren.",
    allows: "Er darf",
    days: "Endet nach Tagen (leer: nie)",
    make: "Schlüssel machen",
    id: "Schlüssel",
    since: "Gemacht",
    used: "Zuletzt benutzt",
    end: "Beenden",
    too_many: "Es gelten schon zwei Schlüssel. Erst einen davon beenden.",
    active: "Gilt",
    expired: "Abgelaufen",
    revoked: "Beendet",
    scopes: ["Dateien lesen", "Einträge lesen", "Einträge lesen und ändern", "alles"],
};

pub(super) const PL: Keys = Keys {
    title: "Klucze API",
    about: "Z kluczem Wasze własne oprogramowanie czyta zapisy i pliki. Dwa mogą działać naraz: utwórz nowy, przełącz, zakończ stary.",
    made: "To jest nowy klucz. Pokazujemy go tylko ten jeden raz: skopiuj go teraz.",
    allows: "Pozwala",
    days: "Kończy się po dniach (puste: nigdy)",
    make: "Utwórz klucz",
    id: "Klucz",
    since: "Utworzono",
    used: "Ostatnio użyto",
    end: "Zakończ",
    too_many: "Działają już dwa klucze. Najpierw zakończ jeden z nich.",
    active: "Działa",
    expired: "Wygasł",
    revoked: "Zakończony",
    scopes: ["czytać pliki", "czytać zapisy", "czytać i zmieniać zapisy", "wszystko"],
};
