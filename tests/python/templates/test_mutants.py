"""Each rule has teeth: a change of the templates that breaks it turns it red, and it alone."""

import pytest

from deployment import Deployment, Sources
from mutants import MUTANTS
from mutants.changes import parameter, template
from rules import RULES

SOURCES = Sources()


def red_after(change, variant):
    """The rules that find something after a change."""
    changed = SOURCES.copy()
    change(changed)
    deployment = Deployment(changed, variant)
    return {rule.__name__ for rule in RULES if list(rule(deployment))}


@pytest.mark.parametrize(("rule", "story", "change"), MUTANTS, ids=[f"{rule}-{story}" for rule, story, _ in MUTANTS])
def test_a_mutant_turns_its_rule_red_and_no_other(rule, story, change):
    assert red_after(change, "prod") == {rule}


def test_every_rule_has_a_mutant():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in MUTANTS}


@pytest.mark.parametrize(
    "change",
    [parameter("local", "VisibilityTimeoutSeconds", "30"), template("shared", "Resources", "QueuesOverTlsOnly")],
    ids=["shorter times, so that tests need not wait", "plain http, which the stand-in for AWS speaks"],
)
def test_the_local_stack_may_have(change):
    assert red_after(change, "local") == set()
