//! Buttons: Twilio sends them as content, which is created once for each set of buttons and found again by its name
//! (Twilio, "Content API" and "twilio/quick-reply"). The message's words are its one variable, so that it serves every
//! message. Quick replies need no approval within 24 hours of a person's last message.

use std::{collections::HashMap, time::Duration};

use http::StatusCode;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::domain::choice::{Choices, MAX_BUTTONS, MAX_TITLE};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use url::Url;

use super::{TwilioMessenger, outcome};

/// Longest text above buttons, in UTF-16 units (Meta, "Interactive reply buttons messages": 1,024 characters).
const LONGEST_BODY: usize = 1_024;
/// Contents on a page of the list: the most that there can be.
const PAGE_SIZE: &str = "1000";
/// Pages that are looked through. Beyond, content is created although it may exist.
const MOST_PAGES: usize = 5;
/// To find or create content, with waiting for another message that does. The message itself comes after it.
const WITHIN: Duration = Duration::from_secs(4);
/// How long messages go without buttons after content could not be had, so that not each of them waits for it.
const PAUSE: Duration = Duration::from_secs(60);
/// All text of a message with buttons.
const BODY: &str = "{{1}}";

/// What is known of the account's contents: their SIDs by name.
pub(super) struct Contents {
    known: Mutex<Known>,
    pub(super) pause: Duration,
}

impl Default for Contents {
    fn default() -> Self {
        Self { known: Mutex::default(), pause: PAUSE }
    }
}

#[derive(Default)]
struct Known {
    sids: HashMap<String, String>,
    not_before: Option<Instant>,
}

/// Content could not be had. What it was, stands in the log.
struct NotHad;

#[derive(Deserialize)]
struct PageWire {
    contents: Vec<ContentWire>,
    meta: MetaWire,
}

#[derive(Deserialize)]
struct MetaWire {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct ContentWire {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    friendly_name: Option<String>,
    #[serde(default)]
    types: HashMap<String, Value>,
}

/// Whether this text can stand above these buttons.
pub(super) fn fits(choices: &Choices, body: &str) -> bool {
    let titles = || choices.buttons.iter().map(|button| button.title.chars().count());
    (1..=LONGEST_BODY).contains(&body.encode_utf16().count())
        && (1..=MAX_BUTTONS).contains(&choices.buttons.len())
        && titles().all(|length| (1..=MAX_TITLE).contains(&length))
}

/// The name that a set of buttons has at Twilio, the same in every process.
pub(super) fn name_of(choices: &Choices) -> String {
    let mut hash = Sha256::new();
    for button in &choices.buttons {
        for part in [button.title.as_str(), button.choice.button_id()] {
            hash.update(part);
            hash.update([0]);
        }
    }
    let hash = hex::encode(hash.finalize());
    format!("hark-choices-{}", hash.get(..32).unwrap_or(&hash))
}

/// The quick reply as it is created.
fn quick_reply(choices: &Choices) -> Value {
    let action = |button: &shared::domain::choice::Button| json!({ "title": button.title, "id": button.choice.button_id() });
    json!({ "body": BODY, "actions": choices.buttons.iter().map(action).collect::<Vec<_>>() })
}

impl ContentWire {
    /// The SID, if it is content of this name and somebody has not changed it since.
    fn sid_of(&self, name: &str, choices: &Choices) -> Option<&str> {
        let ours = self.types.get("twilio/quick-reply")?;
        let titles = |of: &Value| -> Option<Vec<(String, String)>> {
            let text = |action: &Value, field| action.get(field)?.as_str().map(str::to_owned);
            let actions = of.get("actions")?.as_array()?;
            actions.iter().map(|action| text(action, "title").zip(text(action, "id"))).collect()
        };
        let same =
            ours.get("body") == Some(&Value::from(BODY)) && titles(ours) == titles(&quick_reply(choices));
        (same && self.friendly_name.as_deref() == Some(name)).then(|| self.sid())?
    }

    fn sid(&self) -> Option<&str> {
        let is_sid = |sid: &&str| {
            let digits = sid.strip_prefix("HX");
            digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        self.sid.as_deref().filter(is_sid)
    }
}

impl TwilioMessenger {
    /// The content of a set of buttons. `None`: it cannot be had now, and the message goes without buttons.
    pub(super) async fn content_of(&self, choices: &Choices) -> Option<String> {
        let base = self.api.content.as_ref()?;
        let name = name_of(choices);
        let Ok(mut known) = timeout(WITHIN, self.contents.known.lock()).await else {
            return None;
        };
        if let Some(sid) = known.sids.get(&name) {
            return Some(sid.clone());
        }
        if known.not_before.is_some_and(|not_before| Instant::now() < not_before) {
            return None;
        }
        let had = timeout(WITHIN, self.find_or_create(base, &name, choices)).await.unwrap_or_else(|_| {
            tracing::warn!(counter = "buttons_unavailable", "The content of buttons did not come in time");
            Err(NotHad)
        });
        match had {
            Ok(sid) => {
                known.sids.insert(name, sid.clone());
                Some(sid)
            }
            Err(NotHad) => {
                known.not_before = Some(Instant::now() + self.contents.pause);
                None
            }
        }
    }

    /// Twilio does not know the content any more: it is looked for anew at the next message.
    pub(super) async fn forget_content(&self, choices: &Choices) {
        self.contents.known.lock().await.sids.remove(&name_of(choices));
    }

    async fn find_or_create(&self, base: &Url, name: &str, choices: &Choices) -> Result<String, NotHad> {
        let mut list = base.clone();
        list.set_path(&format!("{}/v1/Content", base.path().trim_end_matches('/')));
        let creation = list.clone();
        list.query_pairs_mut().append_pair("PageSize", PAGE_SIZE);
        let mut next = Some(list);
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { break };
            let request = self.api.authorised(Method::GET, url).map_err(|_| NotHad)?;
            let page: PageWire = self.asked(request, StatusCode::OK).await?;
            if let Some(sid) = page.contents.iter().find_map(|content| content.sid_of(name, choices)) {
                return Ok(sid.to_owned());
            }
            // Our credentials go with it.
            let same = |next: &Url| next.origin() == base.origin();
            next = match page.meta.next_page_url.map(|next| base.join(&next)) {
                None => None,
                Some(next) => Some(next.ok().filter(same).ok_or_else(unreadable)?),
            };
        }
        let body = json!({
            "friendly_name": name,
            "language": "en",
            "variables": { "1": "Filed as a job" },
            "types": { "twilio/quick-reply": quick_reply(choices) },
        });
        let request = self.api.authorised(Method::POST, creation).map_err(|_| NotHad)?;
        let request = request.header("content-type", "application/json").body(body.to_string());
        let created: ContentWire = self.asked(request, StatusCode::CREATED).await?;
        tracing::info!(counter = "buttons_created", "Created the content of a set of buttons at Twilio");
        created.sid().map(str::to_owned).ok_or_else(unreadable)
    }

    async fn asked<T: for<'a> Deserialize<'a>>(
        &self,
        request: RequestBuilder,
        wanted: StatusCode,
    ) -> Result<T, NotHad> {
        let answer = self.exchange(request).await.map_err(|error| {
            tracing::warn!(
                counter = "buttons_unavailable",
                cause = outcome::cause(&error),
                "The Content API could not be reached"
            );
            NotHad
        })?;
        if answer.status != wanted {
            tracing::warn!(
                counter = "buttons_unavailable",
                http.status = answer.status.as_u16(),
                twilio.code = outcome::code_of(&answer.body),
                "The Content API refused"
            );
            return Err(NotHad);
        }
        serde_json::from_slice(&answer.body).map_err(|_| unreadable())
    }
}

fn unreadable() -> NotHad {
    tracing::warn!(counter = "buttons_unavailable", "An answer of the Content API cannot be read");
    NotHad
}

#[cfg(test)]
mod tests {
    use shared::domain::language::Language;

    use super::*;

    #[test]
    fn a_set_of_buttons_has_one_name_for_ever_and_no_other_has_it() {
        assert_eq!(
            name_of(&Choices::of_record(Language::En)),
            "hark-choices-7b1b5505633f163bcb73a1d607c98a2b"
        );
        let all = [Language::En, Language::De, Language::Pl]
            .into_iter()
            .flat_map(|language| [Choices::of_record(language), Choices::of_withdrawn(language)]);
        let names: std::collections::BTreeSet<String> = all.map(|choices| name_of(&choices)).collect();
        assert_eq!(names.len(), 6);
        // The words that stand in for buttons are no part of the content.
        let other_words = Choices { in_words: "else".to_owned(), ..Choices::of_record(Language::En) };
        assert_eq!(name_of(&other_words), name_of(&Choices::of_record(Language::En)));
    }

    #[test]
    fn only_what_the_channel_takes_gets_buttons() {
        let choices = Choices::of_record(Language::En);
        assert!(fits(&choices, "x") && fits(&choices, &"x".repeat(1_024)));
        assert!(
            !fits(&choices, "") && !fits(&choices, &"x".repeat(1_025)) && !fits(&choices, &"👍".repeat(513))
        );
        let mut none = choices.clone();
        none.buttons.clear();
        let mut many = choices.clone();
        many.buttons.push(choices.buttons[0].clone());
        let mut long = choices.clone();
        long.buttons[0].title = "x".repeat(21);
        assert!([none, many, long].iter().all(|choices| !fits(choices, "x")));
    }
}
