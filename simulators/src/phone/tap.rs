//! Tapping a button below a message that the phone received.

use axum::{
    Json,
    extract::{Path, State},
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Nonsense, form::Draft, send};
use crate::{
    store::{Button, Message, Store},
    world::{SharedWorld, locked},
};

/// Which button, of which message. Without the message, of the newest that has any.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tap {
    #[serde(default)]
    message_sid: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

impl Tap {
    fn is(&self, button: &Button) -> bool {
        match (&self.title, &self.id) {
            (None, None) => false,
            (title, id) => {
                title.as_ref().is_none_or(|title| *title == button.title)
                    && id.as_ref().is_none_or(|id| *id == button.id)
            }
        }
    }

    fn find(&self, store: &Store, identity: &str) -> Result<(Message, Button), Nonsense> {
        let fits = |message: &&Message| match &self.message_sid {
            Some(sid) => message.sid == *sid,
            None => !message.buttons.is_empty(),
        };
        let message = store.received_by(identity).filter(fits).last();
        let message =
            message.ok_or_else(|| Nonsense("the phone has no such message with buttons".to_owned()))?;
        let button = message.buttons.iter().find(|button| self.is(button)).ok_or_else(|| {
            let titles: Vec<_> = message.buttons.iter().map(|button| format!("[{}]", button.title)).collect();
            Nonsense(format!("the message has no such button; it has {}", titles.join(" ")))
        })?;
        Ok((message.clone(), button.clone()))
    }
}

/// Sends what Twilio sends of a tap: the button's title as the text, its id, and the message that was tapped.
pub(super) async fn tap(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    headers: HeaderMap,
    Json(tap): Json<Tap>,
) -> Result<Json<Value>, Nonsense> {
    let draft = Draft::from_headers(&identity, &headers)?;
    let (message, button) = tap.find(&locked(&world.store), &draft.identity)?;
    let fields = Map::from_iter([
        ("ButtonText".to_owned(), json!(button.title)),
        ("ButtonPayload".to_owned(), json!(button.id)),
    ]);
    send::send(&world, Draft { body: button.title, reply_to: Some(message.sid), fields, ..draft }).await
}
