"""Who may do what: the roles of the functions, and the policies of buckets, queues and the topic."""

from cloudformation import REGION
from iam import as_list, matches, may, statements

# X-Ray has no resources to name (Service authorization reference, "Actions defined by AWS X-Ray").
WITHOUT_RESOURCES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
# Families that AWS names with a star itself (DynamoDB developer guide, "Customer managed keys").
FAMILIES = ("kms:ReEncrypt*", "kms:GenerateDataKey*")
# What no function needs and a mistake or an intruder must not do. Erasing has a role of its own, when it comes.
DESTROYS = (
    "dynamodb:DeleteTable",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:DeleteLogGroup",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutSecretValue",
    "sqs:DeleteQueue",
    "sqs:PurgeQueue",
    "sqs:SetQueueAttributes",
    "sts:AssumeRole",
)
# What a function does with what a variable names, and what the key must allow for it.
MUST_BE_ABLE = {
    "API_KEYS_SECRET_ID": (("secretsmanager:GetSecretValue",), ()),
    "CALLS_QUEUE_URL": (("sqs:SendMessage",), ("kms:Decrypt", "kms:GenerateDataKey")),
    "CUSTOMER_LOOKUP_FUNCTION": (("lambda:InvokeFunction",), ()),
    "DATA_BUCKET": (("s3:ListBucket",), ("kms:Decrypt",)),
    "DEAD_LETTER_QUEUE_URL": (("sqs:SendMessage",), ("kms:Decrypt", "kms:GenerateDataKey")),
    "OPENAI_SECRET_ID": (("secretsmanager:GetSecretValue",), ()),
    "QUEUE_URL": (("sqs:SendMessage",), ("kms:Decrypt", "kms:GenerateDataKey")),
    "TABLE_NAME": (("dynamodb:GetItem",), ("kms:Decrypt",)),
    "TWILIO_SECRET_ID": (("secretsmanager:GetSecretValue",), ()),
}


def role_of(deployment, component):
    """The role of a component's function."""
    return deployment.find(deployment.function(component).properties["Role"])


def data_bucket(deployment):
    return deployment.find(deployment.known["DataBucket"])


def permissions_name_what_they_allow(deployment):
    """No star for an action or a resource. The key's own policy stands beside the key, where * means this key."""
    documents = [(role, statements(role)) for role in deployment.resources("AWS::IAM::Role")]
    attached = deployment.resources("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
    documents += [(each, each.properties["PolicyDocument"]["Statement"]) for each in attached]
    for owner, said in documents:
        for statement in (each for each in said if each["Effect"] == "Allow"):
            where = f"{owner} {statement.get('Sid')}"
            actions = as_list(statement["Action"])
            yield from (f"{where}: allows {each}" for each in actions if "*" in each and each not in FAMILIES)
            open_to_all = "*" in as_list(statement["Resource"])
            if open_to_all and not set(actions) <= set(WITHOUT_RESOURCES):
                yield f"{where}: allows it on every resource"
            if "NotAction" in statement or "NotResource" in statement:
                yield f"{where}: allows all but something"


def keys_are_used_through_one_service(deployment):
    """The key opens what a service stores for us, never a text that somebody hands to KMS."""
    services = {f"{name}.{REGION}.amazonaws.com" for name in ("dynamodb", "lambda", "s3", "sqs")}
    for role in deployment.resources("AWS::IAM::Role"):
        for statement in statements(role):
            if not any(action.startswith("kms:") for action in as_list(statement["Action"])):
                continue
            via = as_list(statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService"))
            if statement["Effect"] == "Allow" and (len(via) != 1 or via[0] not in services):
                yield f"{role} {statement.get('Sid')}: uses the key without kms:ViaService of one service"


def nobody_destroys(deployment):
    """Not even a deleted version: only the eraser may, when it comes."""
    for role in deployment.resources("AWS::IAM::Role"):
        allowed = [each for said in statements(role) if said["Effect"] == "Allow" for each in as_list(said["Action"])]
        for action in DESTROYS:
            if any(matches(pattern.lower(), action.lower()) for pattern in allowed):
                yield f"{role}: allows {action}"


def only_notes_are_withdrawn(deployment):
    """By the worker alone, which puts a marker over a note's files; no original, no prompt, not the directory."""
    bucket = data_bucket(deployment).arn
    notes = ("acme/job-to-be-done/leak_SM1_full_text.txt", "_withdrawn/acme/job-to-be-done/leak_SM1_full_text.txt")
    others = ("customers.json", "_inbox/acme/SM1/0.ogg", "_prompts/company-acme/note.md")
    for role in deployment.resources("AWS::IAM::Role"):
        withdraws = role.component == "voice-parser"
        for key in (*notes, *others):
            if may(role, "s3:DeleteObject", f"{bucket}/{key}") != (withdraws and key in notes):
                yield f"{role}: {'may not' if withdraws and key in notes else 'may'} remove {key}"


def roles_are_not_shared(deployment):
    """Each function has one of its own, with what stands in the template and nothing else."""
    used = [function.properties["Role"] for function in deployment.resources("AWS::Lambda::Function")]
    for role in deployment.resources("AWS::IAM::Role"):
        if used.count(role.arn) != 1:
            yield f"{role}: is the role of {used.count(role.arn)} functions"
        if role.properties.get("ManagedPolicyArns"):
            yield f"{role}: has managed policies, which change without us"
        trusted = [each["Principal"] for each in role.properties["AssumeRolePolicyDocument"]["Statement"]]
        if trusted != [{"Service": "lambda.amazonaws.com"}]:
            yield f"{role}: can be taken by others than Lambda"


def data_api_sees_companies_files_only(deployment):
    """Neither what begins with `_` nor the directory, neither by reading nor by listing; companies' files, it does."""
    role, bucket = role_of(deployment, "data-api"), data_bucket(deployment).arn
    for key in ("customers.json", "_inbox/acme/SM1/0.ogg", "_withdrawn/acme/other/x", "_prompts/analyse.txt"):
        if may(role, "s3:GetObject", f"{bucket}/{key}"):
            yield f"{role}: may read {key}"
    for prefix in ("_", "_inbox/", "_inbox/acme/", "_withdrawn/acme/", "customers.json", "c", ""):
        if may(role, "s3:ListBucket", bucket, s3_prefix=prefix):
            yield f"{role}: may list {prefix!r}"
    if not may(role, "s3:GetObject", f"{bucket}/acme/job-to-be-done/leak_SM1_full_text.txt"):
        yield f"{role}: may not read companies' files"
    if not may(role, "s3:ListBucket", bucket, s3_prefix="acme/job-to-be-done/"):
        yield f"{role}: may not list companies' files"
    for action in ("s3:GetObject", "s3:PutObject"):
        if not may(role, action, f"{bucket}/_search/acme/index"):
            yield f"{role}: may not {action} of a search index"
    for key in ("acme/job-to-be-done/leak_SM1_full_text.txt", "_prompts/analyse.txt", "customers.json"):
        if may(role, "s3:PutObject", f"{bucket}/{key}"):
            yield f"{role}: may write {key}"


def data_api_writes_what_clients_write_only(deployment):
    """Of the table: keys, terms, states, the feed, notes that are tried again; no person, no budget, no place."""
    role = role_of(deployment, "data-api")
    table = deployment.find(deployment.known["TableName"]).arn
    for key in ("files#acme", "contact#0f", "conversation#0f", "sender#0f", "budget#acme", "sent#SM1"):
        if may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may write {key}"
    own = ("key#abc", "keys#acme", "glossary#acme", "record-states#acme", "outbox#acme")
    for key in (*own, "note#SM1", "inbox#acme"):
        if not may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may not write {key}"


def panel_does_what_the_office_does_only(deployment):
    """Of the files it sees recordings, and tends who is known and what companies tell the model; of the table it writes
    who did what, wrong passwords, keys, names and words, webhooks, and notes that are tried again. It makes no user,
    and gives none a role."""
    role, bucket = role_of(deployment, "panel"), data_bucket(deployment).arn
    if not may(role, "s3:GetObject", f"{bucket}/_inbox/acme/SM1/0.ogg"):
        yield f"{role}: may not read recordings"
    for key in ("acme/job-to-be-done/leak_SM1_full_text.txt", "_prompts/analyse.txt", "_search/acme/index"):
        if may(role, "s3:GetObject", f"{bucket}/{key}"):
            yield f"{role}: may read {key}"
    for prefix in ("_inbox/", "_inbox/acme/", "acme/", ""):
        if may(role, "s3:ListBucket", bucket, s3_prefix=prefix):
            yield f"{role}: may list {prefix!r}"
    for key in ("_inbox/acme/SM1/0.ogg", "_prompts/trade-plumbing/note.md", "_prompts/company-acme/analyse.md"):
        if may(role, "s3:PutObject", f"{bucket}/{key}"):
            yield f"{role}: may write {key}"
    if not may(role, "s3:PutObject", f"{bucket}/_inbox/acme/PE01/0.jpg"):
        yield f"{role}: may not send files along"
    if not may(role, "s3:PutObject", f"{bucket}/_prompts/company-acme/note.md"):
        yield f"{role}: may not write what a company tells the model"
    table = deployment.find(deployment.known["TableName"]).arn
    for key in ("user#anna", "users#acme", "contact#0f", "budget#acme", "record-states#acme"):
        if may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may write {key}"
    settled = ("glossary#acme", "webhooks#acme", "webhook-dead#acme#wh_a", "webhook-companies")
    told = ("outbox#acme", "changes#acme", "thread#acme#anna", "conversation#0a")
    entered = ("audit#acme", "sign-in#anna", "key#abc", "keys#acme", "once#acme")
    done = ("note#SM1", "inbox#acme", "failed-notes", "open-notes#3")
    for key in (*entered, *done, *told, *settled):
        if not may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may not write {key}"


def call_handler_knows_what_calls_are_about_only(deployment):
    """It serves whoever calls: of the table it reads messages, jobs and calls, no key and no user, and it writes
    calls and what was heard in them. It sees no file."""
    role = role_of(deployment, "call-handler")
    table = deployment.find(deployment.known["TableName"]).arn
    own = ("call#CA1", "tried-pins", "outcome#RE1", "heard#acme#anna")
    read = ("inbox#acme", "note#SM1", "records#acme", "record-states#acme", "thread#acme#anna", "contact#0f")
    for key in (*own, *read):
        for action in ("dynamodb:GetItem", "dynamodb:Query"):
            if not may(role, action, table, dynamodb_LeadingKeys=key):
                yield f"{role}: may not {action} {key}"
    for key in own:
        if not may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may not write {key}"
    for key in ("user#anna", "key#abc", "sign-in#anna", "webhooks#acme", "audit#acme"):
        if may(role, "dynamodb:GetItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may read {key}"
    for key in (*read, "user#anna", "key#abc", "budget#acme", "outbox#acme"):
        if may(role, "dynamodb:PutItem", table, dynamodb_LeadingKeys=key):
            yield f"{role}: may write {key}"
    if may(role, "s3:GetObject", f"{data_bucket(deployment).arn}/_inbox/acme/SM1/0.ogg"):
        yield f"{role}: may read recordings"


def files_of_our_own_are_safe(deployment):
    """The directory is read by its function and by the panel, where people write it; the prompts of all are written by
    people who run Hark."""
    bucket = data_bucket(deployment).arn
    # For data-api there is a rule of its own.
    for role in (each for each in deployment.resources("AWS::IAM::Role") if each.component != "data-api"):
        tends = role.component == "panel"
        reads = tends or role.component == "customer-lookup"
        if may(role, "s3:GetObject", f"{bucket}/customers.json") != reads:
            yield f"{role}: {'may not' if reads else 'may'} read customers.json"
        for key in ("customers.json.old" if tends else "customers.json", "_prompts/analyse.txt"):
            if may(role, "s3:PutObject", f"{bucket}/{key}"):
                yield f"{role}: may write {key}"
        if tends and not may(role, "s3:PutObject", f"{bucket}/customers.json"):
            yield f"{role}: may not write customers.json"
        # For the panel there is a rule of its own.
        if reads and not tends and may(role, "s3:GetObject", f"{bucket}/acme/job-to-be-done/leak_SM1_full_text.txt"):
            yield f"{role}: may read companies' files"


def functions_may_use_what_they_are_given(deployment):
    """What its environment names, its role opens: the very queue, table, bucket, secret, function, and their key."""
    key = deployment.known["DataKeyArn"]
    for function in deployment.resources("AWS::Lambda::Function"):
        role = role_of(deployment, function.component)
        for variable, value in function.properties["Environment"]["Variables"].items():
            actions, key_actions = MUST_BE_ABLE.get(variable, ((), ()))
            found = deployment.find(value)
            arn = found.arn if found else value
            missing = [action for action in actions if not may(role, action, arn)]
            for action in key_actions:
                service = f"{actions[0].partition(':')[0]}.{REGION}.amazonaws.com"
                missing += [] if may(role, action, key, kms_ViaService=service) else [f"{action} via {service}"]
            yield from (f"{role}: may not {action} what {variable} names" for action in missing)
        log = deployment.find(function.properties.get("LoggingConfig", {}).get("LogGroup"))
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if log and not may(role, action, log.arn):
                yield f"{role}: may not {action}"
        if not may(role, "kms:Decrypt", key, kms_ViaService=f"lambda.{REGION}.amazonaws.com"):
            yield f"{role}: may not decrypt its own environment"
