//! `GET Messages.json`: the log, newest first, in Twilio's pages.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use serde_json::{Value, json};

use super::{errors::TwilioError, resource};
use crate::{
    clock,
    store::Message,
    world::{SharedWorld, locked},
};

/// The names of the filters, which are kept in the links between pages.
const FILTERS: [&str; 5] = ["To", "From", "DateSent", "DateSent<", "DateSent>"];

/// See the module. `PageToken` is `PA` and the SID of the last message of the page before.
pub(super) async fn messages(
    State(world): State<SharedWorld>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, TwilioError> {
    // `DateSent>=2026-01-01` reads as the name `DateSent>` and its value.
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let value = |name: &str| {
        query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    };
    let number = |name: &str, default: usize| {
        value(name).map_or(Ok(default), |text| {
            text.parse().map_err(|_| TwilioError::bad_request(20001, format!("{name} is not valid")))
        })
    };
    let page_size = number("PageSize", 50)?.clamp(1, 1000);
    let page = number("Page", 0)?;
    let dates = Dates::read(value)?;

    let store = locked(&world.store);
    let fits = |message: &&Message| {
        value("To").is_none_or(|to| message.to == to)
            && value("From").is_none_or(|from| message.from == from)
            && dates.contain(message.created_ms)
    };
    let mut rest = store.log().rev().filter(fits).peekable();
    if let Some(last) = value("PageToken").and_then(|token| token.strip_prefix("PA")) {
        while rest.next().is_some_and(|message| message.sid != last) {}
    }
    let shown: Vec<&Message> = rest.by_ref().take(page_size).collect();
    let more = rest.peek().is_some();

    let uri = |page: usize, after: Option<&str>| {
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.iter().filter(|(name, _)| FILTERS.contains(&name.as_str())) {
            link.append_pair(name, value);
        }
        link.append_pair("PageSize", &page_size.to_string()).append_pair("Page", &page.to_string());
        if let Some(sid) = after {
            link.append_pair("PageToken", &format!("PA{sid}"));
        }
        format!("/2010-04-01/Accounts/{}/Messages.json?{}", world.config.account_sid, link.finish())
    };
    let next = shown.last().filter(|_| more).map(|last| uri(page + 1, Some(&last.sid)));
    let start = page * page_size;
    Ok(Json(json!({
        "first_page_uri": uri(0, None),
        "next_page_uri": next,
        "previous_page_uri": (page > 0).then(|| uri(page - 1, None)),
        "uri": uri(page, value("PageToken").and_then(|token| token.strip_prefix("PA"))),
        "page": page,
        "page_size": page_size,
        "start": start,
        "end": start + shown.len().saturating_sub(1),
        "messages": shown.iter().map(|message| resource::message(&world, &store, message)).collect::<Vec<_>>(),
    })))
}

/// The `DateSent` filters; a day stands for all of it, a time for itself. Both ends belong to the range.
struct Dates {
    on: Option<(i64, i64)>,
    from: Option<i64>,
    until: Option<i64>,
}

impl Dates {
    fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Result<Self, TwilioError> {
        let span = |name: &str| match value(name) {
            None => Ok(None),
            Some(text) => span_of(text)
                .map(Some)
                .ok_or_else(|| TwilioError::bad_request(20001, format!("{name} is not valid"))),
        };
        Ok(Self {
            on: span("DateSent")?,
            from: span("DateSent>")?.map(|(first, _)| first),
            until: span("DateSent<")?.map(|(_, last)| last),
        })
    }

    fn contain(&self, ms: i64) -> bool {
        self.on.is_none_or(|(first, last)| (first..=last).contains(&ms))
            && self.from.is_none_or(|first| ms >= first)
            && self.until.is_none_or(|last| ms <= last)
    }
}

fn span_of(text: &str) -> Option<(i64, i64)> {
    if let Some(ms) = clock::parse(text) {
        // Twilio's times have no fractions: a message of the same second is meant.
        return Some((ms, ms + 999));
    }
    let first = clock::parse(&format!("{text}T00:00:00Z"))?;
    (clock::day(first) == text).then_some((first, first + 86_399_999))
}
