//! The stand-ins alone, for trying things by hand and for the measurements:
//! `cargo run -p simulators --example simulate -- [PORT] [WEBHOOK_URL]`.
//!
//! Main port 8090 unless given, CDN on the next one; webhooks to `http://127.0.0.1:8080/webhook` unless given. The
//! account is that of `hark dev`. Ends with Ctrl-C.

use std::net::Ipv4Addr;

use simulators::{SimConfig, SimError, Simulators};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example speaks to the person who started it")]
async fn main() -> Result<(), SimError> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8_090);
    let webhook = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080/webhook".to_owned());
    let simulators = Simulators::start(SimConfig {
        bind: Ipv4Addr::LOCALHOST.into(),
        port,
        cdn_port: None,
        webhook_url: webhook.clone(),
        public_url: webhook,
        account_sid: "AC00000000000000000000000000000000".to_owned(),
        auth_token: "hark-dev-token-for-the-stand-in-only".to_owned(),
        whatsapp_number: "+14155238886".to_owned(),
        sms_number: "+15005550006".to_owned(),
        voice_number: "+15005550009".to_owned(),
        telegram_token: String::new(),
        data_dir: None,
    })
    .await?;
    println!(
        "Simulating Twilio, OpenAI and Telegram at {}, media at {}",
        simulators.base_url(),
        simulators.cdn_url()
    );
    std::future::pending().await
}
