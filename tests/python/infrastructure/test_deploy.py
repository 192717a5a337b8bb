"""`deploy`: what it changes, what it refuses, and what it says about it."""

import json
import shutil

import pytest

from fake_aws import FakeAws, digest, run, tool, zips
from stacks import INFRASTRUCTURE, SECRETS, STACKS

deploy = tool("deploy")


@pytest.fixture
def aws():
    """An account with the secrets and nothing else."""
    account = FakeAws()
    account.secrets = {f"hark/{env}/{name}": "text" for name in SECRETS.values() for env in ("dev", "prod")}
    return account


@pytest.fixture
def templates(tmp_path):
    """A copy of the templates, with an account's own values filled in."""
    folder = tmp_path / "infrastructure"
    shutil.copytree(INFRASTRUCTURE, folder, ignore=shutil.ignore_patterns("tools"))
    for env in ("dev", "prod"):
        fill(folder, env, TwilioAccountSid="AC00000000000000000000000000000001")
    return folder


def fill(templates, env, **values):
    file = templates / "parameters" / f"{env}.json"
    known = json.loads(file.read_text()) | values
    file.write_text(json.dumps({name: value for name, value in known.items() if value != "gone"}))


@pytest.fixture
def to(monkeypatch, aws, templates, tmp_path):
    """Deploys with these arguments."""
    built = zips(tmp_path / "zips")

    def start(*arguments, zips=built, terminal=None):
        more = (f"--templates={templates}", f"--zips={zips}")
        return run(deploy, monkeypatch, aws, *arguments, *more, terminal=terminal)

    return start


def executed(aws):
    return [name for what, name in aws.done if what == "execute"]


def test_everything_is_deployed_in_its_order_and_outputs_become_parameters(to, aws):
    assert to("dev") is None
    assert executed(aws) == [f"hark-dev-{component}" for component in STACKS]
    _, given = aws.stacks["hark-dev-webhook-handler"]["is"]
    assert given["QueueUrl"] == "hark-dev-shared-QueueUrl"
    assert given["CustomerLookupFunctionArn"] == "hark-dev-customer-lookup-FunctionArn"
    assert given["TwilioSecretArn"].endswith("secret:hark/dev/twilio-AbCdEf")
    assert given["Env"] == "dev"


def test_a_second_deployment_says_that_nothing_changes_and_does_nothing(to, aws, capsys):
    to("dev")
    aws.done.clear()
    capsys.readouterr()
    assert to("dev") is None
    assert aws.done == []
    told = capsys.readouterr().err
    assert all(f"hark-dev-{component}: nothing to change" in told for component in STACKS)
    assert aws.change_sets == {}


def test_what_will_change_is_shown_before_it_is_changed(to, aws, capsys, templates):
    to("dev")
    capsys.readouterr()
    fill(templates, "dev", LogRetentionDays="30")
    to("dev", "data-api")
    lines = capsys.readouterr().err.splitlines()
    shown = next(at for at, line in enumerate(lines) if "Modify" in line and "Function " in line)
    changed = next(at for at, line in enumerate(lines) if "UPDATE_COMPLETE" in line)
    assert shown < changed
    assert "REPLACED" in lines[shown]


def test_one_component_takes_the_outputs_of_those_before_it(to, aws):
    to("dev", "artifacts", "shared", "customer-lookup")
    aws.done.clear()
    assert to("dev", "voice-parser") is None
    assert executed(aws) == ["hark-dev-voice-parser"]


def test_a_component_that_does_not_exist_is_refused_with_those_that_do(to, aws, capsys):
    assert to("dev", "voice-parsers") == 2
    assert "voice-parsers; the components are artifacts, shared" in capsys.readouterr().err
    assert aws.done == []


def test_a_missing_parameter_is_named_with_what_it_means(to, aws, templates):
    fill(templates, "dev", TwilioAccountSid=None)
    said = to("dev")
    assert "voice-parser cannot be deployed, these parameters have no value:" in said
    assert "TwilioAccountSid: The account that Twilio's webhooks and our calls belong to." in said
    assert "parameters/dev.json" in said
    assert "hark-dev-voice-parser" not in aws.stacks


def test_a_name_that_no_template_has_is_refused_before_anything_is_done(to, aws, templates):
    fill(templates, "dev", TwilioAcountSid="AC1", Memory=1)
    assert to("dev") == "deploy: parameters/dev.json names what no template has: Memory, TwilioAcountSid"
    assert aws.done == []


def test_a_parameter_file_that_is_not_json_is_named(to, aws, templates):
    (templates / "parameters" / "dev.json").write_text('{"Tracing": }')
    assert to("dev").startswith("deploy: dev.json is not JSON: ")
    assert aws.done == []


def test_a_value_of_the_command_line_goes_before_the_file(to, aws):
    assert to("dev", "artifacts", "--set=StandInEndpoint=http://127.0.0.1:1") is None
    assert aws.stacks["hark-dev-artifacts"]["is"][1]["StandInEndpoint"] == "http://127.0.0.1:1"


def test_a_missing_secret_says_how_it_is_made(to, aws):
    del aws.secrets["hark/dev/openai"]
    assert to("dev") == "deploy: the secret hark/dev/openai does not exist: make secrets-create ENV=dev"
    assert "hark-dev-voice-parser" not in aws.stacks


def test_no_secret_is_read(to, aws, capsys):
    aws.secrets = dict.fromkeys(aws.secrets, "CANARY")
    aws.forbidden = {"GetSecretValue"}
    assert to("dev", "--json") is None
    told = capsys.readouterr()
    assert "CANARY" not in told.out + told.err
    assert json.loads(told.out)["shared"]["TableName"] == "hark-dev-shared-TableName"


def test_prod_without_a_terminal_changes_nothing(to, aws, monkeypatch, capsys):
    monkeypatch.delenv("YES", raising=False)
    assert to("prod") == "deploy: hark-prod-artifacts was left as it is"
    assert "prod is changed from a terminal, or with YES=1" in capsys.readouterr().err
    assert executed(aws) == []
    assert aws.change_sets == {}


@pytest.mark.parametrize(("typed", "changed"), [("yes", True), ("y", False), ("no", False), ("", False)])
def test_prod_on_a_terminal_asks_for_each_stack(to, aws, monkeypatch, typed, changed):
    monkeypatch.delenv("YES", raising=False)
    said = to("prod", "artifacts", terminal=typed)
    assert (said is None) == changed
    assert executed(aws) == (["hark-prod-artifacts"] if changed else [])


def test_prod_in_a_pipeline_is_changed_with_yes(to, aws, monkeypatch):
    monkeypatch.setenv("YES", "1")
    assert to("prod") is None
    assert len(executed(aws)) == len(STACKS)


def test_dev_is_changed_without_asking(to, aws, monkeypatch):
    monkeypatch.delenv("YES", raising=False)
    assert to("dev", "artifacts") is None


def test_a_change_that_fails_tells_the_cause_and_leaves_what_ran(to, aws, templates):
    to("dev")
    before = aws.stacks["hark-dev-data-api"]["is"]
    fill(templates, "dev", LogRetentionDays="30")
    aws.broken = {"Function": "The role defined for the function cannot be assumed by Lambda."}
    said = to("dev", "data-api")
    assert "hark-dev-data-api ended as UPDATE_ROLLBACK_COMPLETE; what ran before is still running" in said
    assert "Function: The role defined for the function cannot be assumed by Lambda." in said
    assert aws.stacks["hark-dev-data-api"]["is"] == before
    assert aws.stacks["hark-dev-data-api"]["outputs"]
    # The next one goes on from there.
    aws.broken = {}
    assert to("dev", "data-api") is None


def test_a_first_deployment_that_failed_says_how_to_get_rid_of_it(to, aws):
    aws.broken = {"Queue": "Access denied"}
    assert "Queue: Access denied" in to("dev")
    assert "hark-dev-voice-parser" not in aws.stacks
    said = to("dev")
    assert "hark-dev-shared is ROLLBACK_COMPLETE" in said
    assert "aws cloudformation delete-stack --stack-name hark-dev-shared" in said


def test_a_missing_permission_is_named(to, aws):
    aws.forbidden = {"CreateChangeSet"}
    said = to("dev")
    assert said.startswith("deploy: AWS refused: ")
    assert "cloudformation:CreateChangeSet" in said


def test_a_zip_is_uploaded_once_under_the_hash_of_its_content(to, aws, tmp_path):
    to("dev")
    zip_of = tmp_path / "zips" / "data-api.zip"
    key = f"data-api/{digest(zip_of)}.zip"
    assert aws.stacks["hark-dev-data-api"]["is"][1]["CodeKey"] == key
    assert aws.objects["hark-dev-artifacts-ArtifactsBucket", key] == zip_of.read_bytes()
    aws.done.clear()
    zip_of.write_bytes(b"other code")
    to("dev")
    assert aws.done == [("upload", f"data-api/{digest(zip_of)}.zip"), ("execute", "hark-dev-data-api")]


def test_zips_for_this_machine_do_not_go_to_aws(to, aws, tmp_path):
    said = to("dev", zips=zips(tmp_path / "local", way="stack"))
    assert said == "deploy: the zips in target/lambda were made for this machine: make package"
    assert aws.done == []


def test_without_zips_it_says_how_they_are_made(to, aws, tmp_path):
    assert to("dev", zips=tmp_path / "none").endswith("make package")
    (tmp_path / "zips" / "data-api.zip").unlink()
    assert to("dev", "artifacts", "shared", "data-api").endswith("data-api.zip does not exist: make package")


def test_a_function_without_the_bucket_of_zips_says_what_comes_first(to, aws):
    said = to("dev", "customer-lookup")
    assert said == "deploy: there is no bucket for zips: make deploy-artifacts ENV=dev"
