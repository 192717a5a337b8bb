//! Nanoseconds to decode and verify a form of 800 bytes: `cargo run --release -p adapter-twilio --example
//! verify_bench`; with `--json` as one JSON object, with what was verified.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement for people to read")]

use std::{hint::black_box, time::Instant};

use adapter_twilio::{
    account::OwnAccount,
    inbound::read_message,
    keys::SigningKeys,
    public_url::PublicUrl,
    signature::{GivenSignature, SignatureVerifier, SignedRequest, VerifiedRequest},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;
use shared::config::Settings;

const URL: &str = "https://abc123.execute-api.eu-central-1.amazonaws.com/prod/webhook";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const ROUNDS: u32 = 200_000;

/// A WhatsApp text of 800 bytes.
fn body() -> String {
    let fields = "SmsMessageSid=SM0000000000000000000000000000000a&NumMedia=0&ProfileName=Ada+Lovelace\
        &MessageType=text&SmsSid=SM0000000000000000000000000000000a&WaId=4915112345678&SmsStatus=received\
        &To=whatsapp%3A%2B14155238886&NumSegments=1&ReferralNumMedia=0\
        &MessageSid=SM0000000000000000000000000000000a&AccountSid=AC00000000000000000000000000000001\
        &ChannelMetadata=%7B%22type%22%3A%22whatsapp%22%2C%22data%22%3A%7B%22context%22%3A%7B%22ProfileName%22%3A\
        %22Ada%22%7D%7D%7D&From=whatsapp%3A%2B4915112345678&ApiVersion=2010-04-01&Body=";
    format!("{fields}{}", "Order+two+pipes+".repeat(40)).chars().take(800).collect()
}

fn sign(body: &str) -> String {
    let mut fields: Vec<_> = adapter_twilio::form::Form::parse(body.as_bytes())
        .expect("a form")
        .pairs()
        .map(|(name, value)| [name, value].concat())
        .collect();
    fields.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).expect("a key");
    mac.update(URL.as_bytes());
    for field in fields {
        mac.update(&field);
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn signature(body: &str) -> GivenSignature {
    let value = sign(body).parse().expect("a header");
    let headers = [(http::HeaderName::from_static("x-twilio-signature"), value)];
    GivenSignature::read(&headers.into_iter().collect()).expect("a signature")
}

fn main() {
    let mut settings = Settings::new(|name| {
        let value = match name {
            "TWILIO_AUTH_TOKEN" => TOKEN,
            "TWILIO_ACCOUNT_SID" => "AC00000000000000000000000000000001",
            "TWILIO_WHATSAPP_NUMBER" => "+14155238886",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let account = OwnAccount::read(&mut settings);
    let verifier = SignatureVerifier::new(&SigningKeys::read(&mut settings)).expect("keys");
    let (body, url) = (body(), PublicUrl::new(URL));
    let request = SignedRequest {
        signature: signature(&body),
        url: &url,
        query: None,
        content_type: Some("application/x-www-form-urlencoded"),
        body: body.as_bytes(),
        at: Timestamp::UNIX_EPOCH,
    };
    let verified = || match verifier.verify(black_box(&request)).expect("our signature") {
        VerifiedRequest::Form(form) => form,
        VerifiedRequest::Body(_) => unreachable!("a form was signed"),
    };
    let per_round = |round: &dyn Fn()| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| round());
        start.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    let verify = per_round(&|| drop(black_box(verified())));
    let read = per_round(&|| drop(black_box(read_message(&verified(), &account, Timestamp::UNIX_EPOCH))));
    if std::env::args().any(|argument| argument == "--json") {
        let signature = sign(&body);
        println!(
            r#"{{"form":"{body}","url":"{URL}","token":"{TOKEN}","signature":"{signature}","ns":{read},"verify_ns":{verify}}}"#
        );
        return;
    }
    println!("form of {} bytes", body.len());
    println!("decode and verify: {verify} ns");
    println!("decode, verify and read the message: {read} ns");
}
