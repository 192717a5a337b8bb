//! A26: does the time of a refusal tell how much of a signature was right? Prints Welch's t for signatures
//! that are wrong in the first byte against those wrong in the last; beyond 4.5 it would tell. `cargo run
//! --release -p adapter-twilio --example signature_timing`. Not a test: a busy machine can say anything.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement for people to read")]

use std::{hint::black_box, time::Instant};

use adapter_twilio::{
    keys::SigningKeys,
    public_url::PublicUrl,
    signature::{GivenSignature, SignatureVerifier, SignedRequest},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::SecretString;
use sha1::Sha1;

const URL: &str = "https://hark.example/webhook";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SAMPLES: usize = 100_000;

/// Mean and variance of what is left when the slowest tenth, which the scheduler made, is taken away.
fn moments(mut times: Vec<f64>) -> (f64, f64, f64) {
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() / 10 * 9);
    let n = times.iter().map(|_| 1.0).sum::<f64>();
    let mean = times.iter().sum::<f64>() / n;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance, n)
}

fn main() {
    let keys = SigningKeys { auth_token: SecretString::from(TOKEN), previous: None, shared: Vec::new() };
    let verifier = SignatureVerifier::new(&keys).expect("keys");
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).expect("a key");
    mac.update(URL.as_bytes());
    let right: [u8; 20] = mac.finalize().into_bytes().into();
    let wrong_at = |place: usize| {
        let mut bytes = right;
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1;
        }
        GivenSignature::Sha1(bytes)
    };
    let url = PublicUrl::new(URL);
    let time = |signature| {
        let request = SignedRequest {
            signature,
            url: &url,
            query: None,
            content_type: Some("application/x-www-form-urlencoded"),
            body: b"",
            at: Timestamp::UNIX_EPOCH,
        };
        let start = Instant::now();
        assert!(black_box(verifier.verify(black_box(&request))).is_err());
        start.elapsed().as_secs_f64() * 1e9
    };
    // In turns, and the turns change places: whatever else the machine does meets both alike.
    let (wrong_first, wrong_last) = (wrong_at(0), wrong_at(19));
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for round in 0..SAMPLES {
        if round % 2 == 0 {
            first.push(time(wrong_first));
            last.push(time(wrong_last));
        } else {
            last.push(time(wrong_last));
            first.push(time(wrong_first));
        }
    }
    let ((mean_a, var_a, n_a), (mean_b, var_b, n_b)) = (moments(first), moments(last));
    let t = (mean_a - mean_b) / (var_a / n_a + var_b / n_b).sqrt();
    println!(
        "first byte wrong: {mean_a:.1} ns, last byte wrong: {mean_b:.1} ns, Welch's t {t:.2} (limit 4.5)"
    );
}
