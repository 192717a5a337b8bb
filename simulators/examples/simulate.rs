//! The stand-ins alone, for trying things by hand: `cargo run -p simulators --example simulate`.
//!
//! Main port 8090, CDN 8091, webhooks to `http://127.0.0.1:8080/webhook`; ends with Ctrl-C.

use std::net::Ipv4Addr;

use simulators::{SimConfig, SimError, Simulators};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example speaks to the person who started it")]
async fn main() -> Result<(), SimError> {
    let simulators = Simulators::start(SimConfig {
        bind: Ipv4Addr::LOCALHOST.into(),
        port: 8090,
        cdn_port: None,
        webhook_url: "http://127.0.0.1:8080/webhook".to_owned(),
        public_url: "http://127.0.0.1:8080/webhook".to_owned(),
        account_sid: "AC00000000000000000000000000000000".to_owned(),
        auth_token: "demo-token".to_owned(),
        whatsapp_number: "+15005550006".to_owned(),
        sms_number: "+15005550006".to_owned(),
        data_dir: None,
    })
    .await?;
    println!("Simulating Twilio and OpenAI at {}, media at {}", simulators.base_url(), simulators.cdn_url());
    std::future::pending().await
}
