//! What the simulators need to know before they start, and why they may not start.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// Settings of the simulators. No `Debug`: it holds the token that webhooks are signed with.
#[derive(Clone)]
pub struct SimConfig {
    /// The address to listen on, usually loopback.
    pub bind: IpAddr,
    /// The main port; 0 takes a free one.
    pub port: u16,
    /// The port of the media CDN; `None` is the port after the main one, or a free one if that is 0.
    pub cdn_port: Option<u16>,
    /// Where the phone's messages are sent, e.g. `http://127.0.0.1:8080/webhook`.
    pub webhook_url: String,
    /// The URL that is signed: what the provider was told (`PUBLIC_BASE_URL` + `/webhook`).
    pub public_url: String,
    /// Our Twilio account.
    pub account_sid: String,
    /// Its auth token: password of the REST API and key of the signatures.
    pub auth_token: String,
    /// Our own WhatsApp number, E.164, with or without `whatsapp:`.
    pub whatsapp_number: String,
    /// Our own SMS number, E.164.
    pub sms_number: String,
    /// Our own number for calls, E.164.
    pub voice_number: String,
    /// The token of our Telegram bot; empty: any token is taken, and the bot has its number.
    pub telegram_token: String,
    /// What a phone received and the media stay here over a restart; `None` keeps them in memory.
    pub data_dir: Option<PathBuf>,
}

/// Why the simulators did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The port is taken, or the address is not ours.
    #[error("the simulators cannot listen on {address}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The data folder cannot be read or written.
    #[error("the simulators cannot use the data folder {}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client that sends webhooks cannot be built.
    #[error("the simulators cannot build their HTTP client")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}
