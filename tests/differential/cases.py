"""Random requests, signed by a signer of our own over what we choose, so that it is known whether they are right."""

import base64
import hashlib
import hmac
import random
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

import bodies
from changes import change
from urls import Url, hark_forms, node_forms, python_forms

FORM_TYPES = ["application/x-www-form-urlencoded"] * 3 + [
    "application/x-www-form-urlencoded; charset=UTF-8",
    "Application/X-WWW-Form-Urlencoded ;charset=utf-8",
]
OTHER_TYPES = {"json": ["application/json", "application/json; charset=utf-8"], "text": ["text/plain", None]}

SCHEMES = ["https"] * 12 + ["http"] * 3 + ["wss"] * 2 + ["HTTPS", "Http", "WSS"]
USERS = [""] * 20 + ["user@", "user:pass@", "U:P%40ss@", "a.b~c:x-_1@", "user:1234@"]
HOSTS = ["hark.example"] * 4 + [
    *["Hark.Example", "abc123.execute-api.eu-central-1.amazonaws.com", "EXAMPLE.COM", "xn--bcher-kva.example"],
    *["a_b.example", "192.0.2.7"],
]
IPV6 = ["[2001:db8::1]", "[2001:DB8::A]", "[::1]"]
PORTS = [""] * 6 + [":443", ":80", ":8443", ":8080"]
PATHS = ["/webhook"] * 6 + ["", "/", "/prod/webhook", "/Twilio/Inbound/", "/a//b", "/a;b", "/a;", "/a;b/c", "/o'neil"]
PATHS += ["/%7Efoo/%2F", "/a%20b", "/o%27neil", "/a:1@c", "/a,b", "/twilio/fallback/"]
# Neither integers nor names that JavaScript's objects have.
QUERY_NAMES = ["a", "b", "ab", "A", "z", "From", "a%5Bb%5D", "a[b]", "u:p@h", "x/y", "é", "o'n", ""]
QUERY_WORDS = [
    *["1", "Foo", "%2B", "+", "%20", "%2f", "%2F", "'", "%27", "%C3%A9", "é", '"', "<", ">", "|", "^", "`", "{", "\\"],
    *["?", "/", ":443", "@", ":", ";", "=", "%", "%zz", "~", "%7E", "!", "(", "*", "😀", "%F0%9F%98%80", "%ff", ".."],
]


@dataclass
class Request:
    """What is sent, but for the signature. A form is in pieces, another body in `raw`."""

    url: Url
    kind: str
    content_type: str | None
    pieces: list = field(default_factory=list)
    raw: bytes = b""

    @property
    def body(self):
        """As it is on the wire."""
        return bodies.on_the_wire(self.pieces) if self.kind == "form" else self.raw

    @property
    def fields(self):
        """What a form means; another body has none."""
        return bodies.fields(self.pieces) if self.kind == "form" else []


@dataclass
class Signed:
    """What the signer did: with which secret, over which URL and what after it."""

    secret: str
    algorithm: str
    url: str
    rest: bytes

    def header(self):
        """The value of X-Twilio-Signature."""
        mac = hmac.new(self.secret.encode(), self.url.encode() + self.rest, self.algorithm)
        return base64.b64encode(mac.digest()).decode()


@dataclass
class Case:
    """A request as it arrives, and how it was signed. `told` is the key that its headers tell."""

    number: int
    token: str
    shared: str
    told: str
    request: Request
    signed: Signed
    right: str
    signatures: list
    changed: str

    @property
    def told_secret(self):
        """The secret that a caller of the libraries would look up."""
        return self.shared if self.told == "shared" else self.token

    def as_json(self):
        """For the judges."""
        request = self.request
        return {
            "number": self.number,
            "token": self.token,
            "shared": self.shared,
            "told_secret": self.told_secret,
            "url": str(request.url),
            "kind": request.kind,
            "content_type": request.content_type,
            "body": base64.b64encode(request.body).decode(),
            "signatures": self.signatures,
        }


def random_query(chance):
    """None, empty, or pairs in no order, raw and escaped."""
    if chance.random() < 0.4:
        return None
    if chance.random() < 0.06:
        return ""
    pairs = []
    for _ in range(chance.choice([1, 1, 2, 3, 5])):
        value = "".join(chance.choices(QUERY_WORDS, k=chance.randrange(4)))
        pairs.append(f"{chance.choice(QUERY_NAMES)}={value}" if chance.random() < 0.92 else chance.choice(["", "q"]))
    if chance.random() < 0.15:
        pairs.append(pairs[0])
    if chance.random() < 0.01:
        pairs.append("x=bodySHA256")
    return "&".join(pairs)


def random_url(chance):
    host = chance.choice(IPV6 if chance.random() < 0.03 else HOSTS)
    return Url(
        scheme=chance.choice(SCHEMES),
        user=chance.choice(USERS),
        host=host,
        port=chance.choice(PORTS),
        path=chance.choice(PATHS),
        query=random_query(chance),
    )


def with_hash(chance, url, body):
    """The URL with the hash of a body in it: nearly always in the way in which Twilio writes it."""
    right = hashlib.sha256(body).hexdigest()
    wrong = hashlib.sha256(body + b"x").hexdigest()
    hashed = f"bodySHA256={right}"
    way = chance.random()
    if way > 0.84:
        hashed = chance.choice(
            [
                f"bodySHA256={wrong}",
                f"bodySHA256={right.upper()}",
                f"bodySHA256=%{ord(right[0]):x}{right[1:]}",
                f"body%53HA256={right}",
                f"bodySHA256={right}&bodySHA256={wrong}",
                f"bodySHA256={wrong}&bodySHA256={right}",
                f"bodySHA256=&bodySHA256={right}",
                f"bodySHA256={right}&bodySHA256={right}",
                f"bodySHA256={hashlib.sha256(b'{}').hexdigest()}",
                f"bodysha256={right}",
                "bodySHA256=",
                "bodySHA256",
                "",
                "",
                "",
                "",
            ]
        )
    pairs = [pair for pair in (url.query or "").split("&") if pair]
    if hashed:
        pairs.insert(chance.randrange(len(pairs) + 1), hashed)
    return url.having(query="&".join(pairs) or None)


def suffix(fields):
    """What a form adds to the signed text: sorted by name and value, each once."""
    return b"".join(name + value for name, value in sorted(set(fields)))


def lossy(fields):
    """Fields as text, with a sign in the place of bytes that are none."""
    return [(name.decode(errors="replace"), value.decode(errors="replace")) for name, value in fields]


def utf16_suffix(fields):
    """The same as JavaScript sorts: names first, then the values of each, by UTF-16 units."""
    pairs = sorted(set(lossy(fields)), key=lambda pair: [half.encode("utf-16-be") for half in pair])
    return "".join(name + value for name, value in pairs).encode()


def other_suffix(chance, fields):
    """A form signed in another way than it should be."""
    ways = [
        lambda: utf16_suffix(fields),
        lambda: utf16_suffix(fields),
        lambda: suffix([(name.encode(), value.encode()) for name, value in lossy(fields)]),
        lambda: b"".join(name + value for name, value in fields),
        lambda: b"".join(name + value for name, value in sorted(fields)),
        lambda: suffix([(name, value.strip()) for name, value in fields]),
        lambda: suffix([(name, value) for name, value in fields if value]),
        lambda: suffix([(name, value.replace(b"\r\n", b"\n")) for name, value in fields]),
        lambda: suffix(list(dict(fields).items())),
        lambda: b"",
    ]
    return chance.choice(ways)()


def signed_url(chance, url):
    """As it stands, or in another form: one of Hark's, one that a library tries, or one that nobody should take."""
    way = chance.random()
    if way < 0.45:
        return str(url)
    if way < 0.8:
        return chance.choice(hark_forms(url))
    if way < 0.87:
        return chance.choice(python_forms(url))
    if way < 0.94:
        return chance.choice(node_forms(url))
    query = url.query or ""
    others = [
        url.having(query="&".join(sorted(query.split("&"))) or None),
        url.having(query=unquote(query) or None),
        url.having(query=quote(query) or None),
        url.having(query=None),
        url.having(path=url.path.rstrip("/")),
        url.having(path=url.path + "/"),
        url.having(path=unquote(url.path)),
        url.having(host=url.host.upper()),
        url.having(host=url.host.lower()),
        url.having(scheme="http" if url.kind == "https" else "https"),
        url.having(port=":8080"),
        url.having(port=":80"),
        url.having(port=":443"),
        url.having(user=""),
    ]
    return str(chance.choice(others))


def random_key(chance, token, shared):
    """The secret and the algorithm that sign, and the key that the headers tell."""
    way = chance.random()
    if way < 0.93:
        return token, "sha1", "token"
    if way < 0.97:
        return shared, "sha256", "shared"
    return chance.choice([token, shared]), chance.choice(["sha1", "sha256"]), chance.choice(["token", "shared"])


def make(seed, number):
    """The case of that number, the same for the same seed."""
    chance = random.Random(f"{seed}:{number}")
    token, shared = (f"{chance.getrandbits(128):032x}" for _ in range(2))
    request, rest = random_request(chance)
    secret, algorithm, told = random_key(chance, token, shared)
    signed = Signed(secret, algorithm, signed_url(chance, request.url), rest)
    right = signed.header()
    case = Case(number, token, shared, told, request, signed, right, [right], "nothing")
    if chance.random() < 0.35:
        change(chance, case)
    return case


def random_request(chance):
    """A request, and what is to be signed after its URL."""
    url = random_url(chance)
    if chance.random() < 0.75:
        request = Request(url, "form", chance.choice(FORM_TYPES), pieces=bodies.form(chance))
        way = chance.random()
        if way < 0.04:
            request.url = with_hash(chance, url, request.body)
            return request, chance.choice([b"", suffix(request.fields)])
        return request, suffix(request.fields) if way < 0.92 else other_suffix(chance, request.fields)
    kind, raw = bodies.other_body(chance)
    request = Request(with_hash(chance, url, raw), kind, chance.choice(OTHER_TYPES[kind]), raw=raw)
    as_fields = kind == "json" and chance.random() < 0.1
    return request, utf16_suffix(bodies.members(raw)) if as_fields else b""
