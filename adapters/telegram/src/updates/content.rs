//! What a message carries: words, files, a place, somebody's card. What Hark cannot take, a sticker or a poll, comes as a
//! message without words, and its sender is told what can be taken.

use shared::domain::{
    aside::Command,
    message::{Location, MAX_MEDIA, MediaRef},
    private::Private,
};

use super::{NoMessage, command};
use crate::{
    media::address_of,
    wire::{Contact, File, Message, Photo, Place, Venue},
};

/// Longest address or name of a shared place that is kept, in characters.
const MAX_PLACE_TEXT: usize = 1_000;

/// Longest content type that is kept, in bytes.
const MAX_TYPE: usize = 100;

/// Stands for a content type that says nothing.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What surrounds a message or goes with its content (Telegram, "Message").
const AROUND: [&str; 36] = [
    "message_thread_id",
    "direct_messages_topic",
    "sender_chat",
    "sender_boost_count",
    "sender_business_bot",
    "date",
    "business_connection_id",
    "forward_origin",
    "forward_from",
    "forward_from_chat",
    "forward_date",
    "is_topic_message",
    "is_automatic_forward",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_to_checklist_task_id",
    "via_bot",
    "edit_date",
    "has_protected_content",
    "is_from_offline",
    "is_paid_post",
    "media_group_id",
    "author_signature",
    "paid_star_count",
    "entities",
    "link_preview_options",
    "suggested_post_info",
    "effect_id",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
    "reply_markup",
    "sender_tag",
    "connected_website",
    "passport_data",
];

/// What Telegram itself notes in a chat (Telegram, "Message", the service messages): nobody said anything.
const NOTED: [&str; 48] = [
    "new_chat_members",
    "left_chat_member",
    "chat_owner_left",
    "chat_owner_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "write_access_allowed",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_completed",
    "paid_message_price_changed",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "web_app_data",
    "managed_bot_created",
];

pub(super) struct Content {
    pub(super) text: String,
    pub(super) media: Vec<MediaRef>,
    pub(super) location: Option<Location>,
    pub(super) command: Option<Command>,
}

pub(super) fn read(message: Message) -> Result<Content, NoMessage> {
    let has_other = has_what_cannot_be_taken(&message);
    let is_noted = message.rest.keys().any(|name| NOTED.contains(&name.as_str()));
    let command = message.text.as_deref().and_then(|text| command::of(text, message.rest.get("entities")));
    let text = message.text.or(message.caption).or(message.contact.as_ref().map(card)).unwrap_or_default();
    let media = media(&[
        (message.voice.as_ref(), "audio/ogg"),
        (message.audio.as_ref(), "audio/mpeg"),
        (message.photo.as_deref().and_then(largest).as_ref(), "image/jpeg"),
        (message.video.as_ref(), "video/mp4"),
        (message.video_note.as_ref(), "video/mp4"),
        (message.document.as_ref(), UNKNOWN_TYPE),
    ])?;
    let location = match (message.venue, message.location) {
        (Some(venue), _) => Some(place_of(venue)?),
        (None, Some(place)) => Some(place_at(&place)?),
        (None, None) => None,
    };
    // Telegram lets nobody send a text of blanks, so a message without anything is broken.
    if text.is_empty() && media.is_empty() && location.is_none() && !has_other {
        return Err(if is_noted { NoMessage::Noted } else { NoMessage::Empty });
    }
    Ok(Content { text, media, location, command })
}

fn has_what_cannot_be_taken(message: &Message) -> bool {
    message.rest.keys().any(|name| !AROUND.contains(&name.as_str()) && !NOTED.contains(&name.as_str()))
}

fn media(files: &[(Option<&File>, &str)]) -> Result<Vec<MediaRef>, NoMessage> {
    let there = files.iter().filter_map(|(file, usual)| file.map(|file| (file, *usual)));
    there
        .take(MAX_MEDIA)
        .map(|(file, usual)| {
            let url = address_of(&file.file_id, file.file_size).ok_or(NoMessage::Unreadable)?;
            let content_type = file.mime_type.as_deref().map_or_else(|| usual.to_owned(), bare_type);
            Ok(MediaRef { url: Private::new(url), content_type })
        })
        .collect()
}

/// The largest of the sizes in which a photo comes.
fn largest(sizes: &[Photo]) -> Option<File> {
    let largest = sizes.iter().max_by_key(|size| size.width.saturating_mul(size.height))?;
    Some(File { file_id: largest.file_id.clone(), file_size: largest.file_size, mime_type: None })
}

/// Lower case, without parameters; what cannot be a content type says nothing.
fn bare_type(raw: &str) -> String {
    let bare = raw.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-/".contains(&byte);
    let readable = bare.len() <= MAX_TYPE
        && bare.bytes().all(is_token)
        && bare.split('/').filter(|half| !half.is_empty()).count() == 2;
    if readable { bare } else { UNKNOWN_TYPE.to_owned() }
}

fn place_at(place: &Place) -> Result<Location, NoMessage> {
    let within = (-90.0..=90.0).contains(&place.latitude) && (-180.0..=180.0).contains(&place.longitude);
    let here = Location { latitude: place.latitude, longitude: place.longitude, address: None, label: None };
    within.then_some(here).ok_or(NoMessage::Unreadable)
}

fn place_of(venue: Venue) -> Result<Location, NoMessage> {
    let bounded = |text: String| {
        let text: String = text.chars().filter(|c| *c != '\0').take(MAX_PLACE_TEXT).collect();
        Some(text).filter(|text| !text.is_empty())
    };
    let place = place_at(&venue.location)?;
    Ok(Location { address: bounded(venue.address), label: bounded(venue.title), ..place })
}

/// Somebody's card as text: as the phone made it, or of what Telegram says of it (RFC 6350).
fn card(contact: &Contact) -> String {
    if let Some(card) = contact.vcard.as_ref().filter(|card| !card.trim().is_empty()) {
        return card.clone();
    }
    let name = format!("{} {}", contact.first_name, contact.last_name.as_deref().unwrap_or_default());
    format!("BEGIN:VCARD\nVERSION:4.0\nFN:{}\nTEL:{}\nEND:VCARD", name.trim(), contact.phone_number)
}
