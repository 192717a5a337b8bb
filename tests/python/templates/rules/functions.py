"""The functions' code and environment."""

import json
import re

from rules.storage import is_private, is_versioned


def no_secret_stands_in_an_environment(deployment):
    """6: what is resolved there is clear text in GetFunctionConfiguration, and a rotation would need a deployment."""
    for function in deployment.resources("AWS::Lambda::Function"):
        for name, value in function.properties.get("Environment", {}).get("Variables", {}).items():
            if "{{resolve:" in str(value):
                yield f"{function}: {name} is resolved into the environment"
    for component, template in deployment.sources.templates.items():
        if "{{resolve:" in json.dumps(template.get("Parameters", {})):
            yield f"{component}: a parameter resolves a secret"


def code_is_named_by_its_content(deployment):
    """12: so that what runs is what was built, and a deployment of the same bytes changes nothing."""
    for function in deployment.resources("AWS::Lambda::Function"):
        code = function.properties["Code"]
        key, bucket = code.get("S3Key", ""), deployment.find(code.get("S3Bucket"))
        if not re.fullmatch(rf"{function.component}/[0-9a-f]{{64}}\.zip", key):
            yield f"{function}: its code is {key!r}, not named by a hash of its content"
        if bucket is None or bucket.component != "artifacts":
            yield f"{function}: its code does not come from the bucket of artifacts"
        elif not (is_private(bucket) and is_versioned(bucket)):
            yield f"{bucket}: holds code, so it must be private and versioned"
