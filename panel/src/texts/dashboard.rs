//! What the dashboard says, in one language.

/// Its texts.
pub(crate) struct Dashboard {
    pub(crate) title: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// The last 7, 30 and 90 days.
    pub(crate) last_days: [&'static str; 3],
    pub(crate) download: &'static str,
    pub(crate) in_utc: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) cut: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) half_within: &'static str,
    pub(crate) most_within: &'static str,
    pub(crate) half_spoken_within: &'static str,
    pub(crate) by_intent: &'static str,
    pub(crate) by_outcome: &'static str,
    pub(crate) waits: &'static str,
    pub(crate) no_record: &'static str,
    pub(crate) unheard: &'static str,
    pub(crate) why: &'static str,
    pub(crate) none_failed: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) senders: &'static str,
    pub(crate) table: &'static str,
    pub(crate) day: &'static str,
    pub(crate) week: &'static str,
    /// Of the day, in the downloaded table.
    pub(crate) time: &'static str,
    pub(crate) seconds: &'static str,
}
