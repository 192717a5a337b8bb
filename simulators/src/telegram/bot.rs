//! What is known of the bot: its number, what waits to be taken, and where it is to be brought.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Mutex,
};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    clock,
    store::Store,
    world::{World, locked},
};

/// The bot where no token says which.
const ANY: i64 = 5_550_000;

/// See the module.
pub(crate) struct Bot {
    pub(super) state: Mutex<State>,
    /// Ticks whenever an update waits, or another one asks for updates.
    pub(super) news: watch::Sender<u64>,
    /// Held while updates are brought, so that they come one after another.
    pub(super) bringing: tokio::sync::Mutex<()>,
}

/// What changes.
pub(crate) struct State {
    next_update: i64,
    next_message: i64,
    /// Oldest first.
    pub(super) waiting: VecDeque<Value>,
    pub(super) webhook: Option<Webhook>,
    /// Which kinds are wanted; empty: all.
    pub(super) allowed: Vec<String>,
    /// How many have asked for updates: the last one gets them.
    pub(super) asked: u64,
    /// The updates that phones sent, by the number of their message.
    pub(super) sent: HashMap<String, Value>,
    /// Taps whose phones wait for an answer.
    pub(super) taps: BTreeSet<String>,
}

/// Where updates are brought.
#[derive(Clone)]
pub(crate) struct Webhook {
    pub(super) url: String,
    pub(super) secret: String,
    /// When and why the last update was not taken.
    pub(super) failed: Option<(i64, String)>,
}

impl Bot {
    /// The bot, with numbers that none of what is stored has.
    pub(crate) fn of(store: &Store) -> Self {
        let known = store.of_telegram().filter_map(|message| message.sid.parse::<i64>().ok()).max();
        let state = State {
            // They go up over a restart, too.
            next_update: clock::now_ms(),
            next_message: known.unwrap_or(0) + 1,
            waiting: VecDeque::new(),
            webhook: None,
            allowed: Vec::new(),
            asked: 0,
            sent: HashMap::new(),
            taps: BTreeSet::new(),
        };
        let (news, bringing) = (watch::Sender::new(0), tokio::sync::Mutex::new(()));
        Self { state: Mutex::new(state), news, bringing }
    }

    /// The bot's number: the digits of its token.
    pub(crate) fn id(world: &World) -> i64 {
        let token = world.config.telegram_token.split(':').next().unwrap_or_default();
        token.parse().unwrap_or(ANY)
    }

    /// What `getMe` answers.
    pub(super) fn me(&self, world: &World) -> Value {
        json!({
            "id": Self::id(world), "is_bot": true, "first_name": "Hark (simulated)", "username": "hark_simulated_bot",
            "can_join_groups": false, "can_read_all_group_messages": false, "supports_inline_queries": false,
        })
    }

    /// The number of the next message.
    pub(crate) fn next_message(&self) -> i64 {
        let mut state = locked(&self.state);
        state.next_message += 1;
        state.next_message - 1
    }

    /// An update with its number, if its kind is wanted; it waits from now on. One that has a number already comes again.
    pub(crate) fn add(&self, mut update: Value) -> Option<Value> {
        let mut state = locked(&self.state);
        let fields = update.as_object_mut()?;
        let is_wanted = state.allowed.is_empty() || fields.keys().any(|kind| state.allowed.contains(kind));
        if !is_wanted {
            return None;
        }
        if !fields.contains_key("update_id") {
            fields.insert("update_id".to_owned(), json!(state.next_update));
            state.next_update += 1;
        }
        state.waiting.push_back(update.clone());
        drop(state);
        self.news.send_modify(|count| *count += 1);
        Some(update)
    }

    /// Keeps an update, so that it can come again just as it was.
    pub(crate) fn remember(&self, message: &str, update: &Value) {
        locked(&self.state).sent.insert(message.to_owned(), update.clone());
    }

    /// The update that this message came with.
    pub(crate) fn remembered(&self, message: &str) -> Option<Value> {
        locked(&self.state).sent.get(message).cloned()
    }

    /// A phone waits for an answer to this tap.
    pub(crate) fn tapped(&self, tap: &str) {
        locked(&self.state).taps.insert(tap.to_owned());
    }
}
