"""An AWS account in memory, as far as the tools of `infrastructure/tools` use one. The clients are boto3's own, so that
what a tool asks is checked as AWS would; only the answers are ours, and nothing goes over the network."""

import hashlib
import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import SimpleNamespace

import boto3

from stacks import INFRASTRUCTURE, parse

NUMBER = "111122223333"
# One for all, since it keeps AWS's descriptions of services, which are slow to read.
_SESSION = boto3.Session(region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class Refused(Exception):
    """An error answer."""

    def __init__(self, code, message=""):
        super().__init__(code)
        self.code, self.message = code, message


class FakeAws:
    """The account: what is in it can be looked at and changed by a test."""

    def __init__(self, env="dev"):
        self.env, self.endpoint = env, None
        self.stacks, self.change_sets, self.secrets, self.objects = {}, {}, {}, {}
        # What was done that changes something, in order.
        self.done = []
        # Resources that cannot be made, with CloudFormation's reason; operations that are refused.
        self.broken, self.forbidden = {}, set()

    def client(self, service):
        """A client whose answers come from the methods below, named by service and operation."""
        client = _SESSION.client(service)
        client.meta.events.register("provide-client-params", _remember)
        client.meta.events.register("before-call", lambda model, context, **_: self._answer(service, model, context))
        return client

    def check(self):
        """Whose account it is."""
        return NUMBER

    def _answer(self, service, model, context):
        try:
            if model.name in self.forbidden:
                raise Refused("AccessDenied", f"not authorized to perform: {service}:{model.name}")
            given = context["given"]
            return SimpleNamespace(status_code=200), getattr(self, f"{service}_{model.name}")(**given) or {}
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}

    # --- CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference ---

    def cloudformation_DescribeStacks(self, StackName):  # noqa: N802, N803, D102
        if StackName not in self.stacks:
            raise Refused("ValidationError", f"Stack with id {StackName} does not exist")
        stack = self.stacks[StackName]
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in stack["outputs"].items()]
        return {"Stacks": [{"StackName": StackName, "StackStatus": stack["status"], "Outputs": outputs}]}

    def cloudformation_CreateChangeSet(self, StackName, ChangeSetName, **asked):  # noqa: N802, N803, D102
        known = self.stacks.get(StackName)
        exists = known is not None and known["status"] != "REVIEW_IN_PROGRESS"
        if asked["ChangeSetType"] != ("UPDATE" if exists else "CREATE"):
            raise Refused("ValidationError", "the wrong type of change set")
        if known is None:
            self.stacks[StackName] = {"status": "REVIEW_IN_PROGRESS", "outputs": {}, "events": [], "is": None}
        template = parse(asked["TemplateBody"])
        wanted = (asked["TemplateBody"], {each["ParameterKey"]: each["ParameterValue"] for each in asked["Parameters"]})
        arn = f"arn:aws:cloudformation:eu-central-1:{NUMBER}:changeSet/{ChangeSetName}"
        self.change_sets[arn] = {"stack": StackName, "wanted": wanted, "template": template, "update": exists}
        return {"Id": arn}

    def cloudformation_DescribeChangeSet(self, ChangeSetName, **_):  # noqa: N802, N803, D102
        change_set = self.change_sets[ChangeSetName]
        if self.stacks[change_set["stack"]]["is"] == change_set["wanted"]:
            return {"Status": "FAILED", "StatusReason": NO_CHANGES}
        changes = [
            {
                "ResourceChange": {
                    "Action": "Modify" if change_set["update"] else "Add",
                    "LogicalResourceId": name,
                    "ResourceType": resource["Type"],
                    "Replacement": "True" if change_set["update"] else "False",
                }
            }
            for name, resource in change_set["template"]["Resources"].items()
        ]
        return {"Status": "CREATE_COMPLETE", "Changes": changes}

    def cloudformation_DeleteChangeSet(self, ChangeSetName, **_):  # noqa: N802, N803, D102
        del self.change_sets[ChangeSetName]

    def cloudformation_ExecuteChangeSet(self, ChangeSetName, StackName):  # noqa: N802, N803, D102
        change_set = self.change_sets.pop(ChangeSetName)
        stack, verb = self.stacks[StackName], "UPDATE" if change_set["update"] else "CREATE"
        self.done.append(("execute", StackName))
        for name in change_set["template"]["Resources"]:
            reason = self.broken.get(name)
            self._event(stack, name, f"{verb}_FAILED" if reason else f"{verb}_COMPLETE", reason)
            if reason:
                stack["status"] = "UPDATE_ROLLBACK_COMPLETE" if change_set["update"] else "ROLLBACK_COMPLETE"
                return
        stack["status"], stack["is"] = f"{verb}_COMPLETE", change_set["wanted"]
        stack["outputs"] = {name: f"{StackName}-{name}" for name in change_set["template"].get("Outputs", {})}

    def _event(self, stack, name, status, reason):
        event = {"EventId": str(len(stack["events"])), "LogicalResourceId": name, "ResourceStatus": status}
        stack["events"].insert(0, event | ({"ResourceStatusReason": reason} if reason else {}))

    def cloudformation_DescribeStackEvents(self, StackName):  # noqa: N802, N803, D102
        return {"StackEvents": list(self.stacks[StackName]["events"])}

    # --- Secrets Manager and S3 ---

    def secretsmanager_DescribeSecret(self, SecretId):  # noqa: N802, N803, D102
        if SecretId not in self.secrets:
            raise Refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return {"ARN": f"arn:aws:secretsmanager:eu-central-1:{NUMBER}:secret:{SecretId}-AbCdEf"}

    def secretsmanager_GetSecretValue(self, SecretId):  # noqa: N802, N803, D102
        return {"SecretString": self.secrets[SecretId]}

    def secretsmanager_CreateSecret(self, Name, SecretString, **_):  # noqa: N802, N803, D102
        if Name in self.secrets:
            raise Refused("ResourceExistsException")
        self.done.append(("create", Name))
        self.secrets[Name] = SecretString

    def secretsmanager_PutSecretValue(self, SecretId, SecretString, **_):  # noqa: N802, N803, D102
        self.done.append(("put", SecretId))
        self.secrets[SecretId] = SecretString

    def s3_HeadObject(self, Bucket, Key):  # noqa: N802, N803, D102
        if (Bucket, Key) not in self.objects:
            raise Refused("404")

    def s3_PutObject(self, Bucket, Key, Body):  # noqa: N802, N803, D102
        self.done.append(("upload", Key))
        self.objects[Bucket, Key] = Body


def _remember(params, context, **_):
    # A copy: boto3 makes a stream of a body later.
    context["given"] = dict(params)


def tool(name):
    """One of the tools, as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), str(INFRASTRUCTURE / "tools" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def run(module, monkeypatch, account, *arguments, terminal=None):
    """Runs a tool on an account. Answers how it ended: None, or what it says at its end. `terminal`: what is typed."""
    monkeypatch.setattr(module, "Account", lambda env: _as(account, env))
    monkeypatch.setattr(sys, "argv", ["tool", *map(str, arguments)])
    typed = SimpleNamespace(isatty=lambda: terminal is not None, readline=lambda: f"{terminal}\n")
    monkeypatch.setattr(sys, "stdin", typed)
    try:
        module.main()
    except SystemExit as end:
        return end.code
    return None


def _as(account, env):
    account.env = env
    return account


def zips(folder: Path, way="release"):
    """A folder with a zip for each function."""
    folder.mkdir()
    for function in (
        "customer-lookup",
        "voice-parser",
        "scheduler",
        "webhook-handler",
        "call-handler",
        "data-api",
        "panel",
    ):
        (folder / f"{function}.zip").write_bytes(f"the code of {function}".encode())
    (folder / "built.json").write_text(f'{{"how": {{"way": "{way}"}}, "binaries": {{}}}}')
    return folder


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
