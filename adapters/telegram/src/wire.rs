//! Updates as Telegram sends them (Telegram, "Update", "Message", "CallbackQuery"): of each the fields that are read, and
//! no others, since Telegram adds fields and kinds without notice. A field that is read and has another type than
//! documented makes this one update unreadable.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One update. At most one of the optional fields is there.
#[derive(Deserialize)]
pub(crate) struct Update {
    pub(crate) message: Option<Message>,
    pub(crate) callback_query: Option<Tap>,
    pub(crate) edited_message: Option<Message>,
}

/// The number of an update, whatever else is in it.
#[derive(Deserialize)]
pub(crate) struct Numbered {
    pub(crate) update_id: i64,
}

/// A message in a chat. Its `date` is among the rest: whatever it is, it makes no message unreadable.
#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) message_id: i64,
    pub(crate) from: Option<User>,
    pub(crate) chat: Chat,
    pub(crate) reply_to_message: Option<Quoted>,
    pub(crate) text: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) voice: Option<File>,
    pub(crate) audio: Option<File>,
    pub(crate) photo: Option<Vec<Photo>>,
    pub(crate) video: Option<File>,
    pub(crate) video_note: Option<File>,
    pub(crate) document: Option<File>,
    pub(crate) location: Option<Place>,
    pub(crate) venue: Option<Venue>,
    pub(crate) contact: Option<Contact>,
    /// What else there is, by name.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) is_bot: bool,
    /// Of the person's phone (IETF language tag); whatever it is, it makes no message unreadable.
    pub(crate) language_code: Option<Value>,
}

#[derive(Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

/// The message that another one answers, or whose button was tapped; of one that is too old there is no more than this.
#[derive(Deserialize)]
pub(crate) struct Quoted {
    pub(crate) message_id: i64,
    pub(crate) chat: Chat,
    pub(crate) reply_markup: Option<Keyboard>,
}

/// A file that can be fetched by its id. Of a voice message, a video message and a document alike.
#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) file_id: String,
    pub(crate) file_size: Option<u64>,
    pub(crate) mime_type: Option<String>,
}

/// One of the sizes of a photo.
#[derive(Deserialize)]
pub(crate) struct Photo {
    pub(crate) file_id: String,
    pub(crate) file_size: Option<u64>,
    #[serde(default)]
    pub(crate) width: u64,
    #[serde(default)]
    pub(crate) height: u64,
}

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

#[derive(Deserialize)]
pub(crate) struct Venue {
    pub(crate) location: Place,
    pub(crate) title: String,
    pub(crate) address: String,
}

#[derive(Deserialize)]
pub(crate) struct Contact {
    pub(crate) phone_number: String,
    pub(crate) first_name: String,
    pub(crate) last_name: Option<String>,
    pub(crate) vcard: Option<String>,
}

/// A tap on a button.
#[derive(Deserialize)]
pub(crate) struct Tap {
    pub(crate) id: String,
    pub(crate) from: User,
    pub(crate) message: Option<Quoted>,
    pub(crate) data: Option<String>,
}

/// The buttons below a message, row by row.
#[derive(Deserialize)]
pub(crate) struct Keyboard {
    #[serde(default)]
    pub(crate) inline_keyboard: Vec<Vec<Key>>,
}

#[derive(Deserialize)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) callback_data: Option<String>,
}

/// A message that we sent, as Telegram answers it.
#[derive(Deserialize)]
pub(crate) struct Sent {
    pub(crate) message_id: i64,
    pub(crate) date: i64,
    pub(crate) chat: Chat,
}

/// What is answered to `getFile`.
#[derive(Deserialize)]
pub(crate) struct FilePath {
    pub(crate) file_path: Option<String>,
    pub(crate) file_size: Option<u64>,
}
