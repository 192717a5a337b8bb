"""What happens to a request after it was signed: by an attacker, by a proxy, or by nobody's fault."""

import base64
from urllib.parse import quote, unquote

import bodies

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def change(chance, case):
    """Changes one thing and says what. Some changes mean the same as before, and must not matter."""
    request = case.request
    kinds = [signature, url, another_secret]
    kinds += [form] * 4 if request.kind == "form" else [body] * 2
    kind = chance.choice(kinds)
    case.changed = f"{kind.__name__}: {kind(chance, case)}"


def signature(chance, case):
    right = case.right
    at = chance.randrange(len(right))
    ways = {
        "one character": [right[:at] + chance.choice(ALPHABET.replace(right[at], "")) + right[at + 1 :]],
        "one byte": [flipped(right, chance)],
        "missing": [],
        "empty": [""],
        "blanks around it": [f" {right} "],
        "twice in a line": [f"{right},{right}"],
        "on two lines": [right, right],
        "without padding": [right.rstrip("=")],
        "unused bits": [unused_bits(right)],
        "other letters": [right.swapcase()],
        "URL-safe": [right.replace("+", "-").replace("/", "_")],
        "cut": [right[:at]],
        "longer": [right + chance.choice(ALPHABET)],
    }
    way = chance.choice(list(ways))
    case.signatures = ways[way]
    return way


def flipped(header, chance):
    """Another byte in the bytes of the signature."""
    raw = bytearray(base64.b64decode(header))
    raw[chance.randrange(len(raw))] ^= chance.randrange(1, 256)
    return base64.b64encode(raw).decode()


def unused_bits(header):
    """The same bytes in base64 that is not written as it must be."""
    last = ALPHABET.index(header.rstrip("=")[-1])
    return header.rstrip("=")[:-1] + ALPHABET[last | 1] + "="


def another_secret(chance, case):
    way = chance.choice(["of somebody else", "empty", "with a blank"])
    secret = {"of somebody else": f"{chance.getrandbits(128):032x}", "empty": "", "with a blank": case.token + " "}[way]
    case.signed.secret = secret
    case.right = case.signed.header()
    case.signatures = [case.right]
    return way


def url(chance, case):
    before = case.request.url
    query = before.query
    ways = {
        "path": before.having(path=f"{before.path or '/'}x"),
        "trailing slash": before.having(path=other_slash(before.path)),
        "parameter": before.having(query="x=1" if query is None else f"{query}&x=1"),
        "no query": before.having(query=None),
        "empty query": before.having(query=query or ""),
        "sorted": before.having(query=query and "&".join(sorted(query.split("&")))),
        "decoded": before.having(query=decoded_query(query)),
        "escapes in small letters": before.having(query=query and query.replace("%2F", "%2f").replace("%C3", "%c3")),
        "blank as plus": before.having(query=query and query.replace("%20", "+")),
        "host": before.having(host="other.example"),
        "host in small letters": before.having(host=before.host.lower()),
        "scheme": before.having(scheme="http" if before.kind == "https" else "https"),
        "port": before.having(port=":8443" if before.port != ":8443" else ""),
        "standard port": before.having(port=":80" if before.kind == "http" else ":443"),
        "user": before.having(user="other:one@"),
    }
    way = chance.choice(list(ways))
    case.request.url = ways[way]
    return way


def other_slash(path):
    return path[:-1] if path.endswith("/") else path + "/"


def decoded_query(query):
    """A query decoded, if it is still one then: text, without anything that a request line cannot hold."""
    try:
        text = unquote(query or "", errors="strict").replace("#", "%23")
    except UnicodeDecodeError:
        return query
    return text if query and all(char > " " for char in text) else query


def form(chance, case):
    pieces = list(case.request.pieces)
    ways = {"added": added, "order": shuffled, "written otherwise": rewritten, "empty pairs": padded}
    if pieces:
        ways |= {
            "removed": removed,
            "value": other_value,
            "letters of a name": other_name,
            "twice": repeated,
            "swapped": swapped,
            "boundary": moved,
            "content type": None,
        }
    way = chance.choice(list(ways))
    if way == "content type":
        as_text(chance, case)
    else:
        case.request.pieces = ways[way](chance, pieces)
    return way


def as_text(chance, case):
    """The same body as one that is no form: it must never be checked less."""
    request = case.request
    request.raw, request.kind = request.body, "text"
    request.content_type = chance.choice([None, "text/plain", "multipart/form-data", ""])


def added(chance, pieces):
    return [*pieces, bodies.field(chance, chance.choice(bodies.NAMES), bodies.words(chance))]


def removed(chance, pieces):
    pieces.pop(chance.randrange(len(pieces)))
    return pieces


def shuffled(chance, pieces):
    chance.shuffle(pieces)
    return pieces


def padded(chance, pieces):
    return [(b"", []), *pieces, (b"", []), (b"", [])]


def rewritten(chance, pieces):
    """The same fields in other escapes."""
    return [
        bodies.field(chance, *as_words(pair)) if is_text(pair) else raw_piece(pair) for pair in bodies.fields(pieces)
    ]


def repeated(chance, pieces):
    return [*pieces, chance.choice(pieces)]


def other_value(chance, pieces):
    at = chance.randrange(len(pieces))
    more = chance.choice([b"x", b"+", b"%20", b"%0D%0A", b"%00", b"%CC%81"])
    raw, pairs = pieces[at]
    if pairs and b"=" in raw:
        name, value = pairs[-1]
        pieces[at] = raw + more, [*pairs[:-1], (name, value + decoded(more))]
    return pieces


def other_name(chance, pieces):
    at = chance.randrange(len(pieces))
    for name, value in pieces[at][1]:
        if is_text((name, value)):
            pieces[at] = bodies.field(chance, name.decode().swapcase(), value.decode())
    return pieces


def swapped(chance, pieces):
    """Two names with each other's value."""
    first, second = chance.choice(pieces), chance.choice(pieces)
    if first is second or not all(is_text(pair) for pair in first[1] + second[1]) or not first[1] or not second[1]:
        return pieces
    (a, x), (b, y) = as_words(first[1][0]), as_words(second[1][0])
    rest = [piece for piece in pieces if piece is not first and piece is not second]
    return [*rest, bodies.field(chance, a, y), bodies.field(chance, b, x)]


def moved(chance, pieces):
    """The last character of a name to the front of its value: the signed text may stay the same."""
    at = chance.randrange(len(pieces))
    for pair in pieces[at][1]:
        if is_text(pair) and pair[0]:
            name, value = as_words(pair)
            pieces[at] = bodies.field(chance, name[:-1], name[-1] + value)
    return pieces


def is_text(pair):
    try:
        as_words(pair)
    except UnicodeDecodeError:
        return False
    return True


def as_words(pair):
    return pair[0].decode(), pair[1].decode()


def raw_piece(pair):
    """Bytes that are no text, every one escaped."""
    return b"=".join(quote(half, safe="").encode() for half in pair), [pair]


def decoded(raw):
    """The bytes that one of the additions above means."""
    return {b"x": b"x", b"+": b" ", b"%20": b" ", b"%0D%0A": b"\r\n", b"%00": b"\0", b"%CC%81": b"\xcc\x81"}[raw]


def body(chance, case):
    request = case.request
    ways = {
        "a blank more": lambda: request.raw and request.raw + b" ",
        "a member": lambda: b'{"extra": "x"}',
        "nothing": lambda: b"",
        "an empty object": lambda: b"{}",
        "as a form": None,
    }
    way = chance.choice(list(ways))
    if way == "as a form":
        if b"&" in request.raw or b"=" in request.raw or b"%" in request.raw or b"+" in request.raw:
            return "nothing after all"
        request.kind, request.content_type = "form", "application/x-www-form-urlencoded"
        request.pieces = [(request.raw, [(request.raw, b"")] if request.raw else [])]
    else:
        request.raw = ways[way]()
    return way
