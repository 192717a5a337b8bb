"""What each verifier must say: Hark by the rule, the libraries by the rule and the differences of differences.py."""

import hashlib
from urllib.parse import parse_qs, unquote_to_bytes

import bodies
from cases import lossy, suffix, utf16_suffix
from urls import hark_forms, node_forms, python_forms

# The limits of a form: Hark reads nothing beyond them.
MAX_BODY, MAX_FIELDS = 64 * 1024, 1_000

ACCEPT, REFUSE, ERROR = "accept", "refuse", "error"


def verdict(accepted):
    return ACCEPT if accepted else REFUSE


def is_signed(case, forms, rest):
    """Whether the text that was signed is one of these URLs with this after it."""
    text = case.signed.url.encode() + case.signed.rest
    return any(text == form.encode() + rest for form in forms)


def made_with(case, *keys):
    """Whether the signature is as it was made, with one of these keys."""
    return case.signatures == [case.right] and (case.signed.secret, case.signed.algorithm) in keys


def hashes(case):
    """What the query tells as the body's hash, as it is written."""
    pairs = [pair.partition("=") for pair in (case.request.url.query or "").split("&")]
    return [value for name, sign, value in pairs if sign and name == "bodySHA256"]


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def beyond_limits(request):
    too_many = request.kind == "form" and request.body.count(b"&") >= MAX_FIELDS
    return len(request.body) > MAX_BODY or too_many


def is_hashed(case):
    """Whether the URL is signed and has the one right hash of the body."""
    told = hashes(case) == [sha256(case.request.body)]
    return told and is_signed(case, hark_forms(case.request.url), b"")


def hark(case):
    """The rule."""
    request = case.request
    if not made_with(case, (case.token, "sha1"), (case.shared, "sha256")) or beyond_limits(request):
        return REFUSE
    by_field = request.kind == "form" and is_signed(case, hark_forms(request.url), suffix(request.fields))
    return verdict(by_field or is_hashed(case))


def as_text(case):
    """The fields as a library gets them."""
    return [(name.encode(), value.encode()) for name, value in lossy(case.request.fields)]


def text_body(case):
    return case.request.body.decode(errors="replace").encode()


def python_hash(case):
    """What twilio-python takes for the hash: the first that is not empty, decoded."""
    return parse_qs(case.request.url.query or "").get("bodySHA256", [None])[0]


def python(case):
    """twilio-python's RequestValidator.validate(), with the key and the algorithm that the headers tell."""
    request, forms = case.request, python_forms(case.request.url)
    made = made_with(case, (case.shared, "sha256") if case.told == "shared" else (case.token, "sha1"))
    if request.kind == "form":
        accepted = made and is_signed(case, forms, suffix(as_text(case)))
        return verdict(accepted) if case.signatures else ERROR
    told, body = python_hash(case), text_body(case)
    if not case.signatures or (told is None and body):
        return ERROR
    covered = told is None or told == sha256(body)
    return verdict(made and covered and is_signed(case, forms, b""))


def node_hash(case):
    """What twilio-node takes for the hash: the first, decoded."""
    for pair in (case.request.url.query or "").split("&"):
        name, _, value = (unquote_to_bytes(half.replace("+", " ")) for half in pair.partition("="))
        if name == b"bodySHA256":
            return value.decode(errors="replace")
    return ""


def node(case, rest, body):
    """Its two checks: of the text after the URL, and of a body if there is one to check."""
    made = made_with(case, (case.told_secret, "sha1"))
    signed = is_signed(case, node_forms(case.request.url), rest)
    return verdict(made and signed and (body is None or node_hash(case) == sha256(body)))


def node_direct(case):
    """twilio-node's validateRequest() for a form, validateRequestWithBody() for any other body."""
    if case.request.kind == "form":
        return node(case, utf16_suffix(case.request.fields), None)
    return node(case, b"", text_body(case))


def node_incoming(case):
    """twilio-node's validateIncomingRequest(), which chooses by the word bodySHA256 in the URL."""
    request = case.request
    if "bodySHA256" in str(request.url):
        return node(case, b"", text_body(case) or b"{}")
    if request.kind == "json":
        return node(case, utf16_suffix(bodies.members(request.raw)), None)
    return node(case, utf16_suffix(request.fields), None)


EXPECTED = {"python": python, "node": node_direct, "node-incoming": node_incoming}
