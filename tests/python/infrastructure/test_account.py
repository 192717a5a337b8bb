"""Which account the tools work on, and what they say when it does not let them in."""

import pytest

from account import Account, stand_in_endpoint
from fake_aws import tool
from stacks import CannotDeploy


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A machine without any settings of AWS."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    # Else credentials are asked for over the network.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("nobody")
def test_a_missing_region_is_named():
    with pytest.raises(CannotDeploy, match="AWS_REGION is not set"):
        Account("dev")


@pytest.mark.usefixtures("nobody")
def test_missing_credentials_are_told_before_anything_begins(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with pytest.raises(CannotDeploy, match="AWS does not let us in .are the credentials set"):
        Account("dev").check()


@pytest.mark.usefixtures("nobody")
def test_the_local_environment_is_the_stand_in_and_never_an_account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-an-account")
    monkeypatch.setenv("HARK_STACK_PORT", "4599")
    assert stand_in_endpoint() == "http://127.0.0.1:4599"
    client = Account("local").client("s3")
    assert client.meta.endpoint_url == "http://127.0.0.1:4599"
    assert client._request_signer._credentials.access_key == "test"


def test_every_tool_explains_itself(capsys, monkeypatch):
    for name in ("deploy", "secret-store", "stack-env"):
        module = tool(name)
        monkeypatch.setattr("sys.argv", [name, "--help"])
        with pytest.raises(SystemExit) as end:
            module.main()
        assert end.value.code == 0
        assert "usage: " in capsys.readouterr().out
