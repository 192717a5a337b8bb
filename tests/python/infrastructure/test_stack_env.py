"""`stack-env`: what the `hark` command and the tests need of a deployed stack."""

import json

import pytest

from fake_aws import FakeAws, run, tool

stack_env = tool("stack-env")


@pytest.fixture
def aws(monkeypatch):
    """An account with deployed stacks."""
    account = FakeAws()
    outputs = {
        "webhook-handler": ["WebhookUrl"],
        "call-handler": ["VoiceUrl"],
        "data-api": ["DataApiUrl"],
        "panel": ["PanelUrl"],
        "shared": ["DataBucket", "TableName", "QueueUrl", "CallsQueueUrl", "DeadLetterQueueUrl", "LastChanceQueueUrl"],
        "customer-lookup": ["FunctionName"],
    }
    for component, names in outputs.items():
        values = {name: f"{component}-{name}" for name in names}
        account.stacks[f"hark-dev-{component}"] = {"status": "CREATE_COMPLETE", "outputs": values}
    monkeypatch.setattr(stack_env, "read_parameters", lambda _: {"TwilioAccountSid": "AC1", "TwilioSmsNumber": ""})
    return account


def test_settings_are_printed_as_lines_with_secrets_by_their_names_only(monkeypatch, aws, capsys):
    aws.forbidden = {"GetSecretValue"}
    assert run(stack_env, monkeypatch, aws, "dev") is None
    lines = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["HARK_ENV"] == "dev"
    assert lines["QUEUE_URL"] == "shared-QueueUrl"
    assert lines["WEBHOOK_URL"] == "webhook-handler-WebhookUrl"
    assert lines["VOICE_URL"] == "call-handler-VoiceUrl"
    assert lines["CALLS_QUEUE_URL"] == "shared-CallsQueueUrl"
    assert lines["PANEL_URL"] == "panel-PanelUrl"
    assert lines["TWILIO_SECRET_ID"] == "hark/dev/twilio"
    assert lines["API_KEYS_SECRET_ID"] == "hark/dev/api-keys"
    assert lines["TWILIO_ACCOUNT_SID"] == "AC1"
    # What has no value is not there, instead of being empty.
    assert "TWILIO_SMS_NUMBER" not in lines


def test_the_same_as_json(monkeypatch, aws, capsys):
    assert run(stack_env, monkeypatch, aws, "dev", "--json") is None
    assert json.loads(capsys.readouterr().out)["TABLE_NAME"] == "shared-TableName"


def test_a_stack_that_is_not_deployed_is_named(monkeypatch, aws):
    del aws.stacks["hark-dev-data-api"]
    said = run(stack_env, monkeypatch, aws, "dev")
    assert said == "stack-env: hark-dev-data-api is not deployed: make deploy-infra ENV=dev"
