"""What each function reads and what its template gives it are the same."""

import pytest

from deployment import Deployment, Sources
from lambda_host import complaint, empty_environment
from settings import LEFT_OUT, demanded_by, disagreements, read_by
from stacks import FUNCTIONS

# The stack on this machine: the only one whose parameters are all filled in, and whose addresses may be plain http.
LOCAL = Deployment(Sources(), "local")


def environment(function):
    return dict(LOCAL.function(function).properties["Environment"]["Variables"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_reads_is_what_its_template_gives(function):
    assert list(disagreements(function, environment(function))) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_with_what_its_template_gives(function):
    assert complaint(function, environment(function)) is None


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_setting_that_the_template_forgot_is_named_at_the_start(function):
    for names in demanded_by(function):
        given = {name: value for name, value in environment(function).items() if name not in names}
        if len(given) < len(environment(function)):
            assert all(name in complaint(function, given) for name in names)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_variable_that_is_taken_out_or_added_is_found(function):
    given = environment(function)
    for name in given:
        less = {other: value for other, value in given.items() if other != name}
        found = list(disagreements(function, less))
        assert found and all(name in each for each in found), found
    assert list(disagreements(function, given | {"HARK_PORT": "1"})) == [
        f"{function} does not read HARK_PORT, which its template sets"
    ]
    assert len(list(disagreements(function, given | {"AWS_REGION": "eu-central-1"}))) == 1


def test_what_is_left_out_on_purpose_is_read_by_somebody():
    read = set().union(*map(read_by, FUNCTIONS))
    assert set(LEFT_OUT) <= read


def test_a_function_tells_every_missing_setting_at_once():
    said = empty_environment("voice-parser")
    assert all(name in said for name in ("DATA_BUCKET", "TABLE_NAME", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"))
