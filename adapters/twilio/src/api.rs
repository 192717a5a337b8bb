//! The way to Twilio's REST API: one account, one credential pair, one base URL, one client.

use std::fmt;

use adapter_egress::{
    AddressPolicy, BadBaseUrl, Egress, EgressError, ForbiddenAddress, NotOpened, check_base_url,
};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{account::AccountSid, config::TwilioConfig, media::MediaRules};

/// The API. Shared by everything that calls it, so that connections are, too.
pub struct TwilioApi {
    pub(crate) egress: Egress,
    pub(crate) base: Url,
    /// The Content API. `None` if only one of the two is a stand-in on this machine: a stand-in's credentials are not
    /// for Twilio, nor Twilio's for a stand-in.
    pub(crate) content: Option<Url>,
    pub(crate) account: AccountSid,
    /// The account's token, which goes with the account's SID and with nothing else: an API key's SID with
    /// this token gets 401 (chatwoot #15745).
    auth_token: SecretString,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) template_sid: Option<String>,
    pub(crate) media_rules: MediaRules,
}

/// The API cannot be called with these settings.
#[derive(Debug, thiserror::Error)]
pub enum UnusableApi {
    /// The base URL was refused.
    #[error("TWILIO_API_BASE_URL {0}")]
    Base(#[from] BadBaseUrl),
    /// The client cannot be built.
    #[error(transparent)]
    Client(#[from] EgressError),
}

impl TwilioApi {
    /// Builds the client; connects nowhere.
    ///
    /// # Errors
    /// [`UnusableApi`]; none after `TwilioConfig::read` found no fault.
    pub fn new(config: &TwilioConfig) -> Result<Self, UnusableApi> {
        let base = check_base_url(&config.api_base)?;
        let policy = AddressPolicy::for_base(&base);
        let content = check_base_url(&config.content_base).ok();
        Ok(Self {
            egress: Egress::new(policy)?,
            content: content.filter(|content| AddressPolicy::for_base(content) == policy),
            account: config.account.sid.clone(),
            auth_token: config.keys.auth_token.clone(),
            messaging_service_sid: config.messaging_service_sid.clone(),
            template_sid: config.template_sid.clone(),
            media_rules: MediaRules::new(&base, &config.account.sid, config.media_hosts.clone()),
            base,
        })
    }

    /// Opens a connection to the API before it is needed.
    ///
    /// # Errors
    /// [`NotOpened`], which is to be told and otherwise ignored.
    pub async fn warm_up(&self) -> Result<(), NotOpened> {
        self.egress.warm_up(&self.base).await
    }

    /// `Messages.json` of the account.
    pub(crate) fn messages_url(&self) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{base}/2010-04-01/Accounts/{}/Messages.json", self.account.as_str()));
        url
    }

    /// Whether the API is a stand-in on this machine.
    pub(crate) fn is_stand_in(&self) -> bool {
        AddressPolicy::for_base(&self.base) == AddressPolicy::LoopbackAllowed
    }

    /// A request with our credentials. Only for URLs of [`TwilioApi::base`] and [`TwilioApi::content`].
    pub(crate) fn authorised(&self, method: Method, url: Url) -> Result<RequestBuilder, ForbiddenAddress> {
        if !self.content.iter().chain([&self.base]).any(|ours| ours.origin() == url.origin()) {
            return Err(ForbiddenAddress);
        }
        let request = self.egress.request(method, url)?;
        Ok(request.basic_auth(self.account.as_str(), Some(self.auth_token.expose_secret())))
    }
}

impl fmt::Debug for TwilioApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioApi").field("egress", &self.egress).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;

    #[test]
    fn our_credentials_go_to_the_configured_api_alone() {
        let api = stub::api("http://127.0.0.1:8090", &[]);
        for (url, ours) in [
            ("http://127.0.0.1:8090/anything", true),
            ("http://127.0.0.1:8091/anything", false),
            ("https://127.0.0.1:8090/anything", false),
            ("http://localhost:8090/anything", false),
            ("https://api.twilio.com/anything", false),
            // The usual address of the Content API, but the API is a stand-in.
            ("https://content.twilio.com/anything", false),
        ] {
            let request = api.authorised(Method::GET, Url::parse(url).unwrap());
            assert_eq!(request.is_ok(), ours, "{url}");
        }
        let api = stub::api(
            "http://127.0.0.1:8090",
            &[("TWILIO_CONTENT_BASE_URL", "http://127.0.0.1:8092/content")],
        );
        for (url, ours) in
            [("http://127.0.0.1:8092/content/v1/Content", true), ("http://127.0.0.1:8093/", false)]
        {
            assert_eq!(api.authorised(Method::GET, Url::parse(url).unwrap()).is_ok(), ours, "{url}");
        }
    }
}
