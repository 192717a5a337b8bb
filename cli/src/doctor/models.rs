//! The models: whether the key works, and whether they exist for a while yet.

use std::sync::Arc;

use adapter_openai::{
    OpenAiConfig,
    models::{ModelState, ModelsError, OpenAiModels},
};
use futures::future::join_all;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::finding::{Finding, Found};

/// From so many days before it is switched off, a model is to be replaced.
const NEAR_DAYS: i32 = 90;

/// Looks each configured model up.
pub(super) async fn check(http: reqwest::Client, config: &OpenAiConfig, now: Timestamp) -> Found {
    let models = Arc::new(OpenAiModels::new(http, config));
    let named = [
        ("OPENAI_TRANSCRIBE_MODEL", config.transcribe_model.as_str()),
        ("OPENAI_ANALYSE_MODEL", config.analyse_model.as_str()),
        ("OPENAI_CHAT_MODEL", config.chat_model.as_str()),
    ];
    // One that does two things is looked at once.
    let is_new = |at: usize, model: &str| named.iter().take(at).all(|(_, before)| *before != model);
    let each = named.iter().enumerate().filter(|(at, (_, model))| is_new(*at, model));
    let looked_up = join_all(each.map(|(_, &(setting, model))| {
        let models = models.clone();
        async move { finding(setting, model, models.look_up(model).await, now) }
    }));
    looked_up.await.into()
}

fn finding(setting: &str, model: &str, state: Result<ModelState, ModelsError>, now: Timestamp) -> Finding {
    let check = format!("model {model}");
    let check = check.as_str();
    match state {
        Ok(ModelState::There { shutdown: Some(day) }) => dated(check, setting, day, now),
        Ok(ModelState::There { shutdown: None }) => {
            Finding::ok(check, "it is there; no day is known on which it ends")
        }
        Ok(ModelState::Missing) => Finding::fail(
            check,
            "the server has no such model, or not for this account",
            format!(
                "set {setting} to a model that it has; the provider's list of deprecations names the successor"
            ),
        ),
        Ok(ModelState::Untold) => Finding::warn(
            check,
            "the server does not tell which models it has",
            "send a note and see that it is understood",
        ),
        Err(ModelsError::KeyRefused) => Finding::fail(
            check,
            "the key is refused",
            "check OPENAI_API_KEY, and that its project may use the model",
        ),
        Err(error @ ModelsError::Unavailable(_)) => {
            Finding::fail(check, error.to_string(), "check OPENAI_BASE_URL and the network, and try again")
        }
    }
}

fn dated(check: &str, setting: &str, day: Date, now: Timestamp) -> Finding {
    let today = now.to_zoned(TimeZone::UTC).date();
    let left = today.until(day).map_or(0, |span| span.get_days());
    let remedy = format!(
        "choose its successor from the provider's list of deprecations, try it, and set {setting} before that day"
    );
    if left < 0 {
        Finding::warn(check, format!("it is there, although it was to be switched off on {day}"), remedy)
    } else if left <= NEAR_DAYS {
        Finding::warn(check, format!("it is switched off on {day}, in {left} days"), remedy)
    } else {
        Finding::ok(check, format!("it is there until {day}"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_model_is_to_be_replaced_before_it_is_switched_off() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (day, state, told) in [
            (date(2026, 11, 19), State::Warn, "although it was to be switched off on 2026-11-19"),
            (date(2026, 11, 20), State::Warn, "in 0 days"),
            (date(2026, 12, 11), State::Warn, "on 2026-12-11, in 21 days"),
            (date(2027, 2, 18), State::Warn, "in 90 days"),
            (date(2027, 2, 19), State::Ok, "until 2027-02-19"),
        ] {
            let found = dated("model m", "OPENAI_ANALYSE_MODEL", day, now);
            assert_eq!(found.state, state, "{day}");
            assert!(found.told.contains(told), "{}", found.told);
            assert_eq!(found.remedy.is_some(), state != State::Ok);
        }
    }

    #[test]
    fn each_state_of_a_model_has_its_line_and_remedy() {
        let now = Timestamp::UNIX_EPOCH;
        for (state, shown) in [
            (Ok(ModelState::There { shutdown: None }), State::Ok),
            (Ok(ModelState::Untold), State::Warn),
            (Ok(ModelState::Missing), State::Fail),
            (Err(ModelsError::KeyRefused), State::Fail),
            (Err(ModelsError::Unavailable("no connection")), State::Fail),
        ] {
            assert_eq!(finding("OPENAI_ANALYSE_MODEL", "m", state, now).state, shown);
        }
    }
}
