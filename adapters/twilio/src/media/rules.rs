//! Where media may be fetched from. A URL is parsed once, checked, and the parsed object is what is requested:
//! two parsers that disagree are how such checks are passed by.

use adapter_egress::is_loopback_host;
use url::{Host, Url};

use crate::account::AccountSid;

/// A host that redirects may lead to: `media.twiliocdn.com`, `mcs.*.twilio.com` (one label), or a host with
/// the path that the file must be under: `s3-external-1.amazonaws.com/media.twiliocdn.com/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaHost {
    labels: Vec<String>,
    path: String,
    loopback: bool,
}

impl MediaHost {
    /// Reads an entry of `TWILIO_MEDIA_HOSTS`. The last two labels of a name cannot be wild; an IP literal
    /// can only be of loopback.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let raw = raw.to_ascii_lowercase();
        let (host, path) = raw.find('/').map_or((raw.as_str(), ""), |slash| raw.split_at(slash));
        if let Ok(url) = Url::parse(&format!("http://{host}/"))
            && is_loopback_host(&url)
        {
            return Some(Self { labels: Vec::new(), path: String::new(), loopback: true });
        }
        let labels: Vec<String> = host.split('.').map(str::to_owned).collect();
        let is_label = |label: &String| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let is_name = labels.len() >= 2
            && labels.iter().rev().take(2).all(is_label)
            && labels.iter().all(|label| label == "*" || is_label(label))
            && labels.last().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
        let is_path = path.is_empty() || (path.ends_with('/') && !path.contains("..") && !path.contains('*'));
        (is_name && is_path).then(|| Self { labels, path: path.to_owned(), loopback: false })
    }

    /// Whether it is this machine.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    fn matches(&self, name: &str, path: &str) -> bool {
        let mut labels = name.split('.');
        let all = self.labels.iter().all(|own| labels.next().is_some_and(|label| own == "*" || own == label));
        all && !self.labels.is_empty() && labels.next().is_none() && path.starts_with(&self.path)
    }
}

/// The rules of one account.
#[derive(Clone, Debug)]
pub(crate) struct MediaRules {
    base: Url,
    account: AccountSid,
    hosts: Vec<MediaHost>,
    stand_in: bool,
}

impl MediaRules {
    pub(crate) fn new(base: &Url, account: &AccountSid, hosts: Vec<MediaHost>) -> Self {
        Self { base: base.clone(), account: account.clone(), hosts, stand_in: is_loopback_host(base) }
    }

    /// The first hop, the only one that gets our credentials: exactly a media file of our account at the
    /// configured API.
    pub(crate) fn check_first(&self, raw: &str) -> Result<Url, &'static str> {
        let url = Url::parse(raw).map_err(|_| "not a URL")?;
        // What a parser has to repair (backslashes, blanks, dots, upper case, a default port) is not Twilio's.
        if url.as_str() != raw {
            return Err("not in its plain form");
        }
        if url.origin() != self.base.origin() || !url.username().is_empty() || url.password().is_some() {
            return Err("not the configured API");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment");
        }
        if self.is_media_path(url.path()) { Ok(url) } else { Err("not a media file of our account") }
    }

    /// A further hop, without credentials.
    pub(crate) fn check_redirect(&self, url: &Url) -> Result<(), &'static str> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("redirect with a user");
        }
        if self.stand_in && is_loopback_host(url) && matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err("redirect without TLS");
        }
        if url.port().is_some() {
            return Err("redirect to another port");
        }
        match url.host() {
            Some(Host::Domain(name)) if self.hosts.iter().any(|host| host.matches(name, url.path())) => {
                Ok(())
            }
            _ => Err("redirect to another host"),
        }
    }

    /// `/2010-04-01/Accounts/{our AC}/Messages/{SM or MM}/Media/{ME}`, or `/Recordings/{RE}` of our account, which is
    /// served as WAV (Twilio, "Recordings resource").
    fn is_media_path(&self, path: &str) -> bool {
        let base = self.base.path().trim_end_matches('/');
        let account = self.account.as_str();
        let ours = path
            .strip_prefix(base)
            .and_then(|path| path.strip_prefix("/2010-04-01/Accounts/"))
            .and_then(|path| path.strip_prefix(account));
        let Some(ours) = ours else { return false };
        if let Some(recording) = ours.strip_prefix("/Recordings/") {
            return is_sid(recording, &["RE"]);
        }
        let inside = ours.strip_prefix("/Messages/").and_then(|path| path.split_once("/Media/"));
        inside.is_some_and(|(message, media)| self.is_message(message) && is_sid(media, &["ME"]))
    }

    /// Message ids of test suites are made up; they reach a stand-in only.
    fn is_message(&self, id: &str) -> bool {
        is_sid(id, &["SM", "MM"]) || (self.stand_in && shared::domain::ids::MessageId::parse(id).is_ok())
    }
}

/// A prefix and 32 hex digits in lower case.
fn is_sid(raw: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| {
        raw.strip_prefix(prefix).is_some_and(|hex| {
            hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000001";
    const MEDIA: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001\
        /Messages/MM0000000000000000000000000000000a/Media/ME0000000000000000000000000000000b";

    fn rules(base: &str) -> MediaRules {
        let hosts = "mms.twiliocdn.com,media.twiliocdn.com,mcs.*.twilio.com,\
            s3-external-1.amazonaws.com/media.twiliocdn.com/";
        MediaRules::new(
            &Url::parse(base).unwrap(),
            &AccountSid::parse(ACCOUNT).unwrap(),
            hosts.split(',').map(|host| MediaHost::parse(host).unwrap()).collect(),
        )
    }

    #[test]
    fn c01_credentials_go_to_a_media_file_of_our_account_and_nowhere_else() {
        let rules = rules("https://api.twilio.com");
        assert!(rules.check_first(&format!("https://api.twilio.com{MEDIA}")).is_ok());
        let path = |from: &str, to: &str| format!("https://api.twilio.com{}", MEDIA.replace(from, to));
        for url in [
            format!("https://evil.example{MEDIA}"),
            format!("https://api.twilio.com.evil.example{MEDIA}"),
            format!("https://api.twilio.com@evil.example{MEDIA}"),
            format!("https://evil.example#api.twilio.com{MEDIA}"),
            format!("https://evil.example?api.twilio.com{MEDIA}"),
            format!("https://api.twilio.com:8443{MEDIA}"),
            format!("https://api.twilio.com:443{MEDIA}"),
            format!("https://api.twilio.com.{MEDIA}"),
            format!("https://API.twilio.com{MEDIA}"),
            format!("https://user:pass@api.twilio.com{MEDIA}"),
            format!("https://user@api.twilio.com{MEDIA}"),
            format!("http://api.twilio.com{MEDIA}"),
            format!("file://api.twilio.com{MEDIA}"),
            format!("gopher://api.twilio.com{MEDIA}"),
            format!("//api.twilio.com{MEDIA}"),
            format!("https:api.twilio.com{MEDIA}"),
            format!("https:\\\\api.twilio.com{}", MEDIA.replace('/', "\\")),
            format!("https://api.twilio.com\\@evil.example{MEDIA}"),
            format!("https://evil.example\\@api.twilio.com{MEDIA}"),
            format!(" https://api.twilio.com{MEDIA}"),
            format!("https://api.twi\tlio.com{MEDIA}"),
            format!("https://api.twilio.com{MEDIA}\n"),
            format!("https://api.twilio.com{MEDIA}?x=1"),
            format!("https://api.twilio.com{MEDIA}?"),
            format!("https://api.twilio.com{MEDIA}#x"),
            format!("https://api.twilio.com{MEDIA}/"),
            format!("https://api.twilio.com{MEDIA}.json"),
            format!("https://pricing.twilio.com{MEDIA}"),
            "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
                .to_owned(),
            path(
                "Accounts/AC00000000000000000000000000000001",
                "Accounts/AC00000000000000000000000000000002",
            ),
            path("/Messages/MM", "/Messages/../Messages/MM"),
            path("/Messages/MM", "/Messages/%2e%2e/Messages/MM"),
            path("/Messages/MM", "/Messages//MM"),
            path("MM0000000000000000000000000000000a", "XX0000000000000000000000000000000a"),
            path("MM0000000000000000000000000000000a", "test_message_1"),
            path("ME0000000000000000000000000000000b", "ME0000000000000000000000000000000B"),
            path("ME0000000000000000000000000000000b", "ME000"),
            path("/Media/", "/Media%2f"),
            "https://169.254.169.254/latest/meta-data/".to_owned(),
            String::new(),
        ] {
            assert!(rules.check_first(&url).is_err(), "{url}");
        }
    }

    #[test]
    fn c01_a_recording_of_our_account_is_media_too() {
        const RECORDING: &str = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001\
            /Recordings/RE0000000000000000000000000000000c";
        let rules = rules("https://api.twilio.com");
        assert!(rules.check_first(RECORDING).is_ok());
        for url in [
            RECORDING.replace("AC00000000000000000000000000000001", "AC00000000000000000000000000000002"),
            RECORDING.replace("/RE", "/ME"),
            format!("{RECORDING}.json"),
            format!("{RECORDING}/Transcriptions"),
            RECORDING.replace("/Recordings/", "/Recordings//"),
            RECORDING.replace("api.twilio.com", "evil.example"),
        ] {
            assert!(rules.check_first(&url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_stand_in_has_its_port_and_made_up_message_ids() {
        let rules = rules("http://127.0.0.1:8090");
        assert!(rules.check_first(&format!("http://127.0.0.1:8090{MEDIA}")).is_ok());
        let made_up = MEDIA.replace("MM0000000000000000000000000000000a", "test_message_1");
        assert!(rules.check_first(&format!("http://127.0.0.1:8090{made_up}")).is_ok());
        for url in [
            format!("http://127.0.0.1:8091{MEDIA}"),
            format!("http://127.0.0.1{MEDIA}"),
            format!("http://localhost:8090{MEDIA}"),
            format!("https://api.twilio.com{MEDIA}"),
        ] {
            assert!(rules.check_first(&url).is_err(), "{url}");
        }
    }

    #[test]
    fn c03_redirects_lead_to_known_hosts_or_nowhere() {
        let rules = rules("https://api.twilio.com");
        for url in [
            "https://mms.twiliocdn.com/AC1/abc?Expires=1&Signature=x~y",
            "https://media.twiliocdn.com/AC1/abc",
            "https://mcs.us1.twilio.com/v1/Services/x",
            "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/abc?X-Amz-Signature=1",
        ] {
            assert!(rules.check_redirect(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        for url in [
            "https://evil.example/",
            "https://mms.twiliocdn.com.evil.example/",
            "https://evil.mms.twiliocdn.com/",
            "https://mcs.a.b.twilio.com/",
            "https://mcs.twilio.com/",
            "https://xmcs.us1.twilio.com/",
            "https://api.twilio.com/2010-04-01/Accounts.json",
            "https://s3-external-1.amazonaws.com/evil-bucket/x",
            "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../evil-bucket/x",
            "https://s3-external-1.amazonaws.com/media.twiliocdn.com",
            "http://mms.twiliocdn.com/",
            "https://mms.twiliocdn.com:8443/",
            "https://user@mms.twiliocdn.com/",
            "ftp://mms.twiliocdn.com/",
            "http://169.254.169.254/",
            "https://169.254.169.254/",
            "https://127.0.0.1/",
            "http://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[fd00:ec2::254]/",
            "https://[2002:a9fe:a9fe::1]/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
        ] {
            assert!(rules.check_redirect(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }

    #[test]
    fn hosts_are_names_with_at_most_one_wild_label_each_place() {
        for good in
            ["mms.twiliocdn.com", "mcs.*.twilio.com", "a.example/b/", "localhost", "127.0.0.1:8091", "[::1]"]
        {
            assert!(MediaHost::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "com",
            "*",
            "*.com",
            "*.twilio.*",
            "a..b",
            "https://a.example",
            "a.example/b",
            "10.0.0.1",
            "a.example:1",
        ] {
            assert!(MediaHost::parse(bad).is_none(), "{bad}");
        }
    }
}
