//! A message that somebody sent us: the form of Twilio's webhook (Twilio, "Webhook request: incoming
//! message"), checked field by field. What we do not know is ignored, since Twilio adds fields without notice.
//! What Twilio tells of a message that we sent is in `status`.

mod fields;
mod media;
pub mod status;

use jiff::Timestamp;
use shared::domain::{
    identity::Address,
    ids::MessageId,
    message::{InboundMessage, Location},
    private::Private,
};

pub(crate) use fields::Fields;
pub use fields::ShapeFault;

use crate::{account::OwnAccount, signature::VerifiedForm};

/// Longest address or name of a shared place that is kept, in characters.
const MAX_PLACE_TEXT: usize = 1_000;

/// Longest id of a tapped button (Meta's limit), in characters.
const MAX_BUTTON: usize = 256;

/// Why a signed form is no message, or no state of one, to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It has not the form of a message.
    #[error("{0}")]
    Shape(#[from] ShapeFault),
    /// Signed with our key, but for somebody else: a key is shared or stolen, or the setup is wrong. Somebody
    /// must look.
    #[error("the message is for another {0}")]
    Foreign(&'static str),
    /// From us: our own echo, or the beginning of a loop. To be acknowledged.
    #[error("the message is from ourselves")]
    FromOurselves,
    /// From a sender that cannot be answered or known. To be acknowledged.
    #[error("the sender is not a person's address")]
    NoPerson,
    /// A state of a message that is none of those we know. To be acknowledged.
    #[error("the state of the message is none that is known")]
    UnknownStatus,
    /// It tells the state of a call. To be acknowledged.
    #[error("it is about a call")]
    OfACall,
}

impl Rejection {
    /// A word for a counter; the set is closed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Shape(ShapeFault::Missing(_)) => "field_missing",
            Self::Shape(ShapeFault::Repeated(_)) => "field_repeated",
            Self::Shape(ShapeFault::Unreadable(_)) => "field_unreadable",
            Self::Foreign(_) => "foreign_account",
            Self::FromOurselves => "from_ourselves",
            Self::NoPerson => "no_person",
            Self::UnknownStatus => "unknown_status",
            Self::OfACall => "of_a_call",
        }
    }
}

/// Reads a message. `MessageSid`, `AccountSid`, `From`, `To`, `Body` and `NumMedia` must be there once each;
/// media must be numbered 0 to `NumMedia` - 1; optional fields that say nothing readable count as absent.
///
/// # Errors
/// [`Rejection`].
pub fn read_message(
    form: &VerifiedForm,
    account: &OwnAccount,
    received_at: Timestamp,
) -> Result<InboundMessage, Rejection> {
    let fields = Fields::new(form.form());
    let id = fields.required("MessageSid")?;
    let id = MessageId::parse(id).map_err(|_| ShapeFault::Unreadable("MessageSid"))?;
    let account_sid = fields.required("AccountSid")?;
    let (from, to) = (fields.required("From")?, fields.required("To")?);
    let text = fields.required("Body")?.replace('\0', "");
    let media = media::read(&fields)?;
    let optional = Optional::read(&fields)?;

    if account_sid != account.sid.as_str() {
        return Err(Rejection::Foreign("account"));
    }
    let to = Address::parse(to).map_err(|_| Rejection::Foreign("recipient"))?;
    if !account.owns(to.identity()) {
        return Err(Rejection::Foreign("recipient"));
    }
    let from = Address::parse(from).map_err(|_| Rejection::NoPerson)?;
    if account.owns(from.identity()) || from.identity() == to.identity() {
        return Err(Rejection::FromOurselves);
    }
    let Optional { location, replied_to, button } = optional;
    Ok(InboundMessage {
        id,
        from,
        to,
        text: Private::new(text),
        media,
        location,
        replied_to,
        button,
        command: None,
        edited: false,
        language: None,
        received_at,
    })
}

struct Optional {
    location: Option<Private<Location>>,
    replied_to: Option<MessageId>,
    button: Option<Private<String>>,
}

impl Optional {
    fn read(fields: &Fields<'_>) -> Result<Self, ShapeFault> {
        let replied_to = fields.optional("OriginalRepliedMessageSid")?;
        let button = fields.optional("ButtonPayload")?.filter(|id| id.chars().count() <= MAX_BUTTON);
        Ok(Self {
            location: read_location(fields)?,
            replied_to: replied_to.and_then(|id| MessageId::parse(id).ok()),
            button: button.map(|id| Private::new(id.replace('\0', ""))),
        })
    }
}

fn read_location(fields: &Fields<'_>) -> Result<Option<Private<Location>>, ShapeFault> {
    let degrees = |name, limit: f64| {
        let within = |degrees: &f64| (-limit..=limit).contains(degrees);
        fields.optional(name).map(|raw| raw.and_then(|raw| raw.parse::<f64>().ok()).filter(within))
    };
    let text = |name| {
        fields.optional(name).map(|raw| {
            raw.map(|raw| raw.chars().filter(|c| *c != '\0').take(MAX_PLACE_TEXT).collect::<String>())
        })
    };
    let (latitude, longitude) = (degrees("Latitude", 90.0)?, degrees("Longitude", 180.0)?);
    let (address, label) = (text("Address")?, text("Label")?);
    Ok(latitude
        .zip(longitude)
        .map(|(latitude, longitude)| Private::new(Location { latitude, longitude, address, label })))
}

#[cfg(test)]
pub(crate) mod tests;
