"""Twilio's own library signs, Hark verifies: what it accepts, and what it refuses when one character differs."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
from twilio.request_validator import RequestValidator

from conftest import ACCOUNT, TOKEN

FORM = {
    "MessageSid": "SM0123456789abcdef0123456789abcdef",
    "SmsSid": "SM0123456789abcdef0123456789abcdef",
    "AccountSid": ACCOUNT,
    "From": "whatsapp:+4915155500001",
    "To": "whatsapp:+14155238886",
    "Body": '  Please order two pipes + 1 valve (¾"), 100% today.\r\nDanke! 👍🏽 ',
    "NumMedia": "0",
    "ProfileName": "Zoë É",
    "WaId": "4915155500001",
    "ApiVersion": "2010-04-01",
    "SomethingNew": "",
}


def post(url, form, signature):
    """Answers the status and the body."""
    body = urllib.parse.urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


def signed(url, form):
    return RequestValidator(TOKEN).compute_signature(url, form)


@pytest.mark.parametrize("route", ["/webhook", "/twilio/inbound", "/twilio/fallback", "/webhook?a=1&b=%20c"])
def test_what_twilios_library_signs_is_accepted(hark, route):
    url = hark["url"] + route
    status, body = post(url, FORM, signed(url, FORM))
    assert status == 200
    assert body.strip().endswith(b"<Response/>")


@pytest.mark.parametrize("field", ["Body", "From", "ProfileName", "SomethingNew"])
def test_one_character_changed_is_refused(hark, field):
    url = hark["url"] + "/webhook"
    changed = FORM | {field: FORM[field] + "x"}
    assert post(url, changed, signed(url, FORM)) == (403, b"")


def test_a_changed_missing_or_foreign_signature_is_refused(hark):
    url = hark["url"] + "/webhook"
    right = signed(url, FORM)
    changed = ("A" if right[0] != "A" else "B") + right[1:]
    foreign = RequestValidator("another-token-than-ours").compute_signature(url, FORM)
    for signature in [changed, None, "", foreign, signed(hark["url"] + "/webhook2", FORM)]:
        assert post(url, FORM, signature) == (403, b"")


def test_a_hundred_forms_of_all_kinds_of_characters(hark):
    """A differential run: whatever the library signs over these characters, Hark accepts."""
    url = hark["url"] + "/webhook"
    odd = [
        "",
        " ",
        "+",
        "&",
        "=",
        "%",
        "%2B",
        "%zz",
        ";",
        "'",
        '"',
        "\t",
        "é",
        "e\u0301",
        "ł",
        "ß",
        "€",
        "😀",
        "ا",
        "<b>",
    ]
    for n in range(100):
        text = "".join(odd[(n * step + step) % len(odd)] for step in range(1, 8))
        form = FORM | {"MessageSid": f"SM{n:032x}", "Body": text, f"Extra{n}": text[::-1]}
        status, _ = post(url, form, signed(url, form))
        assert status == 200, repr(text)
