"""The templates keep the rules, with each parameter file and with the templates' own defaults."""

import pytest

from deployment import VARIANTS, Deployment, Sources
from rules import RULES

DEPLOYMENTS = {variant: Deployment(Sources(), variant) for variant in VARIANTS}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_templates_keep(rule, variant):
    assert list(rule(DEPLOYMENTS[variant])) == []
