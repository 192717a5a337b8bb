"""Mutants: the functions' code and environment."""

from mutants.changes import put, remove, template

SECRET = "{{resolve:secretsmanager:hark/prod/twilio:SecretString:TWILIO_AUTH_TOKEN}}"
MUTANTS = {
    "no_secret_stands_in_an_environment": {
        "resolved": put("webhook-handler", "Function", "Environment", "Variables", "TWILIO_AUTH_TOKEN", value=SECRET),
        "resolved in a parameter": template(
            "webhook-handler", "Parameters", "Token", value={"Type": "String", "Default": SECRET}
        ),
    },
    "code_is_named_by_its_content": {
        "one name for all": put("data-api", "Function", "Code", "S3Key", value="data-api.zip"),
        "from another bucket": put("data-api", "Function", "Code", "S3Bucket", value={"Ref": "DataBucket"}),
        "a public bucket": remove("artifacts", "ArtifactsBucket", "PublicAccessBlockConfiguration"),
        "no versions": remove("artifacts", "ArtifactsBucket", "VersioningConfiguration"),
    },
}
