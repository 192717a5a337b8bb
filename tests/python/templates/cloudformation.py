"""Reads CloudFormation templates, and works out what they come to with given values of their parameters.

Resources get the names, ARNs and addresses that AWS would give them, so that a policy of one stack can be held against
a queue of another.
"""

import re
from dataclasses import dataclass, field

import yaml

REGION, ACCOUNT = "eu-central-1", "111122223333"
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
# The property that names a resource; without it CloudFormation makes a name.
NAMED_BY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
}
REFS = {
    "AWS::SNS::Topic": ARNS["AWS::SNS::Topic"],
    "AWS::SQS::Queue": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{}}",
}


def parse(text):
    """A template as dictionaries and lists; `!Ref X` is {"Ref": "X"}, `!Sub` and the like {"Fn::Sub": ...}."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@dataclass
class Resource:
    """One resource as CloudFormation would make it."""

    component: str
    logical: str
    type: str
    name: str
    properties: dict = field(repr=False)
    raw: dict = field(repr=False)

    @property
    def ref(self):
        """What `!Ref` answers."""
        return REFS.get(self.type, "{}").format(self.name)

    @property
    def arn(self):
        """Its ARN; its name if the type has none here."""
        return ARNS.get(self.type, "{}").format(self.name)

    def attribute(self, name):
        """What `!GetAtt` answers."""
        if name == "Arn":
            return self.arn
        if name == "QueueName":
            return self.name
        if name == "ApiEndpoint":
            return f"https://{self.name}.execute-api.{REGION}.amazonaws.com"
        return f"{self.name}.{name}"

    def __str__(self):
        """How findings name it."""
        return f"{self.component}/{self.logical}"


_NOTHING = object()


class Stack:
    """A template with values for all of its parameters."""

    def __init__(self, component, template, values):
        """Works out everything that the template says."""
        self.component, self.template, self.values = component, template, values
        self._found = {}
        names = template.get("Resources", {})
        self.resources = [found for name in names if (found := self._resource(name))]
        for found in self.resources:
            found.properties = self._resolve(found.raw.get("Properties", {}))
        outputs = template.get("Outputs", {}).items()
        made = {name: output for name, output in outputs if self._holds(output.get("Condition"))}
        self.outputs = {name: self._resolve(output["Value"]) for name, output in made.items()}

    def _resource(self, logical):
        """A resource, or None where its condition leaves it out. Its properties come later."""
        raw = self.template["Resources"][logical]
        if not self._holds(raw.get("Condition")):
            return None
        if logical not in self._found:
            named = raw.get("Properties", {}).get(NAMED_BY.get(raw["Type"]))
            name = self._resolve(named) if named else f"hark-{self.values.get('Env', 'all')}-{self.component}-{logical}"
            name = name if named else name.lower()
            self._found[logical] = Resource(self.component, logical, raw["Type"], name, {}, raw)
        return self._found[logical]

    def _holds(self, condition):
        """Whether it does; what has no condition is always made."""
        return condition is None or self._true(self.template["Conditions"][condition])

    def _true(self, node):
        (function, arguments), *_ = node.items()
        if function == "Condition":
            return self._holds(arguments)
        if function == "Fn::Equals":
            left, right = (self._resolve(each) for each in arguments)
            return str(left) == str(right)
        results = [self._true(each) for each in arguments]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[function]

    def _resolve(self, node):
        if isinstance(node, list):
            return [value for each in node if (value := self._resolve(each)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, argument),) = node.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._intrinsic(function, argument)
        resolved = {name: self._resolve(value) for name, value in node.items()}
        return {name: value for name, value in resolved.items() if value is not _NOTHING}

    def _intrinsic(self, function, argument):
        if function == "Ref":
            return self._ref(argument)
        if function == "Fn::GetAtt":
            return self._resource(argument[0]).attribute(argument[1])
        if function == "Fn::Sub":
            return self._sub(argument)
        if function == "Fn::If":
            condition, yes, no = argument
            return self._resolve(yes if self._holds(condition) else no)
        if function == "Fn::Split":
            return self._resolve(argument[1]).split(argument[0])
        if function == "Fn::Join":
            return argument[0].join(self._resolve(argument[1]))
        raise ValueError(f"{self.component}: {function} is not known here")

    def _ref(self, name):
        if name == "AWS::NoValue":
            return _NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.values:
            return self.values[name]
        return self._resource(name).ref

    def _sub(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in own:
                return str(self._resolve(own[name]))
            resource, _, attribute = name.partition(".")
            return str(self._resource(resource).attribute(attribute) if attribute else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)
