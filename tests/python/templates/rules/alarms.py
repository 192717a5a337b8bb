"""Alarms and the dashboard: they look at what is really written, and they reach a person who knows what to do."""

import json
import re

from deployment import ROOT
from rules.queues import dead_letters_of, fed_functions

# Metrics of AWS that we use, with their dimensions (user guides of SQS, Lambda and API Gateway).
OF_AWS = {
    "AWS/SQS": (
        {"QueueName"},
        {
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateAgeOfOldestMessage",
        },
    ),
    "AWS/Lambda": ({"FunctionName"}, {"Errors", "Throttles", "Duration", "Invocations"}),
    "AWS/ApiGateway": ({"ApiId"}, {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"}),
}
# A search of CloudWatch: namespace and dimensions, then the metric's name.
SEARCH = re.compile(r"SEARCH\('\{([^}]+)\}(.*?) MetricName=\"(\w+)\"'")


def alarms(deployment):
    return deployment.resources("AWS::CloudWatch::Alarm")


def watches(alarm, metric, dimension, value):
    """Whether an alarm watches this metric of one thing."""
    found = {each["Name"]: each["Value"] for each in alarm.properties.get("Dimensions", [])}
    return alarm.properties.get("MetricName") == metric and found == {dimension: value}


def dead_letters_and_old_notes_reach_a_person(deployment):
    """5: what was moved by a redrive does not count as sent, so what lies there is what counts."""
    topics = {each.ref for each in deployment.resources("AWS::SNS::Topic")}
    for alarm in alarms(deployment):
        if not set(alarm.properties.get("AlarmActions", [])) & topics or not alarm.properties.get(
            "ActionsEnabled", True
        ):
            yield f"{alarm}: tells nobody"
    for _, queue, _ in fed_functions(deployment):
        dead = dead_letters_of(deployment, queue)
        old = [
            each
            for each in alarms(deployment)
            if watches(each, "ApproximateAgeOfOldestMessage", "QueueName", queue.name)
        ]
        if not old:
            yield f"{queue}: no alarm on the age of its oldest message"
        filled = [
            each
            for each in alarms(deployment)
            if dead and watches(each, "ApproximateNumberOfMessagesVisible", "QueueName", dead.name)
        ]
        if not any(_from_the_first(alarm.properties) for alarm in filled):
            yield f"{queue}: no alarm that goes off with the first of its dead letters"


def _from_the_first(alarm):
    threshold, how = float(alarm["Threshold"]), alarm["ComparisonOperator"]
    return (how, threshold) in (("GreaterThanOrEqualToThreshold", 1), ("GreaterThanThreshold", 0))


def alarms_cover_every_function_and_api(deployment):
    """Errors and throttles of each function, 5xx of each API, and lookups that failed."""
    wanted = []
    for function in deployment.resources("AWS::Lambda::Function"):
        wanted += [(function, metric, "FunctionName", function.name) for metric in ("Errors", "Throttles")]
    wanted += [(api, "5xx", "ApiId", api.ref) for api in deployment.resources("AWS::ApiGatewayV2::Api")]
    for each, metric, dimension, value in wanted:
        if not any(watches(alarm, metric, dimension, value) for alarm in alarms(deployment)):
            yield f"{each}: no alarm on {metric}"
    for component in ("webhook-handler", "call-handler"):
        name = deployment.function(component).name
        if not any(watches(alarm, "LookupFailures", "FunctionName", name) for alarm in alarms(deployment)):
            yield f"{component}: no alarm on LookupFailures"


def alarms_name_a_section_of_the_runbook(deployment):
    """Whoever is woken reads the description first."""
    runbook = (ROOT / "docs" / "RUNBOOK.md").read_text()
    part = runbook.partition("\n## Alarms\n")[2].split("\n## ")[0]
    sections = re.findall(r"^### (.+)$", part, re.MULTILINE)
    for alarm in alarms(deployment):
        named = re.search(r"RUNBOOK: (.+)$", alarm.properties.get("AlarmDescription", ""))
        if not named or named[1] not in sections:
            yield f"{alarm}: docs/RUNBOOK.md has no section {named[1] if named else 'for it'} under Alarms"


def metrics_are_ones_that_somebody_writes(deployment):
    """An alarm on a metric that nobody writes never goes off."""
    known = OF_AWS | metrics_of_our_own(deployment.env)
    used = [(str(alarm), *_metric_of(alarm.properties)) for alarm in alarms(deployment)]
    for dashboard in deployment.resources("AWS::CloudWatch::Dashboard"):
        used += [(str(dashboard), *each) for each in shown(json.loads(dashboard.properties["DashboardBody"]))]
    for where, namespace, metric, dimensions in used:
        expected = known.get((namespace, metric)) or known.get(namespace, (None, ()))
        names = expected if isinstance(expected, set) else expected[0] if metric in expected[1] else None
        if names is None:
            yield f"{where}: nobody writes {namespace} {metric}"
        elif names != set(dimensions):
            yield f"{where}: {metric} has the dimensions {sorted(names)}, not {sorted(dimensions)}"
        for name, value in dimensions.items():
            if name in ("FunctionName", "QueueName", "ApiId") and value and deployment.find(value) is None:
                yield f"{where}: there is no {name} {value}"


def _metric_of(alarm):
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
    return alarm.get("Namespace"), alarm.get("MetricName"), dimensions


def metrics_of_our_own(env):
    """Our metrics and their dimensions, from docs/METRICS.md, which a test compares with what the code writes."""
    text = (ROOT / "docs" / "METRICS.md").read_text()
    namespace = re.search(r"^- Namespace: `([^`]+)`", text, re.MULTILINE)[1].replace("{env}", env)
    common = set(re.findall(r"^- Every metric has the dimension `(\w+)`", text, re.MULTILINE))
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| ([^|]*) \|", text, re.MULTILINE)
    return {(namespace, name): common | set(re.findall(r"`(\w+)`", more)) for name, more in rows}


def shown(body):
    """Each metric that a dashboard shows: namespace, name, dimensions; a dimension that is searched has no value."""
    for widget in body["widgets"]:
        before = []
        for row in widget["properties"].get("metrics", []):
            options = [each for each in row if isinstance(each, dict)]
            for option in options:
                yield from _searched(option.get("expression", ""))
            names = [each for each in row if isinstance(each, str)]
            if not names:
                continue
            # `...` stands for what is the same as in the row before, `.` for one such word.
            if names[0] == "...":
                names = [*before[: len(before) - len(names) + 1], *names[1:]]
            names = [before[at] if each == "." else each for at, each in enumerate(names)]
            before = names
            yield names[0], names[1], dict(zip(names[2::2], names[3::2], strict=True))


def _searched(expression):
    for schema, filters, metric in SEARCH.findall(expression):
        namespace, *dimensions = schema.split(",")
        values = dict(re.findall(r'(\w+)="([^"]+)"', filters))
        yield namespace, metric, {name: values.get(name) for name in dimensions}
