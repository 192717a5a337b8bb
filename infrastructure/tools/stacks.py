"""The stacks, their order, and where each stack's parameters come from.

A parameter of a template gets its value from, in this order: what was set on the command line, the outputs of the
stacks before it, the secrets' ARNs, the function's zip, `parameters/{env}.json`, the template's own default.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

INFRASTRUCTURE = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("local", "dev", "prod")

# Deployed in this order. Those before COMPONENTS give their outputs to all others under their own names, a component
# under its name: FunctionArn of customer-lookup is CustomerLookupFunctionArn.
FOUNDATION = ("artifacts", "shared")
FUNCTIONS = ("customer-lookup", "voice-parser", "scheduler", "webhook-handler", "call-handler", "data-api", "panel")
STACKS = (*FOUNDATION, *FUNCTIONS, "observability")

# The parameter that holds a secret's ARN, and the secret's name after `hark/{env}/`.
SECRETS = {"TwilioSecretArn": "twilio", "OpenaiSecretArn": "openai", "ApiKeysSecretArn": "api-keys"}


class CannotDeploy(Exception):
    """What is missing, in words for the person at the terminal."""


@dataclass(frozen=True)
class Template:
    """A component's template: its text, and its parameters with what CloudFormation knows of them."""

    component: str
    body: str
    parameters: dict = field(hash=False)


def read_template(component, folder=INFRASTRUCTURE):
    """Reads a component's template."""
    body = (Path(folder) / f"{component}.yaml").read_text()
    return Template(component, body, parse(body).get("Parameters", {}))


def parse(body):
    """A template's text as dictionaries; its intrinsic functions (`!Ref` and the like) are left unread."""
    return yaml.load(body, Loader=_TemplateLoader)  # noqa: S506 - a SafeLoader


class _TemplateLoader(yaml.SafeLoader):
    pass


def _unread(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _unread)


def stack_name(env, component):
    """The name of a component's stack."""
    return f"hark-{env}-{component}"


def read_parameters(env, folder=INFRASTRUCTURE):
    """What `parameters/{env}.json` says. A name that no template has is refused: it would be a typing error."""
    path = Path(folder) / "parameters" / f"{env}.json"
    try:
        values = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise CannotDeploy(f"{path.name} is not JSON: {error}") from None
    known = {name for component in STACKS for name in read_template(component, folder).parameters}
    unknown = sorted(set(values) - known)
    if unknown:
        raise CannotDeploy(f"parameters/{env}.json names what no template has: {', '.join(unknown)}")
    return {name: "" if value is None else str(value) for name, value in values.items()}


def inputs_from_outputs(component, outputs):
    """The parameters that a deployed stack's outputs are to the stacks after it."""
    if component in FOUNDATION:
        return dict(outputs)
    prefix = "".join(word.capitalize() for word in component.split("-"))
    return {f"{prefix}{name}": value for name, value in outputs.items()}


def choose(template, env, sources):
    """The values of a template's parameters. `sources` are dictionaries, the first that knows a name wins."""
    chosen, missing = {}, []
    for name, description in template.parameters.items():
        value = env if name == "Env" else next((each[name] for each in sources if each.get(name)), None)
        if value:
            chosen[name] = value
        elif "Default" not in description:
            missing.append(name)
    if missing:
        lines = [f"  {name}: {template.parameters[name].get('Description', '')}".rstrip() for name in missing]
        raise CannotDeploy(
            f"{template.component} cannot be deployed, these parameters have no value:\n"
            + "\n".join(lines)
            + f"\nSet them in infrastructure/parameters/{env}.json, or deploy the stacks before it first."
        )
    return chosen
