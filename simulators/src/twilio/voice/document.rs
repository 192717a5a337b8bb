//! A TwiML document as a tree: elements with their attributes, and the words between them.

use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

/// Nobody nests deeper; a document that does is not read on.
const DEEPEST: usize = 16;

/// An element of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) inside: Vec<Node>,
}

/// What stands inside of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    Words(String),
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The elements directly inside.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.inside.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Words(_) => None,
        })
    }

    /// The words directly inside, without those of elements.
    pub(super) fn own_words(&self) -> String {
        self.inside
            .iter()
            .filter_map(|node| match node {
                Node::Words(words) => Some(words.as_str()),
                Node::Element(_) => None,
            })
            .collect()
    }

    /// All words, those of inner elements too, in one line.
    pub(super) fn words(&self) -> String {
        let mut all = String::new();
        self.collect(&mut all);
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn collect(&self, all: &mut String) {
        for node in &self.inside {
            match node {
                Node::Words(words) => all.push_str(words),
                Node::Element(element) => element.collect(all),
            }
        }
    }
}

/// Reads a document; what is wrong with it as XML is told in one line.
pub(super) fn parse(xml: &str) -> Result<Element, String> {
    if xml.trim().is_empty() {
        return Err("the document is empty".to_owned());
    }
    if let Some(letter) = xml.chars().find(|letter| is_forbidden(*letter)) {
        return Err(format!("the character U+{:04X} is none of XML's", u32::from(letter)));
    }
    let mut reader = Reader::from_str(xml);
    // The last one is the element that is open; the first holds the root.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) if open.len() > DEEPEST => {
                return Err(format!("<{}> lies too deep", name_of(&start)));
            }
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => add(&mut open, Node::Element(element(&start)?)),
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    add(&mut open, Node::Element(element));
                }
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                add(&mut open, Node::Words(text.into_owned()));
            }
            Event::CData(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                add(&mut open, Node::Words(text.into_owned()));
            }
            Event::GeneralRef(reference) => add(&mut open, Node::Words(resolved(&reference)?)),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
    root(open)
}

fn root(mut open: Vec<Element>) -> Result<Element, String> {
    if open.len() > 1 {
        let name = open.pop().map(|element| element.name).unwrap_or_default();
        return Err(format!("<{name}> is not closed"));
    }
    let outer = open.pop().unwrap_or_default();
    if !outer.own_words().trim().is_empty() {
        return Err("words stand outside of the root element".to_owned());
    }
    let mut elements = outer.inside.into_iter().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Words(_) => None,
    });
    match (elements.next(), elements.next()) {
        (Some(root), None) => Ok(root),
        (None, _) => Err("there is no root element".to_owned()),
        (Some(_), Some(_)) => Err("there is more than one root element".to_owned()),
    }
}

fn add(open: &mut [Element], node: Node) {
    if let Some(element) = open.last_mut() {
        element.inside.push(node);
    }
}

fn name_of(start: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(start.name().as_ref()).into_owned()
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let value = attribute.unescape_value().map_err(|error| error.to_string())?;
        attributes.push((name, value.into_owned()));
    }
    Ok(Element { name: name_of(start), attributes, inside: Vec::new() })
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return if is_forbidden(letter) {
            Err(format!("the character U+{:04X} is none of XML's", u32::from(letter)))
        } else {
            Ok(letter.to_string())
        };
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    resolve_predefined_entity(&name).map(str::to_owned).ok_or_else(|| format!("&{name}; is not defined"))
}

/// What XML 1.0 does not allow, however it is written (section 2.2 of its recommendation).
fn is_forbidden(letter: char) -> bool {
    !matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_words_are_read() {
        let root = parse(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Say voice=\"a&amp;b\">Tom &amp; <p>Ann&#233;</p>\n \
             <![CDATA[<3]]></Say><Hangup/></Response>",
        )
        .unwrap();
        let names: Vec<_> = root.elements().map(|element| element.name.as_str()).collect();
        assert_eq!(names, ["Say", "Hangup"]);
        let say = root.elements().next().unwrap();
        assert_eq!((say.attribute("voice"), say.words().as_str()), (Some("a&b"), "Tom & Anné <3"));
    }

    #[test]
    fn what_is_no_xml_is_told() {
        let broken = [
            "",
            "hello",
            "<Response>",
            "<Response></Say>",
            "<Response/><Response/>",
            "<Response>&nbsp;</Response>",
            "<Response>&#1;</Response>",
            "<Response>\u{1}</Response>",
            "<Response a=1/>",
            "<Response a=\"1\" a=\"2\"/>",
            "<Response>a & b</Response>",
        ];
        for xml in broken {
            assert!(parse(xml).is_err(), "{xml}");
        }
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        assert!(parse(&deep).is_err());
    }
}
