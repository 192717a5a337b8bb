"""Changes of templates and parameter files, made in a copy, in memory. Each answers a function that makes it."""


def at(sources, component, logical, *path):
    """What lies at a path in the properties of a resource."""
    found = sources.templates[component]["Resources"][logical]["Properties"]
    for step in path:
        found = found[step]
    return found


def put(component, logical, *path, value):
    """Sets a property."""

    def change(sources):
        at(sources, component, logical, *path[:-1])[path[-1]] = value

    return change


def remove(component, logical, *path):
    """Takes a property out."""

    def change(sources):
        del at(sources, component, logical, *path[:-1])[path[-1]]

    return change


def parameter(variant, name, value):
    """Sets a value in a parameter file."""

    def change(sources):
        sources.parameters[variant][name] = value

    return change


def replace(component, logical, *path, old, new):
    """Changes a text within a property."""

    def change(sources):
        found = at(sources, component, logical, *path[:-1])
        assert old in found[path[-1]], f"{component}/{logical} does not hold {old!r}"
        found[path[-1]] = found[path[-1]].replace(old, new)

    return change


def template(component, *path, value=None):
    """Sets something of a template outside of its resources' properties; None takes it out."""

    def change(sources):
        found = sources.templates[component]
        for step in path[:-1]:
            found = found.setdefault(step, {})
        if value is None:
            del found[path[-1]]
        else:
            found[path[-1]] = value

    return change


def resource(component, logical, kind, **properties):
    """Adds a resource."""
    return template(component, "Resources", logical, value={"Type": kind, "Properties": properties})


def _statements(sources, component, logical):
    properties = at(sources, component, logical)
    document = properties["Policies"][0]["PolicyDocument"] if "Policies" in properties else properties["PolicyDocument"]
    return document["Statement"]


def statement(component, sid, logical="Role", **changes):
    """Changes a statement of a policy; None takes a part of it out."""

    def change(sources):
        for each in _statements(sources, component, logical):
            # One that depends on a condition stands in an !If.
            found = each["Fn::If"][1] if "Fn::If" in each else each
            if found.get("Sid") == sid:
                found |= {name: value for name, value in changes.items() if value is not None}
                for name in [name for name, value in changes.items() if value is None]:
                    del found[name]
                return
        raise AssertionError(f"{component} has no statement {sid}")

    return change


def without_statement(component, sid, logical="Role"):
    """Takes a statement out of a policy."""

    def change(sources):
        found = _statements(sources, component, logical)
        left = [each for each in found if (each["Fn::If"][1] if "Fn::If" in each else each).get("Sid") != sid]
        assert len(left) == len(found) - 1, f"{component} has no statement {sid}"
        found[:] = left

    return change


def more_statement(component, action, resource_name, logical="Role"):
    """Adds a statement that allows something."""

    def change(sources):
        said = {"Sid": "More", "Effect": "Allow", "Action": action, "Resource": resource_name}
        _statements(sources, component, logical).append(said)

    return change


def together(*changes):
    """Several changes."""

    def change(sources):
        for each in changes:
            each(sources)

    return change
