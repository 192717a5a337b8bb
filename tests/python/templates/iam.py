"""What a role may do: IAM's rule that a Deny goes before an Allow, for what our templates use of it."""

import re

WILD = {"*": ".*", "?": "."}


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(role):
    """All statements of a role's own policies."""
    policies = role.properties.get("Policies", [])
    return [statement for policy in policies for statement in as_list(policy["PolicyDocument"]["Statement"])]


def may(role, action, resource, **context):
    """Whether a role may do this. `context` has the request's condition keys, with `_` for `:`."""
    keys = {name.replace("_", ":", 1): value for name, value in context.items()}
    matching = [each for each in statements(role) if _speaks_of(each, action, resource, keys)]
    effects = {each["Effect"] for each in matching}
    return "Allow" in effects and "Deny" not in effects


def _speaks_of(statement, action, resource, keys):
    actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
    return (
        any(matches(pattern.lower(), action.lower()) for pattern in actions)
        and any(matches(pattern, resource) for pattern in resources)
        and all(
            _holds(operator, keys.get(key), as_list(expected))
            for operator, tests in statement.get("Condition", {}).items()
            for key, expected in tests.items()
        )
    )


def _holds(operator, actual, expected):
    if operator == "Null":
        return [str(actual is None).lower()] == expected
    if operator == "StringEquals":
        return actual in expected
    if operator == "StringLike":
        return actual is not None and any(matches(pattern, actual) for pattern in expected)
    # Of one value, as all that is asked about here.
    if operator == "ForAllValues:StringLike":
        return actual is None or any(matches(pattern, actual) for pattern in expected)
    if operator == "StringNotLike":
        return actual is None or not any(matches(pattern, actual) for pattern in expected)
    raise ValueError(f"the condition {operator} is not known here")


def matches(pattern, text):
    """Whether a text fits IAM's wildcards."""
    return re.fullmatch("".join(WILD.get(each, re.escape(each)) for each in pattern), text, re.DOTALL) is not None
