//! What became of a message that we sent: the form of Twilio's status callback (Twilio, "Track outbound message
//! status"), and the URL that Twilio is given for it.

use jiff::Timestamp;
use shared::{
    domain::{delivery::DeliveryStatus, ids::MessageId},
    jobs::MessageStatusV1,
};
use url::form_urlencoded;

use super::{Fields, Rejection, ShapeFault};
use crate::{account::OwnAccount, signature::VerifiedForm};

/// Where Twilio tells it, below the public base URL.
pub const STATUS_ROUTE: &str = "/twilio/status";

/// The parameter of the URL that holds the note that a message is about.
const NOTE: &str = "note";

/// The URL to be told at, with the note that the message is about. It is believed when it comes back, since Twilio signs
/// over the whole URL. The base stays as it was configured, letter by letter, since the signature is checked against
/// that; an id needs no encoding.
pub(crate) fn callback_url(base: &str, about: Option<&MessageId>) -> String {
    let url = format!("{}{STATUS_ROUTE}", base.trim().trim_end_matches('/'));
    about.map_or_else(|| url.clone(), |note| format!("{url}?{NOTE}={note}"))
}

/// Reads a report. `AccountSid`, `MessageSid` and `MessageStatus` must be there once each. The note stands in the query
/// that was signed; one that is no id, or not the only one, counts as absent.
///
/// # Errors
/// [`Rejection`].
pub fn read_status(
    form: &VerifiedForm,
    signed_query: Option<&str>,
    account: &OwnAccount,
    told_at: Timestamp,
) -> Result<MessageStatusV1, Rejection> {
    let fields = Fields::new(form.form());
    if fields.required("AccountSid")? != account.sid.as_str() {
        return Err(Rejection::Foreign("account"));
    }
    if fields.optional("CallSid")?.is_some() {
        return Err(Rejection::OfACall);
    }
    let id = fields.required("MessageSid")?;
    let id = MessageId::parse(id).map_err(|_| ShapeFault::Unreadable("MessageSid"))?;
    let status = fields.required("MessageStatus")?;
    let status = DeliveryStatus::of_word(status).ok_or(Rejection::UnknownStatus)?;
    let error_code =
        fields.optional("ErrorCode")?.and_then(|code| code.parse().ok()).filter(|code| *code != 0);
    Ok(MessageStatusV1 { id, status, error_code, about: note_in(signed_query), at: told_at })
}

fn note_in(query: Option<&str>) -> Option<MessageId> {
    let mut notes =
        form_urlencoded::parse(query?.as_bytes()).filter(|(name, _)| name == NOTE).map(|(_, note)| note);
    let note = notes.next()?;
    MessageId::parse(&note).ok().filter(|_| notes.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{account, verified},
        *,
    };

    const SENT: &str = "MessageSid=SM0000000000000000000000000000000a&MessageStatus=sent\
        &AccountSid=AC00000000000000000000000000000001&SmsSid=SM0000000000000000000000000000000a&SmsStatus=sent\
        &From=whatsapp%3A%2B14155238886&To=whatsapp%3A%2B4915112345678&ApiVersion=2010-04-01&ChannelPrefix=whatsapp";

    fn read(body: &str, query: Option<&str>) -> Result<MessageStatusV1, Rejection> {
        read_status(&verified(body.as_bytes()), query, &account(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_report_is_read_with_the_note_of_its_url() {
        let failed = SENT.replace("MessageStatus=sent", "MessageStatus=undelivered&ErrorCode=63016");
        let told = read(&failed, Some("note=SM00000001&bodySHA256=x")).unwrap();
        assert_eq!(
            (told.id.as_str(), told.status),
            ("SM0000000000000000000000000000000a", DeliveryStatus::Undelivered)
        );
        assert_eq!(
            (told.error_code, told.about),
            (Some(63_016), Some(MessageId::parse("SM00000001").unwrap()))
        );
        for query in [
            None,
            Some(""),
            Some("note="),
            Some("note=..%2F"),
            Some("note=SM00000001&note=SM00000002"),
            Some("xnote=SM00000001"),
        ] {
            assert_eq!(read(SENT, query).unwrap().about, None, "{query:?}");
        }
        for code in ["", "0", "none", "-1", "99999999999"] {
            assert_eq!(read(&format!("{SENT}&ErrorCode={code}"), None).unwrap().error_code, None, "{code}");
        }
    }

    #[test]
    fn what_is_no_report_of_a_message_of_ours_is_told_apart() {
        let without = |name: &str| -> String {
            SENT.split('&')
                .filter(|pair| !pair.starts_with(&format!("{name}=")))
                .collect::<Vec<_>>()
                .join("&")
        };
        for name in ["MessageSid", "MessageStatus", "AccountSid"] {
            assert_eq!(read(&without(name), None), Err(ShapeFault::Missing(name).into()));
            let twice = format!("{SENT}&{name}=x");
            assert_eq!(read(&twice, None), Err(ShapeFault::Repeated(name).into()));
        }
        let of = |name: &str, value: &str| read(&format!("{}&{name}={value}", without(name)), None);
        assert_eq!(of("MessageSid", "..%2Fx"), Err(ShapeFault::Unreadable("MessageSid").into()));
        assert_eq!(
            of("AccountSid", "AC00000000000000000000000000000002"),
            Err(Rejection::Foreign("account"))
        );
        for word in ["", "received", "Sent", "dancing"] {
            assert_eq!(of("MessageStatus", word), Err(Rejection::UnknownStatus), "{word}");
        }
        let call = "CallSid=CA1&CallStatus=completed&AccountSid=AC00000000000000000000000000000001";
        assert_eq!(read(call, None), Err(Rejection::OfACall));
    }

    #[test]
    fn the_url_keeps_the_path_of_the_base() {
        let note = MessageId::parse("SM00000001").unwrap();
        for (base, url) in [
            ("https://hark.example", "https://hark.example/twilio/status?note=SM00000001"),
            (" https://A.example:443/prod/", "https://A.example:443/prod/twilio/status?note=SM00000001"),
        ] {
            assert_eq!(callback_url(base, Some(&note)), url);
        }
        assert_eq!(callback_url("https://hark.example", None), "https://hark.example/twilio/status");
    }
}
