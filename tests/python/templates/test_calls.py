"""What each function's code calls on AWS and what its role allows are the same; each direction proven by mutants."""

import pytest

from calls import ADAPTERS, NEVER_CALLED, SHARED, Code, differences
from deployment import ROOT, Deployment, Sources
from stacks import FUNCTIONS

CODE = Code()
SOURCES = Sources()
DEPLOYED = Deployment(SOURCES, "dev")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_what_the_code_calls_and_nothing_else(function):
    assert list(differences(CODE, DEPLOYED, function)) == []


def with_actions(function, change):
    """The deployment after a change of a role's actions, statement by statement."""
    sources = SOURCES.copy()
    role = sources.templates[function]["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    for statement in role["Statement"]:
        if statement.get("Effect") == "Allow":
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = change(actions)
    return Deployment(sources, "dev")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_action_that_is_taken_away_is_missed(function):
    role = SOURCES.templates[function]["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    every = [each for said in role["Statement"] if said.get("Effect") == "Allow" for each in _as_list(said["Action"])]
    for action in {each for each in every if not each.startswith(("kms:", "logs:"))}:
        less = with_actions(function, lambda actions, gone=action: [each for each in actions if each != gone])
        assert list(differences(CODE, less, function)) == [f"{function} may not {action}, which its code calls"]


def _as_list(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("action", ["s3:DeleteObjectVersion", "dynamodb:Scan", "sqs:PurgeQueue"])
def test_an_action_that_nothing_calls_is_found(function, action):
    more = with_actions(function, lambda actions: [*actions, action])
    assert list(differences(CODE, more, function)) == [f"{function} may {action}, which its code never calls"]


MORE_CALLS = {
    "a note is erased": (
        "voice-parser",
        CODE.with_more("voice-parser/src/worker.rs", "fn more() {\n    deps.objects.erase(&key);\n}"),
        {"s3:DeleteObjectVersion", "s3:ListBucketVersions"},
    ),
    "a file is removed": (
        "data-api",
        CODE.with_more("data-api/src/files.rs", "fn more() {\n    deps.removes.remove(&key);\n}"),
        {"s3:DeleteObject"},
    ),
    "a file is removed where names and words are kept": (
        "data-api",
        CODE.changed("shared/src/repositories/glossaries.rs", "self.table.put(", "self.removes.remove("),
        {"s3:DeleteObject"},
    ),
    "a file is removed in what repositories share": (
        "data-api",
        CODE.changed("shared/src/repositories/one_item.rs", "table.get(", "removes.remove("),
        {"s3:DeleteObject"},
    ),
    "a file is removed in a repository that only a use case knows": (
        "panel",
        CODE.with_more("shared/src/repositories/users.rs", "fn remove() {\n    self.removes.remove(&key);\n}"),
        {"s3:DeleteObject"},
    ),
    "a table is warmed up instead of the queue": (
        "webhook-handler",
        CODE.with_more("webhook-handler/src/main.rs", "fn more() {\n    base.warm_up_table(name);\n}"),
        {"dynamodb:GetItem"},
    ),
}


@pytest.mark.parametrize("story", MORE_CALLS)
def test_a_call_that_the_role_does_not_allow_is_found(story):
    function, code, actions = MORE_CALLS[story]
    found = list(differences(code, DEPLOYED, function))
    assert found == [f"{function} may not {action}, which its code calls" for action in sorted(actions)]


def test_an_adapter_that_is_not_used_any_more_is_found():
    without = CODE.changed("voice-parser/Cargo.toml", '"sqs", ', "")
    found = list(differences(without, DEPLOYED, "voice-parser"))
    assert found == [
        f"voice-parser may sqs:{action}, which its code never calls"
        for action in ("ChangeMessageVisibility", "SendMessage")
    ]


def test_a_worker_that_withdraws_nothing_any_more_is_found():
    without = CODE.changed("voice-parser/src/steps/show.rs", "deps.removes.remove(", "deps.other.forget(")
    assert list(differences(without, DEPLOYED, "voice-parser")) == [
        "voice-parser may s3:DeleteObject, which its code never calls"
    ]


def test_what_is_said_to_be_never_called_would_be_found_otherwise(monkeypatch):
    for function, actions in NEVER_CALLED.items():
        monkeypatch.setitem(NEVER_CALLED, function, {})
        found = list(differences(CODE, DEPLOYED, function))
        assert found == [f"{function} may not {action}, which its code calls" for action in sorted(actions)]


def test_the_readme_of_the_adapter_names_every_call():
    readme = (ROOT / "adapters" / "aws" / "README.md").read_text()
    files = [name for names, _ in ADAPTERS.values() for name in names]
    functions = CODE.functions("any", *(f"adapters/aws/src/{name}" for name in (*files, *SHARED)))
    operations = set().union(*(each.operations() for each in functions))
    names = {"".join(word.capitalize() for word in operation.split("_")) for operation in operations}
    assert {name for name in names if name not in readme} == set()
