"""A deployed stack tested in the way of Hark's Python original: a signed form goes to the webhook, the files appear in
the bucket, and the data API hands them out. Runs where the E2E_ variables say; `tests/tools/original-way` fills them
for the stack on this machine."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import boto3
import pytest
from twilio.request_validator import RequestValidator

NEEDED = (
    "E2E_WEBHOOK_URL",
    "E2E_S3_BUCKET",
    "E2E_DATA_API_URL",
    "E2E_DATA_API_KEY",
    "E2E_COMPANY",
    "E2E_SENDER",
    "E2E_MEDIA_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WHATSAPP_NUMBER",
)
MISSING = [name for name in NEEDED if not os.environ.get(name)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no stack to test: {', '.join(MISSING)} not set")

PATIENCE_S = 120
ENDINGS = ("audio.ogg", "full_text.txt", "record.json", "text_summary.txt")


def setting(name):
    return os.environ[name].strip()


def fetch(url, data=None, headers=None):
    """Answers the status and the body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


def form():
    """A voice message with a made-up id."""
    return {
        "MessageSid": f"MM{uuid.uuid4().hex}",
        "AccountSid": setting("TWILIO_ACCOUNT_SID"),
        "From": setting("E2E_SENDER"),
        "To": f"whatsapp:{setting('TWILIO_WHATSAPP_NUMBER').removeprefix('whatsapp:')}",
        "Body": "",
        "NumMedia": "1",
        "MediaUrl0": setting("E2E_MEDIA_URL"),
        "MediaContentType0": "audio/ogg",
    }


def post(fields, signature=None):
    url = setting("E2E_WEBHOOK_URL")
    signature = signature or RequestValidator(setting("TWILIO_AUTH_TOKEN")).compute_signature(url, fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return fetch(url, urllib.parse.urlencode(fields).encode(), headers)


def keys_of(sid):
    """All keys of a message in the company's folder."""
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=setting("E2E_S3_BUCKET"), Prefix=f"{setting('E2E_COMPANY')}/")
    return [entry["Key"] for page in found for entry in page.get("Contents", []) if f"_{sid}_" in entry["Key"]]


def data_api(path, api_key=None, **query):
    url = f"{setting('E2E_DATA_API_URL')}{path}?{urllib.parse.urlencode(query)}"
    return fetch(url, headers={"x-api-key": api_key} if api_key else {})


@pytest.fixture(scope="module")
def note():
    """A note that was sent and filed: the message's id and the keys by their endings."""
    fields = form()
    assert post(fields)[0] == 200
    sid, deadline = fields["MessageSid"], time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        keys = keys_of(sid)
        if any(key.endswith(f"_{sid}_full_text.txt") for key in keys):
            return sid, {key.partition(f"_{sid}_")[2]: key for key in keys}
        time.sleep(0.5)
    pytest.fail(f"{sid} was not filed within {PATIENCE_S} s")


def test_the_files_are_in_the_bucket_under_the_message(note):
    _, keys = note
    missing = [ending for ending in ENDINGS if ending not in keys]
    assert not missing, keys
    folders = {key.split("/")[0] for key in keys.values()}
    assert folders == {setting("E2E_COMPANY")}


def test_the_data_api_lists_the_message_and_hands_out_its_files(note):
    sid, keys = note
    key, company = setting("E2E_DATA_API_KEY"), setting("E2E_COMPANY")
    status, body = data_api("/files/by-message", key, company_id=company, message_id=sid)
    assert status == 200
    assert {file["key"] for file in json.loads(body)["files"]} == set(keys.values())
    for ending, name in keys.items():
        status, body = data_api("/files/get-download-url", key, key=name)
        assert status == 200, ending
        status, downloaded = fetch(json.loads(body)["url"])
        stored = boto3.client("s3").get_object(Bucket=setting("E2E_S3_BUCKET"), Key=name)["Body"].read()
        assert (status, downloaded) == (200, stored), ending


def test_the_message_is_in_the_companys_list(note):
    sid, _ = note
    token, found = {}, []
    while token is not None:
        status, body = data_api(
            "/files/list", setting("E2E_DATA_API_KEY"), company_id=setting("E2E_COMPANY"), output_format="ids", **token
        )
        assert status == 200
        page = json.loads(body)
        found += [entry["message_id"] for entry in page["message_ids"]]
        following = page.get("nextContinuationToken")
        token = {"nextContinuationToken": following} if following else None
    assert found.count(sid) == 1


def test_without_a_key_and_with_a_wrong_one_nothing_is_told(note):
    sid, _ = note
    query = {"company_id": setting("E2E_COMPANY"), "message_id": sid}
    assert data_api("/files/by-message", **query)[0] == 401
    assert data_api("/files/by-message", "not-the-key-of-anybody", **query)[0] == 403


def test_a_form_with_a_wrong_signature_is_refused():
    fields = form()
    assert post(fields, "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=") == (403, b"")
    assert keys_of(fields["MessageSid"]) == []
