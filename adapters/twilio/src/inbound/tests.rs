//! Real forms, and what people make of them.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use secrecy::SecretString;
use sha1::Sha1;
use shared::domain::identity::Channel;

use super::*;
use crate::{
    account::AccountSid,
    form::Form,
    keys::SigningKeys,
    public_url::PublicUrl,
    signature::{GivenSignature, SignatureVerifier, SignedRequest, VerifiedRequest},
};

const URL: &str = "https://hark.example/webhook";
const ACCOUNT: &str = "AC00000000000000000000000000000001";

/// A WhatsApp voice note as Twilio posts it.
const VOICE: &str = "SmsMessageSid=MM0000000000000000000000000000000a&NumMedia=1&ProfileName=Ada&MessageType=audio\
    &SmsSid=MM0000000000000000000000000000000a&WaId=4915112345678&SmsStatus=received&Body=\
    &To=whatsapp%3A%2B14155238886&MediaContentType0=audio%2Fogg%3B+codecs%3Dopus&NumSegments=1\
    &ReferralNumMedia=0&MessageSid=MM0000000000000000000000000000000a\
    &AccountSid=AC00000000000000000000000000000001&From=whatsapp%3A%2B4915112345678\
    &MediaUrl0=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2FAC00000000000000000000000000000001\
    %2FMessages%2FMM0000000000000000000000000000000a%2FMedia%2FME0000000000000000000000000000000b\
    &ApiVersion=2010-04-01";

const TEXT: &str = "MessageSid=SM0000000000000000000000000000000a&AccountSid=AC00000000000000000000000000000001\
    &From=whatsapp%3A%2B4915112345678&To=whatsapp%3A%2B14155238886&NumMedia=0&Body=Order+two+pipes";

pub(crate) fn account() -> OwnAccount {
    let number = |raw| Some(crate::account::own_number(raw).unwrap());
    OwnAccount {
        sid: AccountSid::parse(ACCOUNT).unwrap(),
        whatsapp: number("whatsapp:+14155238886"),
        sms: number("+14155238887"),
        voice: number("+14155238888"),
    }
}

/// Signs a body as Twilio would, for there is no other way to a verified form.
pub(crate) fn verified(body: &[u8]) -> VerifiedForm {
    let form = Form::parse(body).unwrap();
    let mut fields: Vec<_> = form.pairs().collect();
    fields.sort_unstable();
    fields.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(b"12345").unwrap();
    mac.update(URL.as_bytes());
    for (name, value) in fields {
        mac.update(name);
        mac.update(value);
    }
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let header = [("x-twilio-signature".parse().unwrap(), signature.parse().unwrap())];
    let keys = SigningKeys { auth_token: SecretString::from("12345"), previous: None, shared: Vec::new() };
    let request = SignedRequest {
        signature: GivenSignature::read(&http::HeaderMap::from_iter(header)).unwrap(),
        url: &PublicUrl::new(URL),
        query: None,
        content_type: Some("application/x-www-form-urlencoded"),
        body,
        at: Timestamp::UNIX_EPOCH,
    };
    match SignatureVerifier::new(&keys).unwrap().verify(&request).unwrap() {
        VerifiedRequest::Form(form) => form,
        VerifiedRequest::Body(_) => panic!("a form"),
    }
}

fn read(body: &str) -> Result<InboundMessage, Rejection> {
    read_message(&verified(body.as_bytes()), &account(), Timestamp::UNIX_EPOCH)
}

/// `TEXT` with one field's value replaced, or without the field.
fn with(name: &str, value: Option<&str>) -> String {
    let others = TEXT.split('&').filter(|pair| !pair.starts_with(&format!("{name}=")));
    others
        .map(str::to_owned)
        .chain(value.map(|value| format!("{name}={value}")))
        .collect::<Vec<_>>()
        .join("&")
}

fn shape(body: &str) -> ShapeFault {
    match read(body) {
        Err(Rejection::Shape(fault)) => fault,
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_voice_note_is_read_with_what_it_carries() {
    let message = read(VOICE).unwrap();
    assert_eq!(message.id.as_str(), "MM0000000000000000000000000000000a");
    assert_eq!(message.from.to_wire(), "whatsapp:+4915112345678");
    assert_eq!(message.to.channel(), Channel::WhatsApp);
    assert_eq!(message.text.expose(), "");
    assert_eq!(message.media.len(), 1);
    assert_eq!(message.media[0].content_type, "audio/ogg");
    assert!(message.media[0].url.expose().ends_with("/Media/ME0000000000000000000000000000000b"));
}

#[test]
fn a_text_keeps_its_blanks_and_loses_its_nul() {
    let message = read(&with("Body", Some("++two%00+lines%0D%0A%F0%9F%91%8D%F0%9F%8F%BD+"))).unwrap();
    assert_eq!(message.text.expose(), "  two lines\r\n👍🏽 ");
}

#[test]
fn a_place_a_quote_and_a_button_are_read_and_nonsense_in_them_is_not() {
    let message = read(&format!(
        "{TEXT}&Latitude=52.52&Longitude=-13.405&Address=Main+Street+1&Label=Site&ButtonPayload=yes%3A1\
         &OriginalRepliedMessageSid=SM0000000000000000000000000000000b&OriginalRepliedMessageSender=whatsapp%3A%2B1"
    ))
    .unwrap();
    let place = message.location.unwrap().into_inner();
    assert_eq!((place.latitude, place.longitude), (52.52, -13.405));
    assert_eq!((place.address.as_deref(), place.label.as_deref()), (Some("Main Street 1"), Some("Site")));
    assert_eq!(message.button.unwrap().expose(), "yes:1");
    assert_eq!(message.replied_to.unwrap().as_str(), "SM0000000000000000000000000000000b");

    let long = "x".repeat(300);
    for nonsense in [
        "Latitude=&Longitude=&Address=&Label=&ButtonPayload=&OriginalRepliedMessageSid=",
        "Latitude=91&Longitude=0",
        "Latitude=NaN&Longitude=inf",
        "Latitude=1",
        "OriginalRepliedMessageSid=../x",
        &format!("ButtonPayload={long}"),
    ] {
        let message = read(&format!("{TEXT}&{nonsense}")).unwrap();
        assert!(message.location.is_none() && message.replied_to.is_none() && message.button.is_none());
    }
}

#[test]
fn a08_unknown_fields_are_ignored_whatever_they_hold() {
    let plain = read(TEXT).unwrap();
    for more in [
        "NewField=1",
        "NewField=%ff",
        "ErrorCode=11200&ErrorUrl=https%3A%2F%2Fa.example",
        "NewField=1&NewField=2",
        // Beginning like those that are numbered, but with no number.
        "MediaUrl=x&MediaUrlOfPreview=x&MediaContentType=x&MediaContentTypes=x&MediaUrl-1=x",
    ] {
        assert_eq!(read(&format!("{TEXT}&{more}")).unwrap(), plain, "{more}");
    }
}

#[test]
fn a09_fields_that_say_who_or_what_must_be_there_once() {
    for name in ["MessageSid", "AccountSid", "From", "To", "Body", "NumMedia"] {
        assert_eq!(shape(&with(name, None)), ShapeFault::Missing(name));
        assert_eq!(shape(&format!("{TEXT}&{name}=x")), ShapeFault::Repeated(name));
    }
    let again = "From=whatsapp%3A%2B4915112345678";
    assert_eq!(shape(&format!("{TEXT}&{again}")), ShapeFault::Repeated("From"));
    // Same text to sign, other fields: the schema tells them apart.
    assert_eq!(shape(&TEXT.replace("&Body=Order", "&BodyOrder=")), ShapeFault::Missing("Body"));
}

#[test]
fn a11_text_that_is_no_utf8_is_refused_not_repaired() {
    for value in ["%ff", "caf%e9", "%ed%a0%80", "%f0%9f%91"] {
        assert_eq!(shape(&with("Body", Some(value))), ShapeFault::Unreadable("Body"), "{value}");
    }
    assert_eq!(read(&with("Body", Some("%zz%a"))).unwrap().text.expose(), "%zz%a");
}

#[test]
fn message_ids_have_a_fixed_form() {
    for id in ["", "SM", "SM..%2F..%2Fx", "_state1", "SM-12345"] {
        assert_eq!(shape(&with("MessageSid", Some(id))), ShapeFault::Unreadable("MessageSid"), "{id}");
    }
}

#[test]
fn a24_what_is_for_another_account_or_number_is_not_ours() {
    for account in ["AC00000000000000000000000000000002", "", "ac00000000000000000000000000000001"] {
        assert_eq!(read(&with("AccountSid", Some(account))).err(), Some(Rejection::Foreign("account")));
    }
    for to in ["whatsapp%3A%2B14155230000", "%2B14155230000", "", "12345", "whatsapp%3ADE.1A2b"] {
        assert_eq!(read(&with("To", Some(to))).err(), Some(Rejection::Foreign("recipient")), "{to}");
    }
    for to in ["%2B14155238887", "whatsapp%3A%2B14155238886"] {
        assert!(read(&with("To", Some(to))).is_ok(), "{to}");
    }
}

#[test]
fn a25_what_we_sent_ourselves_is_not_worked_on() {
    for from in ["whatsapp%3A%2B14155238886", "%2B14155238886", "%2B14155238887", "whatsapp%3A%2B14155238888"]
    {
        assert_eq!(read(&with("From", Some(from))).err(), Some(Rejection::FromOurselves), "{from}");
    }
}

#[test]
fn a28_a_sender_is_a_persons_address_or_nobody() {
    for (from, wire) in [
        ("whatsapp%3A%2B4915112345678", "whatsapp:+4915112345678"),
        ("%2B4915112345678", "+4915112345678"),
        ("whatsapp%3ADE.1A2b3C", "whatsapp:DE.1A2b3C"),
    ] {
        assert_eq!(read(&with("From", Some(from))).unwrap().from.to_wire(), wire);
    }
    for from in [
        "",
        "whatsapp%3A",
        "%2B0151123456",
        "%2B1234567890123456",
        "%2B%D9%A4%D9%A9%D9%A1%D9%A5%D9%A1%D9%A1",
        "%2B49+151+12345678",
        "+4915112345678",
        "anonymous",
        "%2B266696687",
        "TWILIO",
    ] {
        assert_eq!(read(&with("From", Some(from))).err(), Some(Rejection::NoPerson), "{from}");
    }
}

#[test]
fn c13_media_are_as_many_as_announced() {
    let media = |count: &str, fields: &[(&str, usize)]| {
        let fields = fields.iter().map(|(name, number)| format!("&{name}{number}=https%3A%2F%2Fa.example"));
        with("NumMedia", Some(count)) + &fields.collect::<String>()
    };
    let (url, kind) = ("MediaUrl", "MediaContentType");
    assert_eq!(read(&media("2", &[(kind, 1), (url, 1), (url, 0), (kind, 0)])).unwrap().media.len(), 2);
    let ten: Vec<_> = (0..10).flat_map(|number| [(url, number), (kind, number)]).collect();
    assert_eq!(read(&media("10", &ten)).unwrap().media.len(), 10);

    for (count, fields, fault) in [
        ("0", &[(url, 0)][..], ShapeFault::Unreadable(url)),
        ("0", &[(kind, 0)], ShapeFault::Unreadable(kind)),
        ("3", &[(url, 0), (url, 1), (kind, 0), (kind, 1), (kind, 2)], ShapeFault::Missing(url)),
        ("2", &[(url, 0), (url, 2), (kind, 0), (kind, 1)], ShapeFault::Unreadable(url)),
        ("1", &[(url, 0), (url, 0), (kind, 0)], ShapeFault::Repeated(url)),
        ("1", &[(url, 0)], ShapeFault::Missing(kind)),
        ("1", &[(url, 0), (kind, 0), (kind, 1)], ShapeFault::Unreadable(kind)),
    ] {
        assert_eq!(shape(&media(count, fields)), fault, "{count} {fields:?}");
    }
    for count in ["-1", "11", "abc", "1e9", "", "01", "%2B1", "1.0", "%D9%A1", "99999999999999999999999"] {
        assert_eq!(shape(&media(count, &[])), ShapeFault::Unreadable("NumMedia"), "{count}");
    }
    let odd = format!("{}&MediaUrl00=x", with("NumMedia", Some("1")));
    assert_eq!(shape(&odd), ShapeFault::Unreadable(url));
    let endless =
        format!("{}&MediaUrl0={}&MediaContentType0=x", with("NumMedia", Some("1")), "x".repeat(3_000));
    assert_eq!(shape(&endless), ShapeFault::Unreadable(url));
}

#[test]
fn c15_a_declared_type_is_bare_and_bounded() {
    let long = "a".repeat(1_000);
    for (declared, kept) in [
        ("audio%2Fogg%3B+codecs%3Dopus", "audio/ogg"),
        ("AUDIO%2FOgg", "audio/ogg"),
        ("text%2Fhtml", "text/html"),
        ("image%2Fsvg%2Bxml", "image/svg+xml"),
        ("", "application/octet-stream"),
        ("audio", "application/octet-stream"),
        ("audio%2Fogg%0D%0AX-Evil%3A+1", "application/octet-stream"),
        ("%ff%2F%ff", "application/octet-stream"),
        (long.as_str(), "application/octet-stream"),
    ] {
        let body = VOICE.replace("audio%2Fogg%3B+codecs%3Dopus", declared);
        assert_eq!(read(&body).unwrap().media[0].content_type, kept, "{declared}");
    }
}

#[test]
fn each_rejection_is_counted_by_a_word_of_its_own() {
    for (rejection, word) in [
        (Rejection::Shape(ShapeFault::Missing("Body")), "field_missing"),
        (Rejection::Shape(ShapeFault::Repeated("Body")), "field_repeated"),
        (Rejection::Shape(ShapeFault::Unreadable("Body")), "field_unreadable"),
        (Rejection::Foreign("account"), "foreign_account"),
        (Rejection::FromOurselves, "from_ourselves"),
        (Rejection::NoPerson, "no_person"),
    ] {
        assert_eq!(rejection.reason(), word);
    }
}

#[test]
fn g01_a_rejection_says_nothing_of_the_message() {
    for body in [with("From", Some("CANARY")), with("To", Some("CANARY")), with("NumMedia", Some("CANARY"))] {
        let rejected = read(&body).unwrap_err();
        assert!(!format!("{rejected} {rejected:?} {}", rejected.reason()).contains("CANARY"));
    }
}

proptest! {
    #[test]
    fn no_form_makes_it_panic(
        fields in prop::collection::vec(
            ("(MessageSid|AccountSid|From|To|Body|NumMedia|MediaUrl[0-9]{0,3}|Latitude|.{0,6})", ".{0,12}"),
            0..14,
        ),
    ) {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&fields);
        let _ = read(&body.finish());
    }
}
