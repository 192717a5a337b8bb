//! What the page of the company's prompt says.

/// The texts of one language.
pub(crate) struct Prompts {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) prompt: &'static str,
    pub(crate) try_on: &'static str,
    pub(crate) try_it: &'static str,
    pub(crate) nothing_to_try: &'static str,
    pub(crate) waits: &'static str,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) use_it: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) changed_meanwhile: &'static str,
}

pub(super) const EN: Prompts = Prompts {
    title: "What the model is told",
    about: "Beside Hark's own instructions, with every note of your company: what matters to you, what things are called. It is used only after it was tried on one of your notes; nothing is filed by that, and nobody is told.",
    prompt: "Your company's words to the model",
    try_on: "Try it on",
    try_it: "Try it",
    nothing_to_try: "There is no note yet that it could be tried on.",
    waits: "It is being tried.",
    before: "What was made of the note",
    after: "What would be made of it",
    use_it: "Use it from now on",
    saved: "It is used from now on, within a minute.",
    changed_meanwhile: "Somebody else changed it meanwhile. Nothing was overwritten; try yours again to see both.",
};

pub(super) const DE: Prompts = Prompts {
    title: "Was dem Modell gesagt wird",
    about: "Neben Harks eigenen Anweisungen, bei jeder Notiz Ihres Betriebs: was Ihnen wichtig ist, wie Dinge heißen. Es gilt erst, nachdem es an einer Ihrer Notizen ausprobiert wurde; dabei wird nichts abgelegt und niemand benachrichtigt.",
    prompt: "Worte Ihres Betriebs an das Modell",
    try_on: "Ausprobieren an",
    try_it: "Ausprobieren",
    nothing_to_try: "Es gibt noch keine Notiz, an der man es ausprobieren könnte.",
    waits: "Es wird ausprobiert.",
    before: "Was aus der Notiz gemacht wurde",
    after: "Was daraus würde",
    use_it: "Ab jetzt verwenden",
    saved: "Es gilt ab jetzt, innerhalb einer Minute.",
    changed_meanwhile: "Jemand anderes hat es inzwischen geändert. Nichts wurde überschrieben; probieren Sie Ihres noch einmal aus, um beides zu sehen.",
};

pub(super) const PL: Prompts = Prompts {
    title: "Co słyszy model",
    about: "Oprócz własnych instrukcji Harka, przy każdej notatce Twojej firmy: co jest ważne, jak co się nazywa. Działa dopiero po wypróbowaniu na jednej z Twoich notatek; niczego to nie zapisuje i nikogo nie powiadamia.",
    prompt: "Słowa firmy do modelu",
    try_on: "Wypróbuj na",
    try_it: "Wypróbuj",
    nothing_to_try: "Nie ma jeszcze notatki, na której można to wypróbować.",
    waits: "Trwa próba.",
    before: "Co powstało z notatki",
    after: "Co by z niej powstało",
    use_it: "Używaj od teraz",
    saved: "Działa od teraz, w ciągu minuty.",
    changed_meanwhile: "Ktoś inny zmienił to w międzyczasie. Nic nie zostało nadpisane; wypróbuj swoje jeszcze raz, aby zobaczyć oba.",
};
