//! Who we are at Twilio: the account, and the addresses that people reach us by.

use std::fmt;

use shared::{
    config::Settings,
    domain::identity::{E164, Identity, InvalidAddress},
};

/// The account's SID. Not secret, but not for logs either: it names the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountSid(String);

impl AccountSid {
    /// Reads `AC` and 1 to 62 letters or digits; Twilio's own have 32 hex digits, test suites make theirs up.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let rest = raw.strip_prefix("AC")?;
        let well_formed = (1..=62).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        well_formed.then(|| Self(raw.to_owned()))
    }

    /// What stands in for one that could not be read, until the settings are refused. It belongs to nobody.
    pub(crate) fn unreadable() -> Self {
        Self("AC".to_owned())
    }

    /// The SID as text: safe in a path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccountSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountSid([private])")
    }
}

/// The account that webhooks must be for.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    /// Its SID.
    pub sid: AccountSid,
    /// Our WhatsApp number.
    pub whatsapp: Option<E164>,
    /// Our SMS number.
    pub sms: Option<E164>,
    /// Our number for calls.
    pub voice: Option<E164>,
}

impl OwnAccount {
    /// Reads `TWILIO_ACCOUNT_SID`, `TWILIO_WHATSAPP_NUMBER`, `TWILIO_SMS_NUMBER` and `TWILIO_VOICE_NUMBER`,
    /// the numbers with or without `whatsapp:`; one of the first two is needed. Faults are noted in `settings`.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let sid = settings.required("TWILIO_ACCOUNT_SID");
        let sid = AccountSid::parse(sid.trim()).unwrap_or_else(|| {
            if !sid.is_empty() {
                settings.fault("TWILIO_ACCOUNT_SID must be AC and letters or digits".to_owned());
            }
            AccountSid::unreadable()
        });
        let account = Self {
            sid,
            whatsapp: number(settings, "TWILIO_WHATSAPP_NUMBER"),
            sms: number(settings, "TWILIO_SMS_NUMBER"),
            voice: number(settings, "TWILIO_VOICE_NUMBER"),
        };
        if settings.optional("TWILIO_WHATSAPP_NUMBER").is_none()
            && settings.optional("TWILIO_SMS_NUMBER").is_none()
        {
            settings.fault("neither TWILIO_WHATSAPP_NUMBER nor TWILIO_SMS_NUMBER is set".to_owned());
        }
        account
    }

    /// Whether an identity is one of ours, on whatever channel.
    #[must_use]
    pub fn owns(&self, identity: &Identity) -> bool {
        let Identity::Phone(number) = identity else { return false };
        [&self.whatsapp, &self.sms, &self.voice].into_iter().flatten().any(|own| own == number)
    }
}

/// Reads one of our numbers, with or without `whatsapp:`.
pub(crate) fn own_number(raw: &str) -> Result<E164, InvalidAddress> {
    match Identity::parse(raw.trim())? {
        Identity::Phone(number) => Ok(number),
        Identity::BusinessScopedId(_) | Identity::Telegram(_) | Identity::Pin(_) => Err(InvalidAddress),
    }
}

fn number(settings: &mut Settings<'_>, name: &str) -> Option<E164> {
    let raw = settings.optional(name)?;
    let number = own_number(&raw).ok();
    if number.is_none() {
        settings.fault(format!("{name} is not a phone number in E.164"));
    }
    number
}
