"""`secret-store`: secrets are made, changed and never shown."""

import json
import re

import pytest

from fake_aws import FakeAws, run, tool

store = tool("secret-store")

TOKEN, KEY = "CANARY-token-0123456789abcdef", "CANARY-sk-0123456789"


@pytest.fixture
def aws():
    """An empty account."""
    return FakeAws()


@pytest.fixture
def secrets(monkeypatch, aws, capsys):
    """Runs the tool. Answers how it ended and all that it printed, which never holds a secret."""
    for name in ("TWILIO_AUTH_TOKEN", "OPENAI_API_KEY", "TWILIO_AUTH_TOKEN_PREVIOUS"):
        monkeypatch.delenv(name, raising=False)

    def start(*arguments, terminal=None, **environment):
        with monkeypatch.context() as during:
            for name, value in environment.items():
                during.setenv(name, value)
            end = run(store, during, aws, *arguments, terminal=terminal)
        told = capsys.readouterr()
        said = told.out + told.err + str(end)
        hidden = [TOKEN, KEY, *aws.secrets.values()]
        assert "CANARY" not in said and not any(each in said for each in hidden)
        return end, said

    return start


def test_secrets_are_made_of_the_environment_and_not_shown(secrets, aws):
    end, said = secrets("create", "dev", TWILIO_AUTH_TOKEN=TOKEN, OPENAI_API_KEY=KEY)
    assert end is None
    assert json.loads(aws.secrets["hark/dev/twilio"]) == {"TWILIO_AUTH_TOKEN": TOKEN}
    assert json.loads(aws.secrets["hark/dev/openai"]) == {"OPENAI_API_KEY": KEY}
    assert re.fullmatch("[0-9a-f]{64}", aws.secrets["hark/dev/api-keys"])
    assert said.count("created") == 3


def test_doing_it_again_changes_nothing(secrets, aws):
    secrets("create", "dev", TWILIO_AUTH_TOKEN=TOKEN, OPENAI_API_KEY=KEY)
    before = dict(aws.secrets)
    end, said = secrets("create", "dev", TWILIO_AUTH_TOKEN="CANARY-another", OPENAI_API_KEY=KEY)
    assert end is None
    assert said.count("exists already") == 3
    assert aws.secrets == before


def test_a_pepper_is_never_the_same(secrets, aws):
    secrets("create", "dev", "api-keys")
    secrets("create", "prod", "api-keys")
    assert len(set(aws.secrets.values())) == 2


def test_values_are_asked_for_on_a_terminal_without_being_shown(secrets, aws, monkeypatch):
    asked = []
    monkeypatch.setattr(store.getpass, "getpass", lambda prompt: asked.append(prompt) or KEY)
    end, _ = secrets("create", "dev", "openai", terminal="")
    assert end is None
    assert asked == ["OPENAI_API_KEY (is not shown): "]
    assert json.loads(aws.secrets["hark/dev/openai"]) == {"OPENAI_API_KEY": KEY}


def test_without_terminal_and_environment_the_variable_is_named_and_nothing_is_made(secrets, aws):
    end, _ = secrets("create", "dev", OPENAI_API_KEY=KEY)
    assert end.startswith("secrets: TWILIO_AUTH_TOKEN is not set")
    assert aws.secrets == {}


def test_an_update_changes_what_is_given_and_keeps_the_rest(secrets, aws):
    aws.secrets["hark/dev/twilio"] = json.dumps({"TWILIO_AUTH_TOKEN": "CANARY-old", "TWILIO_SHARED_KEYS": "[]"})
    end, _ = secrets("update", "dev", "twilio", TWILIO_AUTH_TOKEN=TOKEN, TWILIO_AUTH_TOKEN_PREVIOUS="CANARY-old")
    assert end is None
    assert json.loads(aws.secrets["hark/dev/twilio"]) == {
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_AUTH_TOKEN_PREVIOUS": "CANARY-old",
        "TWILIO_SHARED_KEYS": "[]",
    }


def test_the_pepper_is_not_changed(secrets, aws):
    secrets("create", "dev", "api-keys")
    before = dict(aws.secrets)
    end, said = secrets("update", "dev", "api-keys")
    assert end is None
    assert "left as it is: with another pepper no API key would open anything" in said
    assert aws.secrets == before


def test_a_secret_that_does_not_exist_is_not_updated(secrets, aws):
    end, _ = secrets("update", "dev", "openai", OPENAI_API_KEY=KEY)
    assert end == "secrets: the secret hark/dev/openai does not exist: make secrets-create ENV=dev"
    assert aws.done == []


def test_arns_are_told_and_what_is_missing_too(secrets):
    secrets("create", "dev", "openai", OPENAI_API_KEY=KEY)
    end, said = secrets("arns", "dev")
    assert end is None
    assert "hark/dev/openai  arn:aws:secretsmanager:" in said
    assert "hark/dev/twilio  does not exist" in said


def test_an_unknown_secret_is_refused_with_those_that_there_are(secrets, aws):
    end, said = secrets("create", "dev", "twillio")
    assert end == 2
    assert "twillio; the secrets are twilio, openai, api-keys" in said
    assert aws.done == []


def test_what_aws_refuses_is_told_without_the_value(secrets, aws):
    aws.forbidden = {"CreateSecret"}
    end, _ = secrets("create", "dev", "openai", OPENAI_API_KEY=KEY)
    assert end.startswith("secrets: AWS refused: ")
    assert "secretsmanager:CreateSecret" in end
