//! What Twilio does with the answer to a webhook: it sends `<Message>` and plain text to the person.

use super::inbox::deliver;
use crate::{
    clock, random,
    store::{Direction, InboundForm, Message},
    world::World,
};

/// Sends what the answer says. An empty `<Response/>` says nothing, plain text is a message of its own.
pub(super) fn obey(world: &World, form: &InboundForm, content_type: &str, text: &str) {
    let bodies = match content_type.split(';').next().unwrap_or_default().trim() {
        "text/plain" => vec![text.to_owned()],
        "text/xml" | "application/xml" => messages_in(text),
        _ => Vec::new(),
    };
    let field = |name: &str| {
        form.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    for body in bodies.into_iter().filter(|body| !body.trim().is_empty()) {
        let message = Message {
            sid: random::sid("SM"),
            direction: Direction::OutboundReply,
            from: field("To"),
            to: field("From"),
            body,
            media_urls: Vec::new(),
            messaging_service_sid: None,
            created_ms: clock::now_ms(),
            buttons: Vec::new(),
            deleted: false,
            redacted: false,
        };
        deliver(world, message);
    }
}

/// The texts of all `<Message>`, their own or that of a `<Body>` inside. TwiML is too small for an XML reader.
fn messages_in(xml: &str) -> Vec<String> {
    xml.split("<Message")
        .skip(1)
        .filter_map(|rest| {
            let (attributes, rest) = rest.split_once('>')?;
            if attributes.ends_with('/') {
                return None;
            }
            let (inside, _) = rest.split_once("</Message>")?;
            let body = inside.split_once("<Body>").and_then(|(_, body)| body.split_once("</Body>"));
            let text = body.map_or(inside, |(body, _)| body);
            let plain = text.split('<').enumerate().map(|(index, part)| {
                // What stands before the first tag, and after each tag.
                if index == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) }
            });
            Some(unescape(plain.collect::<String>().trim()))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_messages_of_an_answer() {
        assert!(messages_in("<?xml version=\"1.0\"?><Response/>").is_empty());
        assert_eq!(
            messages_in("<Response><Message>Done &amp; dusted</Message></Response>"),
            ["Done & dusted"]
        );
        assert_eq!(
            messages_in(
                "<Response><Message to=\"+1\"><Body>A</Body><Media>u</Media></Message><Message>B</Message></Response>"
            ),
            ["A", "B"]
        );
    }
}
