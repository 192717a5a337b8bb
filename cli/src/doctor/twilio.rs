//! Twilio: whether the credentials work, and whether messages to our addresses come to us.

use adapter_twilio::{
    config::TwilioConfig,
    setup::{AccountState, InboundRoute, NumberRoutes, SetupError, TwilioSetup},
};
use reqwest::Url;
use shared::{domain::identity::E164, ports::clock::Clock};

use super::finding::{Finding, Found, Skew};

/// The number of Twilio's WhatsApp sandbox, which belongs to Twilio.
const SANDBOX: &str = "+14155238886";
const ASK_AGAIN: &str = "check the network and status.twilio.com, and try again";

/// What messages, or calls, should come to.
pub(super) struct Expected {
    /// The webhook, letter by letter as it is signed.
    webhook: String,
    /// Its other name.
    inbound: String,
    /// What is called when that fails.
    fallback: String,
    /// What becomes of what comes in then, if nothing is.
    without_fallback: &'static str,
    /// What is told of the end.
    ended: Option<String>,
}

impl Expected {
    /// The routes for messages under the base URL that Twilio calls.
    pub(super) fn at(base: &str) -> Self {
        let base = base.trim().trim_end_matches('/');
        Self {
            webhook: format!("{base}/webhook"),
            inbound: format!("{base}/twilio/inbound"),
            fallback: format!("{base}/twilio/fallback"),
            without_fallback: "without one, a message that meets an error is lost",
            ended: None,
        }
    }

    /// Those for calls.
    pub(super) fn of_calls(base: &str) -> Self {
        let base = base.trim().trim_end_matches('/');
        let incoming = format!("{base}/twilio/voice/incoming");
        Self {
            webhook: incoming.clone(),
            inbound: format!("{base}/twilio/voice"),
            fallback: incoming,
            without_fallback: "without one, a call that meets an error ends at once",
            ended: Some(format!("{base}/twilio/voice/status")),
        }
    }
}

/// All of it; nothing else is asked when the credentials do not work.
pub(super) async fn check(
    setup: &TwilioSetup,
    config: &TwilioConfig,
    (expected, of_calls): (&Expected, Option<&Expected>),
    ours: &dyn Clock,
) -> Found {
    const CHECK: &str = "twilio account";
    let account = setup.account().await;
    let now = ours.now();
    let AccountState { active, clock } = match account {
        Ok(account) => account,
        Err(error) => return refused(CHECK, error).into(),
    };
    let mut found = Found::default();
    found.skews.extend(clock.map(|theirs| Skew { of: "Twilio", ahead: now.duration_since(theirs) }));
    found.findings.push(if active {
        Finding::ok(CHECK, "the credentials work, the account is active")
    } else {
        Finding::fail(CHECK, "the account is suspended or closed", "see Twilio's console for the reason")
    });
    let service = config.messaging_service_sid.as_deref();
    let (of_service, of_sms, of_voice, of_whatsapp) = tokio::join!(
        service_route(setup, service, expected),
        sms_number(setup, config.account.sms.as_ref(), service.is_some(), expected),
        voice_number(setup, config.account.voice.as_ref(), of_calls),
        whatsapp(setup, config.account.whatsapp.as_ref(), expected)
    );
    found.findings.extend([of_service, of_sms, of_voice, of_whatsapp].into_iter().flatten());
    found
}

async fn service_route(setup: &TwilioSetup, sid: Option<&str>, expected: &Expected) -> Option<Finding> {
    const CHECK: &str = "twilio messaging service";
    let finding = match setup.service(sid?).await {
        Ok(Some(route)) if route.decided_elsewhere => {
            Finding::ok(CHECK, "it leaves the webhook to its numbers")
        }
        Ok(Some(route)) => judge(CHECK, "the messaging service's incoming messages", &route, expected),
        Ok(None) => {
            Finding::fail(CHECK, "the account has none of this SID", "check TWILIO_MESSAGING_SERVICE_SID")
        }
        Err(error) => refused(CHECK, error),
    };
    Some(finding)
}

async fn sms_number(
    setup: &TwilioSetup,
    number: Option<&E164>,
    has_service: bool,
    expected: &Expected,
) -> Option<Finding> {
    const CHECK: &str = "twilio sms number";
    let routes = setup.number(number?).await;
    let finding = match routes.map(|routes| routes.map(|routes| routes.messages)) {
        Ok(Some(route)) if route.decided_elsewhere => Finding::warn(
            CHECK,
            "an application handles its messages; which webhook that calls is not known here",
            format!("compare the application's messaging URL in Twilio's console with {}", expected.webhook),
        ),
        Ok(Some(route)) => match judge(CHECK, "\"a message comes in\" of the number", &route, expected) {
            // Numbers of a service follow the service, unless that leaves it to them.
            finding if finding.remedy.is_some() && has_service => Finding::warn(
                CHECK,
                format!("{}; the messaging service may decide instead", finding.told),
                finding.remedy.unwrap_or_default(),
            ),
            finding => finding,
        },
        Ok(None) => not_ours(CHECK, "TWILIO_SMS_NUMBER"),
        Err(error) => refused(CHECK, error),
    };
    Some(finding)
}

/// Without the address that calls should come to nothing but the number itself can be looked at.
async fn voice_number(
    setup: &TwilioSetup,
    number: Option<&E164>,
    expected: Option<&Expected>,
) -> Option<Finding> {
    const CHECK: &str = "twilio voice number";
    Some(match (setup.number(number?).await, expected) {
        (Ok(Some(routes)), Some(expected)) => of_calls(CHECK, &routes, expected),
        (Ok(Some(_)), None) => Finding::ok(CHECK, "it belongs to the account"),
        (Ok(None), _) => not_ours(CHECK, "TWILIO_VOICE_NUMBER"),
        (Err(error), _) => refused(CHECK, error),
    })
}

fn of_calls(check: &str, routes: &NumberRoutes, expected: &Expected) -> Finding {
    if routes.calls.decided_elsewhere {
        let remedy = format!("compare what it calls for calls in Twilio's console with {}", expected.webhook);
        return Finding::warn(
            check,
            "an application or a trunk handles its calls; what that calls is not known here",
            remedy,
        );
    }
    let finding = judge(check, "\"a call comes in\" of the number", &routes.calls, expected);
    let is_untold = |wanted: &String| routes.call_ended_url.as_ref().is_none_or(|told| told != wanted);
    match expected.ended.as_ref().filter(|wanted| is_untold(wanted)) {
        Some(wanted) if finding.remedy.is_none() => Finding::warn(
            check,
            "the webhook is ours; who hangs up early is noticed late",
            format!("set \"call status changes\" of the number to {wanted} with POST, in Twilio's console"),
        ),
        _ => finding,
    }
}

async fn whatsapp(setup: &TwilioSetup, number: Option<&E164>, expected: &Expected) -> Option<Finding> {
    const CHECK: &str = "twilio whatsapp sender";
    let number = number?;
    if number.as_str() == SANDBOX {
        return Some(Finding::warn(
            CHECK,
            "this is Twilio's sandbox, whose webhook cannot be read",
            format!(
                "compare \"when a message comes in\" of the sandbox in Twilio's console with {}",
                expected.webhook
            ),
        ));
    }
    Some(match setup.whatsapp_sender(number).await {
        Ok(Some(route)) if !route.online => Finding::fail(
            CHECK,
            "the sender is not online",
            "see the sender in Twilio's console for the reason",
        ),
        Ok(Some(route)) => judge(CHECK, "the webhook of the WhatsApp sender", &route, expected),
        Ok(None) => not_ours(CHECK, "TWILIO_WHATSAPP_NUMBER"),
        Err(error) => refused(CHECK, error),
    })
}

fn judge(check: &str, what: &str, route: &InboundRoute, expected: &Expected) -> Finding {
    let remedy = format!("set {what} to {} with POST, in Twilio's console", expected.webhook);
    let Some(url) = &route.url else { return Finding::fail(check, "no webhook is set", remedy) };
    // What follows a # tells Twilio how often to try; it is not called.
    let called = url.split('#').next().unwrap_or_default();
    if called != expected.webhook && called != expected.inbound {
        return Finding::fail(check, format!("another webhook is set: {}", shown(called)), remedy);
    }
    if !route.by_post {
        return Finding::fail(check, "the webhook is called with GET", remedy);
    }
    if route.fallback_url.is_none() {
        let remedy = format!("set its fallback to {}: {}", expected.fallback, expected.without_fallback);
        return Finding::warn(check, "the webhook is ours; no fallback is set", remedy);
    }
    Finding::ok(check, "the webhook is ours, and a fallback is set")
}

/// An address without what may be secret in it.
fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| "no address".to_owned(),
        |url| format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()),
    )
}

fn not_ours(check: &str, setting: &str) -> Finding {
    Finding::fail(
        check,
        "it does not belong to the account",
        format!("check {setting}, and that it is of this account"),
    )
}

fn refused(check: &str, error: SetupError) -> Finding {
    let remedy = match error {
        SetupError::Unauthorised => {
            "check that TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together: the account's own, not an API key's"
        }
        SetupError::Unavailable(_) | SetupError::Unexpected => ASK_AGAIN,
    };
    Finding::fail(check, error.to_string(), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    fn route(url: &str) -> InboundRoute {
        InboundRoute {
            url: Some(url.to_owned()),
            by_post: true,
            fallback_url: Some("https://hark.example/twilio/fallback".to_owned()),
            decided_elsewhere: false,
            online: true,
        }
    }

    #[test]
    fn a_webhook_is_compared_letter_by_letter() {
        let expected = Expected::at("https://hark.example/api/");
        let judged = |route: &InboundRoute| judge("sms", "the webhook", route, &expected);
        for (url, state) in [
            ("https://hark.example/api/webhook", State::Ok),
            ("https://hark.example/api/twilio/inbound", State::Ok),
            ("https://hark.example/api/webhook#rc=3&rp=all", State::Ok),
            ("https://hark.example/api/webhook/", State::Fail),
            ("http://hark.example/api/webhook", State::Fail),
            ("https://other.example/api/webhook", State::Fail),
            ("https://user:CANARY@other.example/api/webhook?key=CANARY", State::Fail),
        ] {
            let finding = judged(&route(url));
            assert_eq!(finding.state, state, "{url}");
            assert!(!format!("{finding:?}").contains("CANARY"));
        }
        let ours = "https://hark.example/api/webhook";
        assert_eq!(judged(&InboundRoute { fallback_url: None, ..route(ours) }).state, State::Warn);
        let by_get = judged(&InboundRoute { by_post: false, ..route(ours) });
        assert_eq!(by_get.state, State::Fail);
        assert!(by_get.remedy.unwrap().contains("https://hark.example/api/webhook with POST"));
        assert_eq!(judged(&InboundRoute { url: None, ..route(ours) }).told, "no webhook is set");
    }

    #[test]
    fn calls_come_to_us_and_their_end_is_told() {
        let expected = Expected::of_calls("https://hark.example/");
        let told = |url: &str, ended: Option<&str>| {
            let routes = NumberRoutes {
                messages: InboundRoute::default(),
                calls: route(url),
                call_ended_url: ended.map(str::to_owned),
            };
            of_calls("voice", &routes, &expected)
        };
        let (ours, end) =
            ("https://hark.example/twilio/voice/incoming", "https://hark.example/twilio/voice/status");
        assert_eq!(told(ours, Some(end)).state, State::Ok);
        assert_eq!(told("https://hark.example/twilio/voice", Some(end)).state, State::Ok);
        let silent = told(ours, None);
        assert_eq!(silent.state, State::Warn);
        assert!(silent.remedy.unwrap().contains(end));
        // What matters more is told first.
        assert_eq!(told("https://other.example/voice", None).state, State::Fail);
        let mut routes = NumberRoutes { calls: route(ours), ..NumberRoutes::default() };
        routes.calls.decided_elsewhere = true;
        assert_eq!(of_calls("voice", &routes, &expected).state, State::Warn);
    }
}
