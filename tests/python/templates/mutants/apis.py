"""Mutants: the HTTP APIs."""

from mutants.changes import put, remove, resource, template

CORS = {"AllowOrigins": ["https://app.example.com"], "AllowMethods": ["POST"]}
MUTANTS = {
    "authorizers_forget_within_a_minute": {
        "API Gateway's own 300 s": resource(
            "data-api", "Keys", "AWS::ApiGatewayV2::Authorizer", AuthorizerType="REQUEST"
        ),
        "five minutes": resource("data-api", "Keys", "AWS::ApiGatewayV2::Authorizer", AuthorizerResultTtlInSeconds=300),
    },
    "stages_are_throttled": {
        "no settings": remove("data-api", "Stage", "DefaultRouteSettings"),
        "no burst": remove("webhook-handler", "Stage", "DefaultRouteSettings", "ThrottlingBurstLimit"),
    },
    "pages_are_named": {
        "anybody's": put("data-api", "Api", "CorsConfiguration", "Fn::If", 1, "AllowOrigins", value=["*"]),
        "a parameter that takes anybody's": template("data-api", "Parameters", "ClientOrigins", "AllowedPattern"),
        "on calls": put("call-handler", "Api", "CorsConfiguration", value=CORS),
        "on the webhook": put("webhook-handler", "Api", "CorsConfiguration", value=CORS),
    },
}
