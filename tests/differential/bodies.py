"""Random bodies: forms with all that may be in them, as the bytes on the wire and the fields that these mean."""

import json
from urllib.parse import quote

NAMES = (
    "Body From To MessageSid AccountSid ProfileName NumMedia MediaUrl0 MediaUrl10 MediaUrl2 CallSid CALLSID callsid "
    "Reason ReasonConferenceEnded a b ab A 1 01 10 a[b] a[] MessagingBinding.Address __proto__ constructor toString é"
).split() + ["", "e\u0301", "\uff21", "\ue000x", "😀", "𝒜x", " a", "a b", "bodySHA256"]

WORDS = [
    *["pipe", "Valve", "+4915155500001", "whatsapp:+14155238886", "0", " ", "  ", "\r\n", "\n", "\t", "\0", "\x7f"],
    *["é", "e\u0301", "ß", "ł", "مرحبا", "ا", "😀", "👍🏽", "𝒜", "\ufb01", "\uff21", "\ue000", "\ufeff", "\u2028"],
    *['"', "'", "&", "=", ";", "%", "%2B", "%zz", "+", "<b>", "\\", "\u202e", "a=b&c=d", "null", "[object Object]"],
]

# Pieces between two `&` that no serialiser writes, and the fields that they mean.
ODDITIES = [
    (b"", []),
    (b"=", [(b"", b"")]),
    (b"=v", [(b"", b"v")]),
    (b"Body", [(b"Body", b"")]),
    (b"x=y=z", [(b"x", b"y=z")]),
    (b"x==", [(b"x", b"=")]),
    (b"a=1;b=2", [(b"a", b"1;b=2")]),
    (b"a=%zz", [(b"a", b"%zz")]),
    (b"a=%", [(b"a", b"%")]),
    (b"a=%4", [(b"a", b"%4")]),
    (b"a=%%41", [(b"a", b"%A")]),
    (b"a%=%zz%41", [(b"a%", b"%zzA")]),
    (b"a=%u0041", [(b"a", b"%u0041")]),
    (b"a=#?/", [(b"a", b"#?/")]),
]

# Bytes that are no UTF-8: Twilio sends none.
NO_TEXT = [
    (b"a=%ff", [(b"a", b"\xff")]),
    (b"a=x%C3", [(b"a", b"x\xc3")]),
    (b"a=%ed%a0%80", [(b"a", b"\xed\xa0\x80")]),
    (b"%fe=1", [(b"\xfe", b"1")]),
    (b"a=\xff", [(b"a", b"\xff")]),
]


def words(chance, most=4):
    """A random text, often empty."""
    return "".join(chance.choices(WORDS, k=chance.randrange(most)))


def escaped(chance, text):
    """A text as a form carries it, in one of the ways in which it may be written."""
    style = chance.randrange(8)
    if style == 0:
        return "".join(f"%{byte:02x}" for byte in text.encode()).encode()
    if style == 1:
        return "".join(quote(char, safe="") if char.isascii() else char for char in text).encode()
    written = quote(text, safe=["", "-._~", "!*'();:@,/?$[]"][style % 3])
    return (written.replace("%20", "+") if style > 4 else written).encode()


def field(chance, name, value):
    """A piece of a form, and the field that it means."""
    return escaped(chance, name) + b"=" + escaped(chance, value), [(name.encode(), value.encode())]


def form(chance):
    """A form in pieces."""
    pieces = [field(chance, chance.choice(NAMES), words(chance)) for _ in range(chance.choice([0, 1, 3, 5, 8, 20]))]
    if pieces and chance.random() < 0.2:
        # A name twice, with the same value or another.
        name, value = chance.choice(pieces)[1][0]
        value = value.decode() if chance.random() < 0.5 else words(chance)
        pieces.append(field(chance, name.decode(), value))
    if chance.random() < 0.15:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(ODDITIES))
    if chance.random() < 0.02:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(NO_TEXT))
    limit = chance.random()
    if limit < 0.0005:
        pieces.append(field(chance, "Body", "x" * 65_536))
    elif limit < 0.001:
        pieces += [field(chance, "a", str(number)) for number in range(1_001)]
    return pieces


def on_the_wire(pieces):
    """The body of a form."""
    return b"&".join(raw for raw, _ in pieces)


def fields(pieces):
    """What a form means."""
    return [pair for _, pairs in pieces for pair in pairs]


def other_body(chance):
    """A body that is no form, as its kind and its bytes. JSON of a flat object is what Twilio sends."""
    kind = chance.choice(["json", "json", "json", "text"])
    if kind == "text":
        body = words(chance, 6).encode()
        return kind, body + b"\xff" if chance.random() < 0.02 else body
    members = {chance.choice(NAMES): words(chance) for _ in range(chance.choice([0, 1, 2, 4]))}
    if not members and chance.random() < 0.5:
        return kind, chance.choice([b"", b"[]"])
    return kind, json.dumps(members, ensure_ascii=chance.random() < 0.5).encode()


def members(raw):
    """The members of a JSON object of texts, as if they were a form's fields."""
    value = json.loads(raw or b"{}")
    return [(name.encode(), text.encode()) for name, text in value.items()] if isinstance(value, dict) else []
