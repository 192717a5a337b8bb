"""The manifests keep their rules, and each rule has teeth: a change that breaks it turns it red, and it alone."""

import pytest

from manifest_mutants import MUTANTS
from manifest_rules import RULES
from manifests import Manifests

MANIFESTS = Manifests()
EVERY = [(rule, story, change) for rule, stories in MUTANTS.items() for story, change in stories.items()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_manifests_keep(rule):
    assert list(rule(MANIFESTS)) == []


@pytest.mark.parametrize(("rule", "story", "change"), EVERY, ids=[f"{rule}-{story}" for rule, story, _ in EVERY])
def test_a_mutant_turns_its_rule_red_and_no_other(rule, story, change):
    changed = MANIFESTS.copy()
    change(changed)
    assert {each.__name__ for each in RULES if list(each(changed))} == {rule}


def test_every_rule_has_a_mutant():
    assert {rule.__name__ for rule in RULES} == set(MUTANTS)
