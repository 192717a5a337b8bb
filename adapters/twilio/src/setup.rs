//! What is set at Twilio, to look at: the account, its numbers, a messaging service, its WhatsApp senders. Only ever
//! read; with it, an operator finds out why messages do not arrive.

mod wire;

use std::time::Duration;

use adapter_egress::{AddressPolicy, Egress, check_base_url};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Method, StatusCode, header::DATE};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use shared::domain::identity::E164;
use url::Url;

use crate::{account::AccountSid, api::UnusableApi, config::TwilioConfig};

/// For one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 20;
/// Pages of senders that are looked through, of 50 each.
const MOST_PAGES: usize = 20;

/// Reads what is set.
pub struct TwilioSetup {
    egress: Egress,
    api: Url,
    messaging: Url,
    account: AccountSid,
    auth_token: SecretString,
}

/// Why something could not be read. Holds nothing of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// SID and token do not belong together, or are another account's.
    #[error("Twilio refuses these credentials")]
    Unauthorised,
    /// Nothing was heard of Twilio, or nothing that helps.
    #[error("Twilio is not to be reached: {0}")]
    Unavailable(&'static str),
    /// It answered something else than it documents.
    #[error("Twilio's answer cannot be read")]
    Unexpected,
}

/// The account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Whether it is active: a suspended or closed one neither sends nor receives.
    pub active: bool,
    /// Twilio's clock when it answered.
    pub clock: Option<Timestamp>,
}

/// Where messages to an address of ours go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboundRoute {
    /// The webhook, as it stands there.
    pub url: Option<String>,
    /// Whether it is called with POST.
    pub by_post: bool,
    /// What is called when that fails.
    pub fallback_url: Option<String>,
    /// Whether something else decides instead: an application for a number, the numbers' own webhooks for a service.
    pub decided_elsewhere: bool,
    /// Whether messages get there at all: a sender of WhatsApp may be offline.
    pub online: bool,
}

/// Where what comes to a number of ours goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberRoutes {
    /// Its messages.
    pub messages: InboundRoute,
    /// Its calls. An application or a trunk may decide instead.
    pub calls: InboundRoute,
    /// What is told that a call is over ("call status changes").
    pub call_ended_url: Option<String>,
}

impl TwilioSetup {
    /// Builds a client; connects nowhere.
    ///
    /// # Errors
    /// [`UnusableApi`]; none after `TwilioConfig::read` found no fault.
    pub fn new(config: &TwilioConfig) -> Result<Self, UnusableApi> {
        let (api, messaging) = (check_base_url(&config.api_base)?, check_base_url(&config.messaging_base)?);
        Ok(Self {
            egress: Egress::new(AddressPolicy::for_base(&api))?,
            api,
            messaging,
            account: config.account.sid.clone(),
            auth_token: config.keys.auth_token.clone(),
        })
    }

    /// The account, which tells whether the credentials work.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn account(&self) -> Result<AccountState, SetupError> {
        let path = format!("2010-04-01/Accounts/{}.json", self.account.as_str());
        let (found, clock) = self.get::<wire::Account>(below(&self.api, &path)).await?;
        // Another account's resources are answered like those that do not exist.
        let account = found.ok_or(SetupError::Unauthorised)?;
        Ok(AccountState { active: account.status == "active", clock })
    }

    /// Where messages and calls to this number go. `None`: it is none of the account's.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn number(&self, number: &E164) -> Result<Option<NumberRoutes>, SetupError> {
        let path = format!("2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", self.account.as_str());
        let mut url = below(&self.api, &path);
        url.query_pairs_mut().append_pair("PhoneNumber", number.as_str());
        let (found, _) = self.get::<wire::Numbers>(url).await?;
        let numbers = found.ok_or(SetupError::Unexpected)?.incoming_phone_numbers;
        Ok(numbers.into_iter().find(|found| found.phone_number == number.as_str()).map(NumberRoutes::from))
    }

    /// Where messages to the numbers of a messaging service go. `None`: there is no such service.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn service(&self, sid: &str) -> Result<Option<InboundRoute>, SetupError> {
        let (found, _) =
            self.get::<wire::Service>(below(&self.messaging, &format!("v1/Services/{sid}"))).await?;
        Ok(found.map(InboundRoute::from))
    }

    /// Where WhatsApp messages to this number go. `None`: the account has no such sender; that of the sandbox is
    /// never among them.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn whatsapp_sender(&self, number: &E164) -> Result<Option<InboundRoute>, SetupError> {
        let mut url = below(&self.messaging, "v2/Channels/Senders");
        url.query_pairs_mut().append_pair("Channel", "whatsapp").append_pair("PageSize", "50");
        let wanted = format!("whatsapp:{}", number.as_str());
        for _ in 0..MOST_PAGES {
            let (found, _) = self.get::<wire::Senders>(url).await?;
            let page = found.ok_or(SetupError::Unexpected)?;
            if let Some(sender) = page.senders.into_iter().find(|sender| sender.sender_id == wanted) {
                return Ok(Some(InboundRoute::from(sender)));
            }
            match page.meta.next_page_url.map(|next| Url::parse(&next)) {
                None => return Ok(None),
                // Our credentials go with it.
                Some(Ok(next)) if next.origin() == self.messaging.origin() => url = next,
                Some(_) => return Err(SetupError::Unexpected),
            }
        }
        Err(SetupError::Unexpected)
    }

    /// A resource, if it exists, with the time of the answer.
    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<(Option<T>, Option<Timestamp>), SetupError> {
        let ours = [self.api.origin(), self.messaging.origin()].contains(&url.origin());
        let request = self.egress.request(Method::GET, url).map_err(|_| SetupError::Unexpected)?;
        if !ours {
            return Err(SetupError::Unexpected);
        }
        let answering = async {
            let answer = request
                .basic_auth(self.account.as_str(), Some(self.auth_token.expose_secret()))
                .send()
                .await
                .map_err(|error| unreachable(&error))?;
            let (status, clock) = (answer.status(), clock(&answer));
            match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SetupError::Unauthorised),
                StatusCode::NOT_FOUND => Ok((None, clock)),
                StatusCode::TOO_MANY_REQUESTS => Err(SetupError::Unavailable("too many requests")),
                status if status.is_server_error() => Err(SetupError::Unavailable("an error at Twilio")),
                status if status.is_success() => Ok((Some(read(answer).await?), clock)),
                _ => Err(SetupError::Unexpected),
            }
        };
        tokio::time::timeout(ANSWER_WITHIN, answering)
            .await
            .unwrap_or(Err(SetupError::Unavailable("no answer in time")))
    }
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

async fn read<T: DeserializeOwned>(mut answer: reqwest::Response) -> Result<T, SetupError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(SetupError::Unexpected);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| SetupError::Unexpected)
}

fn clock(answer: &reqwest::Response) -> Option<Timestamp> {
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

/// The error itself is not passed on: it knows the URL.
fn unreachable(error: &reqwest::Error) -> SetupError {
    SetupError::Unavailable(if error.is_connect() { "no connection" } else { "the connection broke" })
}

#[cfg(test)]
mod tests;
