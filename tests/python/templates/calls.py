"""Which calls to AWS each function makes, from its sources, and which its role allows."""

import functools
import re
import tomllib
from pathlib import Path

from deployment import ROOT
from iam import as_list, statements
from rules.permissions import role_of
from rust import functions, reached

# A feature of adapter-aws: its files, and the fields of ours that hold what it implements.
ADAPTERS = {
    "s3": (("objects.rs", "objects/"), ("objects", "writes", "replaces", "removes")),
    "dynamodb": (("table.rs", "table/"), ("table",)),
    "sqs": (("queue.rs",), ("queue", "asking", "control", "redelivery")),
    "secrets": (("secrets.rs",), ("secrets", "secret")),
    "lambda": (("lookup.rs",), ("directory",)),
}
# What adapter-aws does for several features at once; found by the names of its functions.
SHARED = ("warm.rs",)
# The actions that an operation needs (Service authorization reference).
ACTIONS = {
    "change_message_visibility": {"sqs:ChangeMessageVisibility"},
    "copy_object": {"s3:GetObject", "s3:PutObject"},
    "delete_item": {"dynamodb:DeleteItem"},
    "delete_message": {"sqs:DeleteMessage"},
    "delete_object": {"s3:DeleteObject"},
    "delete_objects": {"s3:DeleteObject", "s3:DeleteObjectVersion"},
    "get_item": {"dynamodb:GetItem"},
    "get_object": {"s3:GetObject", "s3:ListBucket"},
    "get_queue_attributes": {"sqs:GetQueueAttributes"},
    "get_secret_value": {"secretsmanager:GetSecretValue"},
    "head_object": {"s3:GetObject", "s3:ListBucket"},
    "invoke": {"lambda:InvokeFunction"},
    "list_object_versions": {"s3:ListBucketVersions"},
    "list_objects_v2": {"s3:ListBucket"},
    "put_item": {"dynamodb:PutItem"},
    "put_object": {"s3:PutObject"},
    "query": {"dynamodb:Query"},
    "receive_message": {"sqs:ReceiveMessage"},
    "send_message": {"sqs:SendMessage"},
    "send_message_batch": {"sqs:SendMessage"},
    # Each write in it is allowed by itself.
    "transact_write_items": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
    "update_item": {"dynamodb:UpdateItem"},
}
# What Lambda does with a function's role when a queue feeds it (Lambda developer guide, "Using Lambda with SQS").
FEEDING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# What runs every function, and what runs those that a queue feeds.
RUNNING = tuple(
    f"adapters/lambda/src/{name}" for name in ("caught", "http", "invocation", "invoke", "metrics", "scheduled")
)
RUNNING_BATCHES = ("adapters/lambda/src/batch", "adapters/lambda/src/counted")
# Kept by rules of their own.
OF_EVERY_FUNCTION = ("kms:", "logs:", "xray:")
# Found by names in the sources, and not called all the same.
NEVER_CALLED = {
    # Every write of a call is on a condition, and so a PutItem; UpdateItem and DeleteItem are of writes without any.
    "call-handler": {"dynamodb:UpdateItem", "dynamodb:DeleteItem"},
}


class Code:
    """The Rust sources and manifests, as they are read, so that a test can change a copy."""

    def __init__(self, files=None):
        """Reads them."""
        self.files = dict(files or {path.relative_to(ROOT).as_posix(): path.read_text() for path in _files()})

    def changed(self, path, old, new):
        """A copy with one text for another."""
        assert old in self.files[path], f"{path} does not hold {old!r}"
        return Code(self.files | {path: self.files[path].replace(old, new)})

    def with_more(self, path, text):
        """A copy with more text at the beginning of a file."""
        return Code(self.files | {path: f"{text}\n{self.files[path]}"})

    def functions(self, group, *prefixes):
        """The functions of the files that begin with one of these."""
        for path, text in self.files.items():
            if path.startswith(prefixes) and path.endswith(".rs"):
                yield from functions(group, text)

    def features(self, function):
        """The features of adapter-aws that a function takes."""
        return tomllib.loads(self.files[f"{function}/Cargo.toml"])["dependencies"]["adapter-aws"]["features"]

    def uses(self, function, module, name):
        """Whether the function's own sources take something of a module of `shared`."""
        own = "\n".join(text for path, text in self.files.items() if path.startswith(f"{function}/src/"))
        return re.search(rf"\b{module}::(?:\{{[^;]*?)?\b{name}\b", own) is not None

    def has_keys(self, function):
        """Whether a function takes the keys that Twilio signs with from a secret."""
        own = (text for path, text in self.files.items() if path.startswith(f"{function}/src/"))
        return any("StoredKeys" in text for text in own)

    def leans_on(self, module, name, other_module, other):
        """Whether one file of a module of `shared` takes something of another one, beside it or in another module."""
        text = self.files[f"shared/src/{module}/{name}.rs"]
        way = "super" if module == other_module else other_module
        return re.search(rf"\b{way}::(?:\{{[^;]*?)?\b{other}\b", text) is not None

    def parts_of(self, function):
        """The use cases and repositories of `shared` that a function takes and those that they lean on: module and
        name of each."""
        every = [
            (module, path.split("/")[3].removesuffix(".rs"))
            for module in ("repositories", "use_cases")
            for path in self.files
            if path.startswith(f"shared/src/{module}/")
        ]
        found = {part for part in every if self.uses(function, *part)}
        # A use case leans on others and on repositories, these on what repositories share.
        for _ in range(2):
            found |= {part for part in every if any(self.leans_on(*known, *part) for known in found)}
        return sorted(found)


def _files():
    folders = (
        "adapters/aws",
        "adapters/lambda",
        "adapters/twilio",
        "shared",
        "customer-lookup",
        "voice-parser",
        "webhook-handler",
        "call-handler",
        "data-api",
        "panel",
        "scheduler",
    )
    for folder in folders:
        yield ROOT / folder / "Cargo.toml"
        yield from (path for path in sorted((ROOT / folder / "src").rglob("*.rs")) if not _is_test(path))


def _is_test(path):
    return any("test" in part for part in Path(path).relative_to(ROOT).parts[1:])


@functools.cache
def needed(code, function, fed):
    """The actions that a function's calls need; `fed`: a queue feeds it."""
    own = list(code.functions("own", f"{function}/src/"))
    known = [*own, *code.functions("running", *RUNNING, *(RUNNING_BATCHES if fed else ()))]
    if code.has_keys(function):
        known += code.functions("keys", "adapters/twilio/src/key_source", "shared/src/use_cases/stored_keys")
    for module, name in code.parts_of(function):
        known += code.functions(name, f"shared/src/{module}/{name}.rs", f"shared/src/{module}/{name}/")
    ports = {}
    for feature in code.features(function):
        files, fields = ADAPTERS[feature]
        ports[feature] = fields
        known += code.functions(feature, *(f"adapters/aws/src/{file}" for file in files))
    known += code.functions("shared", *(f"adapters/aws/src/{file}" for file in SHARED))
    operations = set().union(*(each.operations() for each in reached(own, known, ports)))
    unknown = operations - set(ACTIONS)
    assert not unknown, f"which actions do {sorted(unknown)} need? Add them to ACTIONS"
    return set().union(*(ACTIONS[operation] for operation in operations)) | (FEEDING if fed else set())


def allowed(deployment, function):
    """The actions that a function's role allows."""
    said = statements(role_of(deployment, function))
    actions = {action for each in said if each["Effect"] == "Allow" for action in as_list(each["Action"])}
    return {action for action in actions if not action.startswith(OF_EVERY_FUNCTION)}


def differences(code, deployment, function):
    """What a function needs and may not, and what it may and does not need."""
    target = deployment.function(function).ref
    fed = any(
        each.properties["FunctionName"] == target for each in deployment.resources("AWS::Lambda::EventSourceMapping")
    )
    wanted = needed(code, function, fed) - set(NEVER_CALLED.get(function, {}))
    granted = allowed(deployment, function)
    yield from (f"{function} may not {action}, which its code calls" for action in sorted(wanted - granted))
    yield from (f"{function} may {action}, which its code never calls" for action in sorted(granted - wanted))
