"""What runs at certain times: that it does, and that somebody hears when it does not."""

from rules.alarms import alarms, watches


def schedules_run_and_are_missed(deployment):
    """A rule that may not invoke its function, or is switched off, fails nowhere: only an alarm on nothing tells."""
    permissions = deployment.resources("AWS::Lambda::Permission")
    for rule in deployment.resources("AWS::Events::Rule"):
        if not rule.properties.get("ScheduleExpression"):
            continue
        if rule.properties.get("State", "ENABLED") != "ENABLED":
            yield f"{rule}: is switched off"
        for target in rule.properties.get("Targets", []):
            function = deployment.find(target["Arn"])
            if not any(_lets(each, rule, function) for each in permissions):
                yield f"{rule}: may not invoke {function}"
            if not any(_misses(each, function) for each in alarms(deployment)):
                yield f"{rule}: nobody hears when {function} does not run"
        if not rule.properties.get("Targets"):
            yield f"{rule}: invokes nothing"


def _lets(permission, rule, function):
    said = permission.properties
    return (said["Principal"], said["FunctionName"], said.get("SourceArn")) == (
        "events.amazonaws.com",
        function.ref,
        rule.arn,
    )


def _misses(alarm, function):
    said = alarm.properties
    return watches(alarm, "Invocations", "FunctionName", function.name) and (
        said["ComparisonOperator"],
        float(said["Threshold"]),
        said.get("TreatMissingData"),
    ) == ("LessThanThreshold", 1, "breaching")
