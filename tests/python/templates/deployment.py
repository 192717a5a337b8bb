"""All stacks with the values that `deploy` would give them, in its own order and by its own rules."""

import copy
import json
import re

import stacks
from cloudformation import ACCOUNT, REGION, Stack, parse

INFRASTRUCTURE = stacks.INFRASTRUCTURE
ROOT = INFRASTRUCTURE.parent
# What is checked: each environment with its parameter file, and the templates by themselves.
VARIANTS = ("defaults", *stacks.ENVIRONMENTS)


class Sources:
    """The templates and the parameter files, as they are read, so that a test can change a copy."""

    def __init__(self):
        """Reads them."""
        self.templates = {name: parse((INFRASTRUCTURE / f"{name}.yaml").read_text()) for name in stacks.STACKS}
        files = {env: INFRASTRUCTURE / "parameters" / f"{env}.json" for env in stacks.ENVIRONMENTS}
        self.parameters = {env: json.loads(file.read_text()) for env, file in files.items()}
        self.parameters["defaults"] = {}

    def copy(self):
        """One that can be changed."""
        return copy.deepcopy(self)


class Deployment:
    """What CloudFormation would be told in one environment."""

    def __init__(self, sources, variant):
        """Deploys on paper. What `deploy` or CloudFormation would refuse is in `refused`."""
        self.variant, self.sources, self.refused = variant, sources, []
        self.env = "dev" if variant == "defaults" else variant
        self.on_aws = self.env != "local"
        self.stacks, known = {}, {}
        for component in stacks.STACKS:
            template = sources.templates[component]
            values = self._values(component, template.get("Parameters", {}), known)
            self.stacks[component] = Stack(component, template, values)
            known |= stacks.inputs_from_outputs(component, self.stacks[component].outputs)
        self.known = known

    def _values(self, component, parameters, known):
        file = {name: value for name, value in self.sources.parameters[self.variant].items() if value}
        found = {name: secret_arn(self.env, secret) for name, secret in stacks.SECRETS.items()}
        if component in stacks.FUNCTIONS:
            found["CodeKey"] = f"{component}/{'0' * 64}.zip"
        sources = [known, found, file, self._to_fill(parameters)]
        try:
            chosen = stacks.choose(stacks.Template(component, "", parameters), self.env, sources)
        except stacks.CannotDeploy as reason:
            self.refused.append(str(reason))
            # With anything, so that the rest can be looked at.
            anything = {name: f"missing-{name}" for name, each in parameters.items() if "Default" not in each}
            chosen = stacks.choose(stacks.Template(component, "", parameters), self.env, [*sources, anything])
        defaults = {name: each["Default"] for name, each in parameters.items() if "Default" in each}
        values = {name: str(value) for name, value in (defaults | chosen).items()}
        self.refused += [f"{component}: {name} {why}" for name, why in against_constraints(parameters, values)]
        return values

    def _to_fill(self, parameters):
        """The parameters that a parameter file lists for whoever deploys to fill in."""
        listed = {name for env in stacks.ENVIRONMENTS for name in self.sources.parameters[env]}
        return {name: "to-be-filled" for name in listed & set(parameters) if "Default" not in parameters[name]}

    def resources(self, *types):
        """The resources of these types, of all stacks."""
        return [each for stack in self.stacks.values() for each in stack.resources if each.type in types]

    def find(self, name):
        """The resource of this name, ARN or `!Ref`, or None."""
        every = (each for stack in self.stacks.values() for each in stack.resources)
        return next((each for each in every if name in (each.arn, each.ref, each.name)), None)

    def function(self, component):
        """The Lambda function of a component."""
        return next(each for each in self.resources("AWS::Lambda::Function") if each.component == component)


def secret_arn(env, name):
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hark/{env}/{name}-AbCdEf"


def against_constraints(parameters, values):
    """Values that CloudFormation would refuse, with the reason."""
    for name, value in values.items():
        limits = parameters[name]
        if "AllowedValues" in limits and value not in [str(each) for each in limits["AllowedValues"]]:
            yield name, f"is {value!r}, none of AllowedValues"
        if "AllowedPattern" in limits and not re.fullmatch(limits["AllowedPattern"], value):
            yield name, f"is {value!r}, which AllowedPattern does not allow"
        if limits["Type"] == "Number":
            if float(value) < limits.get("MinValue", float("-inf")):
                yield name, f"is {value}, less than MinValue"
            if float(value) > limits.get("MaxValue", float("inf")):
                yield name, f"is {value}, more than MaxValue"
