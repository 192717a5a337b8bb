//! What stays: Twilio's log of messages, what phones received, media, and the webhooks sent.
//!
//! With a data folder every change is one line of JSON in `journal.jsonl`, and each media file lies in
//! `media/` under its SID; at the start the journal is read again.

mod journal;
mod records;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use journal::{Entry, Journal};
pub(crate) use records::{Button, Content, Direction, InboundForm, MediaItem, Message};

/// Where the bytes of a media file are.
pub(crate) enum MediaSource {
    Memory(Bytes),
    File(PathBuf),
}

/// See the module.
#[derive(Default)]
pub(crate) struct Store {
    messages: Vec<Message>,
    media: HashMap<String, MediaItem>,
    media_bytes: HashMap<String, Bytes>,
    forms: HashMap<String, InboundForm>,
    /// Oldest first.
    contents: Vec<Content>,
    /// By fingerprint of the audio.
    transcripts: HashMap<String, String>,
    journal: Option<Journal>,
}

impl Store {
    /// Opens the folder, if there is one, and reads what is in it.
    pub(crate) fn open(folder: Option<&Path>) -> io::Result<Self> {
        let mut store = Self::default();
        if let Some(folder) = folder {
            let (journal, entries) = Journal::open(folder)?;
            entries.into_iter().for_each(|entry| store.apply(entry));
            store.journal = Some(journal);
        }
        Ok(store)
    }

    /// Adds a message to Twilio's log; the phone at its other end has received or sent it.
    pub(crate) fn add_message(&mut self, message: Message) {
        self.change(Entry::Message(message));
    }

    /// Twilio's log, oldest first.
    pub(crate) fn log(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(|message| !message.deleted && !message.is_of_telegram())
    }

    /// What was said through Telegram, oldest first.
    pub(crate) fn of_telegram(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.is_of_telegram())
    }

    /// One message of Twilio's log.
    pub(crate) fn message(&self, sid: &str) -> Option<&Message> {
        self.log().find(|message| message.sid == sid)
    }

    /// What a phone received, oldest first; what Twilio deleted later is still on the phone.
    pub(crate) fn received_by<'a>(&'a self, identity: &'a str) -> impl Iterator<Item = &'a Message> {
        self.messages.iter().filter(move |message| message.direction.is_outbound() && message.to == identity)
    }

    /// Removes a message from Twilio's log.
    pub(crate) fn delete_message(&mut self, sid: &str) -> bool {
        let known = self.message(sid).is_some();
        if known {
            self.change(Entry::MessageDeleted { sid: sid.to_owned() });
        }
        known
    }

    /// Empties the body of a message in Twilio's log.
    pub(crate) fn redact_message(&mut self, sid: &str) {
        self.change(Entry::MessageRedacted { sid: sid.to_owned() });
    }

    /// Keeps a file that a phone sent.
    pub(crate) fn add_media(&mut self, item: MediaItem, bytes: Bytes) -> io::Result<()> {
        match &self.journal {
            Some(journal) => journal.write_blob(&item.sid, &bytes)?,
            None => drop(self.media_bytes.insert(item.sid.clone(), bytes)),
        }
        self.change(Entry::Media(item));
        Ok(())
    }

    /// A file's description.
    pub(crate) fn media(&self, sid: &str) -> Option<&MediaItem> {
        self.media.get(sid)
    }

    /// The files of a message.
    pub(crate) fn media_of<'a>(&'a self, message_sid: &'a str) -> impl Iterator<Item = &'a MediaItem> {
        self.media.values().filter(move |item| item.message_sid == message_sid)
    }

    /// Where a file's bytes are.
    pub(crate) fn media_source(&self, sid: &str) -> Option<MediaSource> {
        self.media.get(sid)?;
        match &self.journal {
            Some(journal) => Some(MediaSource::File(journal.blob_path(sid))),
            None => self.media_bytes.get(sid).cloned().map(MediaSource::Memory),
        }
    }

    /// Deletes a file.
    pub(crate) fn delete_media(&mut self, sid: &str) -> bool {
        let known = self.media.contains_key(sid);
        if known {
            if let Some(journal) = &self.journal {
                journal.remove_blob(sid);
            }
            self.change(Entry::MediaDeleted { sid: sid.to_owned() });
        }
        known
    }

    /// The transcript that came with audio of one of these fingerprints.
    pub(crate) fn transcript_of(&self, fingerprints: &[String]) -> Option<&str> {
        fingerprints.iter().find_map(|fingerprint| self.transcripts.get(fingerprint)).map(String::as_str)
    }

    /// The webhook that was sent with this MessageSid.
    pub(crate) fn form(&self, sid: &str) -> Option<&InboundForm> {
        self.forms.get(sid)
    }

    /// Keeps a webhook, so that it can be sent again just as it was.
    pub(crate) fn add_form(&mut self, form: InboundForm) {
        self.change(Entry::Form(form));
    }

    /// Keeps content.
    pub(crate) fn add_content(&mut self, content: Content) {
        self.change(Entry::Content(content));
    }

    /// All content, oldest first.
    pub(crate) fn contents(&self) -> &[Content] {
        &self.contents
    }

    /// One piece of content.
    pub(crate) fn content(&self, sid: &str) -> Option<&Content> {
        self.contents.iter().find(|content| content.sid == sid)
    }

    /// Deletes content; messages that were sent with it stay as they are.
    pub(crate) fn delete_content(&mut self, sid: &str) -> bool {
        let known = self.content(sid).is_some();
        if known {
            self.change(Entry::ContentDeleted { sid: sid.to_owned() });
        }
        known
    }

    fn change(&mut self, entry: Entry) {
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.append(&entry)) {
            tracing::warn!(%error, "The simulator could not write its journal");
        }
        self.apply(entry);
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Message(message) => self.messages.push(message),
            Entry::MessageDeleted { sid } => self.in_log(&sid, |message| message.deleted = true),
            Entry::MessageRedacted { sid } => self.in_log(&sid, |message| message.redacted = true),
            Entry::Media(item) => {
                if let Some(transcript) = &item.transcript {
                    let known = item.fingerprints.iter().map(|print| (print.clone(), transcript.clone()));
                    self.transcripts.extend(known);
                }
                self.media.insert(item.sid.clone(), item);
            }
            Entry::MediaDeleted { sid } => {
                self.media.remove(&sid);
                self.media_bytes.remove(&sid);
            }
            Entry::Form(form) => drop(self.forms.insert(form.message_sid.clone(), form)),
            Entry::Content(content) => self.contents.push(content),
            Entry::ContentDeleted { sid } => self.contents.retain(|content| content.sid != sid),
        }
    }

    fn in_log(&mut self, sid: &str, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.iter_mut().find(|message| message.sid == sid) {
            change(message);
        }
    }
}
