"""The HTTP APIs."""

import re

LONGEST_TTL_S = 60
# What a parameter for origins must refuse.
NO_ORIGINS = ("*", "https://*", "https://*.example.com", "https://a.example.com,*", "http://a.example.com", "null")


def authorizers_forget_within_a_minute(deployment):
    """7: a cached decision counts for all routes, and a revoked key must be refused within a minute."""
    for each in deployment.resources("AWS::ApiGatewayV2::Authorizer", "AWS::ApiGateway::Authorizer"):
        # Without the property API Gateway keeps decisions for 300 s.
        seconds = int(each.properties.get("AuthorizerResultTtlInSeconds", 300))
        if seconds > LONGEST_TTL_S:
            yield f"{each}: keeps decisions for {seconds} s, more than {LONGEST_TTL_S} s"


def stages_are_throttled(deployment):
    """8: an HTTP API has no other brake, and no WAF."""
    stages = deployment.resources("AWS::ApiGatewayV2::Stage")
    for api in deployment.resources("AWS::ApiGatewayV2::Api"):
        if not any(stage.properties["ApiId"] == api.ref for stage in stages):
            yield f"{api}: has no stage"
    for stage in stages:
        settings = stage.properties.get("DefaultRouteSettings", {})
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            if float(settings.get(limit, 0)) <= 0:
                yield f"{stage}: has no {limit}"


def pages_are_named(deployment):
    """9: pages of anybody may not use a client's key, and no page calls the webhook."""
    for component, template in deployment.sources.templates.items():
        for logical, resource in template["Resources"].items():
            cors = resource.get("Properties", {}).get("CorsConfiguration")
            if resource["Type"] != "AWS::ApiGatewayV2::Api" or cors is None:
                continue
            if component in ("webhook-handler", "call-handler"):
                yield f"{component}/{logical}: has CORS; Twilio is no page"
            yield from (f"{component}/{logical}: {why}" for why in _open_origins(template, cors))


def _open_origins(template, cors):
    texts = list(_texts(cors))
    if "*" in texts:
        yield "allows *"
    for name in texts:
        parameter = template["Parameters"].get(name)
        if parameter is None:
            continue
        let_in = [each for each in NO_ORIGINS if re.fullmatch(parameter.get("AllowedPattern", ".*"), each)]
        if let_in:
            yield f"the parameter {name} takes {', '.join(let_in)}"


def _texts(node):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    else:
        yield str(node)
