"""Buckets, the table, the key, logs: what is kept, for how long, and who can read it underway."""

from iam import as_list, matches

PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# Where people's words, or what is made of them, are stored; with where the key stands.
HOLDS_WORDS = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Lambda::Function": ("KmsKeyArn",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
}


def is_versioned(bucket):
    return bucket.properties.get("VersioningConfiguration", {}).get("Status") == "Enabled"


def is_private(bucket):
    blocked = bucket.properties.get("PublicAccessBlockConfiguration", {})
    return all(blocked.get(each) is True for each in PUBLIC_ACCESS)


def old_versions_go(deployment):
    """10: else whatever was deleted stays for ever, and is paid for."""
    for bucket in filter(is_versioned, deployment.resources("AWS::S3::Bucket")):
        rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
        enabled = [rule for rule in rules if rule["Status"] == "Enabled"]
        for what in ("NoncurrentVersionExpiration", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"):
            if not any(rule.get(what) for rule in enabled):
                yield f"{bucket}: no rule has {what}"


def only_over_tls(deployment):
    """11: a boolean instead of the text "false" would never match. The local stand-in speaks plain http."""
    policies = deployment.resources("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy")
    said = [each for policy in policies for each in policy.properties["PolicyDocument"]["Statement"]]
    for statement in said:
        for name, value in statement.get("Condition", {}).get("Bool", {}).items():
            if value not in ("true", "false"):
                yield f"the condition {name} of {statement.get('Sid')} is {value!r}, not a text"
    if deployment.on_aws:
        for each in deployment.resources("AWS::S3::Bucket", "AWS::SQS::Queue"):
            if not any(_refuses_plain(statement, each) for statement in said):
                yield f"{each}: no policy refuses what does not come over TLS"


def _refuses_plain(statement, resource):
    wanted = [resource.arn, *([f"{resource.arn}/any"] if resource.type == "AWS::S3::Bucket" else [])]
    conditions = statement.get("Condition", {})
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] in ("s3:*", "sqs:*")
        and conditions.keys() == {"Bool"}
        and conditions["Bool"].keys() == {"aws:SecureTransport"}
        and str(conditions["Bool"]["aws:SecureTransport"]).lower() == "false"
        and all(any(matches(pattern, each) for pattern in as_list(statement["Resource"])) for each in wanted)
    )


def encrypted_with_our_key(deployment):
    """People's words are unreadable without the one key that the shared stack has."""
    key = next(iter(deployment.resources("AWS::KMS::Key")))
    for resource in deployment.resources(*HOLDS_WORDS):
        found = resource.properties
        for name in HOLDS_WORDS[resource.type]:
            found = found.get(name, {})
        if found != key.arn:
            yield f"{resource}: is not encrypted with {key}"
    for bucket in deployment.resources("AWS::S3::Bucket"):
        ways = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        keys = [way["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") for way in ways]
        if bucket.component == "shared" and keys != [key.arn]:
            yield f"{bucket}: is not encrypted with {key}"


def kept_when_its_stack_goes(deployment):
    """A mistake with a stack takes no data with it."""
    for each in deployment.resources("AWS::KMS::Key", "AWS::S3::Bucket", "AWS::DynamoDB::Table"):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if each.raw.get(policy) != "Retain":
                yield f"{each}: {policy} is not Retain"


def logs_end(deployment):
    """Every function and stage writes to a log group of ours, and each of these has an end."""
    groups = deployment.resources("AWS::Logs::LogGroup")
    for group in groups:
        if not group.properties.get("RetentionInDays"):
            yield f"{group}: is kept for ever"
    known = {name for group in groups for name in (group.name, group.arn)}
    functions = deployment.resources("AWS::Lambda::Function")
    stages = deployment.resources("AWS::ApiGatewayV2::Stage")
    written = [(each, each.properties.get("LoggingConfig", {}).get("LogGroup")) for each in functions]
    written += [(each, each.properties.get("AccessLogSettings", {}).get("DestinationArn")) for each in stages]
    yield from (f"{each}: writes to no log group of the template" for each, to in written if to not in known)
