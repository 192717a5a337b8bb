"""Numbers and names that stand both in the templates and in the code."""

import json
import re

import pytest

from calls import Code
from deployment import ROOT, Deployment, Sources
from iam import statements
from rules.permissions import role_of

DEPLOYED = Deployment(Sources(), "prod")
PATH = re.compile(r'"(/[a-z][a-z0-9/-]*)"')


def code(path):
    return (ROOT / path).read_text().split("#[cfg(test)]")[0]


def number(text, pattern):
    return int(re.search(pattern, text)[1])


def test_the_worker_knows_how_often_the_queue_delivers_and_how_long_it_may_run():
    on_aws = code("voice-parser/src/on_aws.rs")
    (queue,) = (each for each in DEPLOYED.resources("AWS::SQS::Queue") if str(each) == "shared/Queue")
    assert number(on_aws, r"MOST_DELIVERIES: u32 = (\d+);") == queue.properties["RedrivePolicy"]["maxReceiveCount"]
    # A note that is held by a run is free again only when that run cannot be at it any more.
    lease = number(on_aws, r"LEASE: Duration = Duration::from_secs\((\d+)\);")
    assert lease > DEPLOYED.function("voice-parser").properties["Timeout"]


def test_what_is_asked_in_a_call_is_delivered_as_often_as_a_note_and_kept_no_longer_than_the_call():
    (queue,) = (each for each in DEPLOYED.resources("AWS::SQS::Queue") if str(each) == "shared/CallsQueue")
    on_aws = code("voice-parser/src/on_aws.rs")
    assert number(on_aws, r"MOST_DELIVERIES: u32 = (\d+);") == queue.properties["RedrivePolicy"]["maxReceiveCount"]
    forgotten = DEPLOYED.function("call-handler").properties["Environment"]["Variables"]["HARK_CALL_FORGET_MINUTES"]
    assert int(queue.properties["MessageRetentionPeriod"]) <= int(forgotten) * 60


def test_callers_are_said_to_wait_too_long_when_they_hear_it():
    within = number(
        code("call-handler/src/config.rs"), r"MODEL_WITHIN: SignedDuration = SignedDuration::from_secs\((\d+)\);"
    )
    (alarm,) = (
        each for each in DEPLOYED.resources("AWS::CloudWatch::Alarm") if str(each) == "observability/CallersWait"
    )
    assert int(alarm.properties["Threshold"]) == within


def test_a_sweep_ends_within_its_time_and_waits_for_messages_that_are_hidden():
    sweep = code("shared/src/use_cases/sweep.rs")
    patience = number(sweep, r"PATIENCE: SignedDuration = SignedDuration::from_secs\((\d+)\);")
    assert patience < DEPLOYED.function("scheduler").properties["Timeout"]
    # A run that died comes back from the queue by itself.
    wait = number(sweep, r"AFTER_A_LEASE: SignedDuration = SignedDuration::from_mins\((\d+)\);")
    (queue,) = (each for each in DEPLOYED.resources("AWS::SQS::Queue") if str(each) == "shared/Queue")
    assert wait * 60 > int(queue.properties["VisibilityTimeout"])


def test_webhooks_are_delivered_within_the_functions_time():
    within = number(code("scheduler/src/lib.rs"), r"DELIVER_WITHIN: Duration = Duration::from_secs\((\d+)\);")
    assert within + 10 <= DEPLOYED.function("scheduler").properties["Timeout"]


def partitions_of(repositories):
    """The beginnings of the partitions that these repositories name, up to a `#`, without places in one."""
    texts = [code(f"shared/src/repositories/{name}.rs") for name in repositories]
    named = [re.findall(r'format!\("([a-z-]+)#|ItemKey::new\("([a-z-]+)"', text) for text in texts]
    return {beginning or whole for found in named for beginning, whole in found} - {"once", "part", "question"}


def test_call_handler_may_reach_the_partitions_that_its_repositories_name():
    """The stand-in for AWS does not know the condition, so nothing else would tell."""
    said = {each["Sid"]: each for each in statements(role_of(DEPLOYED, "call-handler"))}
    told, left = (
        {each.split("#")[0] for each in said[sid]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]}
        for sid in ("WhatCallersAreTold", "WhatCallsLeave")
    )
    repositories = {name for module, name in Code().parts_of("call-handler") if module == "repositories"}
    written = {"calls", "heard", "outcomes", "wrong_passwords"}
    assert written <= repositories
    # Wrong passwords are the panel's, and what is announced is announced by those who change records.
    assert left == partitions_of(written) - {"sign-in"}
    assert told - {"warm-up"} == partitions_of(repositories) - {"sign-in", "outbox"}


def test_the_table_has_the_keys_that_the_adapter_writes():
    (table,) = DEPLOYED.resources("AWS::DynamoDB::Table")
    keys = [each["AttributeName"] for each in table.properties["KeySchema"]]
    ttl = table.properties["TimeToLiveSpecification"]["AttributeName"]
    written = set(re.findall(r'"(\w+)"', code("adapters/aws/src/table/items.rs")))
    assert keys == ["pk", "sk"] and {*keys, ttl} <= written


def routes_of(component):
    """Without the one for whatever is no route."""
    all_of_them = {each.properties["RouteKey"] for each in of_component("AWS::ApiGatewayV2::Route", component)}
    return all_of_them - {"$default"}


def paths_in(text):
    # A path stands after `{prefix}` where a mapping may have put one before it.
    return set(PATH.findall(text.replace("{prefix}/", "/")))


@pytest.mark.parametrize("component", ["webhook-handler", "call-handler", "data-api"])
def test_every_route_leads_to_one_of_the_code(component):
    """And every route of the code has one, but for the path of one machine's health check."""
    routes = {each.split()[1] for each in routes_of(component)}
    outside = {each for each in routes if not each.startswith(("/v1/", "/docs"))}
    assert outside == paths_in(code(f"{component}/src/lib.rs")) - {"/healthz"}


def test_the_pages_of_the_panel_lie_below_its_routes():
    """It names no page: what is none is told by the function, in the form of its neighbours."""
    assert routes_of("panel") == {"ANY /panel", "ANY /panel/{proxy+}"}
    paths = paths_in(code("panel/src/lib.rs") + code("panel/src/health.rs"))
    assert {"/panel", "/panel/keys", "/panel/health"} <= paths
    assert [each for each in paths if each != "/panel" and not each.startswith("/panel/")] == []


@pytest.mark.parametrize(
    ("variant", "domain", "url"),
    [
        ("prod", "panel.example.com", "https://panel.example.com/panel"),
        ("prod", "", "https://hark-prod-panel-api.execute-api.eu-central-1.amazonaws.com/panel"),
        ("local", "panel.localhost", "http://panel.localhost:4566/panel"),
    ],
)
def test_the_panel_is_told_where_people_find_it(variant, domain, url):
    sources = Sources()
    sources.parameters[variant]["PanelDomain"] = domain
    deployed = Deployment(sources, variant)
    assert deployed.stacks["panel"].outputs["PanelUrl"] == url
    assert deployed.function("panel").properties["Environment"]["Variables"]["PANEL_URL"] == url
    assert ("PanelDomainTarget" in deployed.stacks["panel"].outputs) == bool(domain)


def test_a_recording_fits_into_an_answer_of_a_function():
    """Lambda answers with 6 MB (Lambda quotas), and bytes are base64 there."""
    kibibytes = number(code("panel/src/on_aws.rs"), r"LARGEST_ANSWER: usize = (\d+) \* 1_024 \* 1_024;") * 1024
    assert kibibytes * 1024 * 4 / 3 < 6 * 1000 * 1000


def test_every_operation_of_the_description_has_its_route():
    described = json.loads((ROOT / "data-api/openapi.json").read_text())["paths"]
    operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item}
    plain = {f"GET {path}" for path in re.findall(r'\.route\("([^"]+)"', code("data-api/src/v1.rs"))}
    below = {each for each in routes_of("data-api") if each.split()[1].startswith(("/v1/", "/docs", "/telegram/"))}
    assert below == operations | plain


def of_component(kind, component):
    return [each for each in DEPLOYED.resources(kind) if each.component == component]


def test_nobody_waits_for_an_answer_longer_than_the_api_does():
    """HTTP APIs give up after 30 s (API Gateway quotas), Twilio after 15 s (webhook connection overrides)."""
    assert DEPLOYED.function("data-api").properties["Timeout"] < 30
    assert DEPLOYED.function("panel").properties["Timeout"] < 30
    assert DEPLOYED.function("webhook-handler").properties["Timeout"] < 15
    assert DEPLOYED.function("call-handler").properties["Timeout"] < 15
