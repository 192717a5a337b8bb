"""How the stacks hold together, and what other checks are told to leave out."""

import re

import stacks as tools


def deployments_are_accepted(deployment):
    """Every parameter has a value that it takes: an output of a stack before, a secret, or one of the file."""
    yield from deployment.refused
    names = {name for template in deployment.sources.templates.values() for name in template.get("Parameters", {})}
    for name in deployment.sources.parameters[deployment.variant]:
        if name not in names:
            yield f"parameters/{deployment.variant}.json: no template has {name}"


def nothing_is_exported(deployment):
    """An export cannot be changed while another stack uses it; outputs are handed on by `deploy`."""
    for component, template in deployment.sources.templates.items():
        for name, output in template.get("Outputs", {}).items():
            if "Export" in output:
                yield f"{component}: exports {name}"
        if "Fn::ImportValue" in _keys(template):
            yield f"{component}: imports a value of another stack"


def _keys(node):
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (set(node) if isinstance(node, dict) else set()).union(*map(_keys, children))


def outputs_come_from_the_stack_that_is_named(deployment):
    """Where a parameter says whose output it is, that stack has it, and is deployed before."""
    for at, component in enumerate(tools.STACKS):
        for name, parameter in deployment.sources.templates[component].get("Parameters", {}).items():
            named = re.match(r"Output of the stack ([\w-]+)\.", parameter.get("Description", ""))
            if not named:
                continue
            source = named[1]
            if source not in tools.STACKS[:at]:
                yield f"{component}: {name} is an output of {source}, which is not deployed before"
            elif name not in tools.inputs_from_outputs(source, deployment.stacks[source].outputs):
                yield f"{component}: {name} is no output of {source}"


def skipped_checks_have_a_reason(deployment):
    """What checkov leaves out is explained where it is left out."""
    for stack in deployment.stacks.values():
        for each in stack.resources:
            for skip in each.raw.get("Metadata", {}).get("checkov", {}).get("skip", []):
                if len(skip.get("comment", "").split()) < 4:
                    yield f"{each}: leaves out {skip['id']} without a reason"
