//! What `hark dev` uses where nothing is set: a documented demo account, and a company with three people. None
//! of it opens anything outside this machine.

/// Where `hark dev` listens.
pub const PORT: &str = "8080";
/// Where its stand-ins listen.
pub const SIM_PORT: &str = "8090";
/// Where its stores are.
pub const DATA: &str = "./.hark";
/// The stand-in's account.
pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// The stand-in's token: signs webhooks on this machine only.
pub const AUTH_TOKEN: &str = "hark-dev-token-for-the-stand-in-only";
/// Our WhatsApp number: that of Twilio's own sandbox.
pub const WHATSAPP_NUMBER: &str = "+14155238886";
/// Our SMS number: one that Twilio reserves for tests.
pub const SMS_NUMBER: &str = "+15005550006";
/// Our number for calls: one that Twilio reserves for tests, too.
pub const VOICE_NUMBER: &str = "+15005550009";
/// The token of the stand-in's Telegram bot.
pub const BOT_TOKEN: &str = "5550000:hark-dev-token-for-the-stand-in-only";
/// The key that the stand-in for OpenAI is called with; it takes any.
pub const OPENAI_API_KEY: &str = "simulated";
/// The person whose phone `hark phone` plays.
pub const FIRST_PERSON: &str = "+4915155500001";

/// The directory that is made when there is none. The numbers are made up.
pub const CUSTOMERS: &str = r#"{
  "customers": [
    {"customer_id": "anna", "phone_number": "+4915155500001", "identities": ["+15555550100", "pin:4711007"], "company_id": "demo-plumbing", "company_name": "Demo Plumbing", "name": "Anna", "role": "owner", "trade": "plumbing"},
    {"customer_id": "ben", "phone_number": "+4915155500002", "company_id": "demo-plumbing", "company_name": "Demo Plumbing", "name": "Ben", "role": "staff", "language": "de", "trade": "plumbing"},
    {"customer_id": "celina", "phone_number": "+48515550003", "identities": ["telegram:5550003"], "company_id": "demo-plumbing", "company_name": "Demo Plumbing", "name": "Celina", "role": "staff", "language": "pl", "trade": "plumbing"}
  ]
}
"#;

/// What the other two have sent when `hark dev` starts for the first time, so that there is something to find: on each
/// channel one. By whom, and what.
pub const MESSAGES: [(&str, &str); 3] = [
    (
        "whatsapp:+4915155500002",
        "Bitte zwei Kupferrohre für das Bad bei Familie Müller bestellen. Morgen Frau Müller wegen dem Leck anrufen.",
    ),
    (
        "telegram:5550003",
        "Główny zawór wody w szkole jest za drzwiami kotłowni. Klucz wisi po lewej stronie obok licznika.",
    ),
    (
        "+4915155500002",
        "Der Außenwasserhahn bei Schneider bleibt bis März gesperrt. Das Absperrventil sitzt im Keller hinter der \
         Waschmaschine.",
    ),
];
