"""One stack is created or updated: shown first, then done, with progress; a failure is told by its cause.

CloudFormation itself takes back a change that fails, so that what ran before goes on running.
"""

import sys
import time

from botocore.exceptions import ClientError

from stacks import CannotDeploy

# How a stack's status ends when it is at rest.
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
POLL_S = 2
PATIENCE_S = 30 * 60


class Stack:
    """A stack of an account, whether it exists or not."""

    def __init__(self, account, name):
        self.name = name
        self._cfn = account.client("cloudformation")
        self._poll_s = 0.2 if account.endpoint else POLL_S

    def described(self):
        """What CloudFormation says of it, or None."""
        try:
            return self._cfn.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ValidationError", "StackNotFoundException"):
                return None
            raise

    def outputs(self):
        """Its outputs, or None if it is not there."""
        described = self.described()
        if described is None or described["StackStatus"] == "REVIEW_IN_PROGRESS":
            return None
        return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}

    def plan(self, template, parameters):
        """Makes a change set. Answers its ARN and its changes; nothing is done yet. No ARN: nothing to change."""
        described = self.described()
        status = described["StackStatus"] if described else "REVIEW_IN_PROGRESS"
        if status in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise CannotDeploy(
                f"{self.name} is {status}: its creation failed once. Look at its events, then remove it with\n"
                f"  aws cloudformation delete-stack --stack-name {self.name}"
            )
        made = self._cfn.create_change_set(
            StackName=self.name,
            ChangeSetName=f"change-{time.time_ns()}",
            ChangeSetType="CREATE" if status == "REVIEW_IN_PROGRESS" else "UPDATE",
            TemplateBody=template,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": "product", "Value": "hark"}],
        )
        arn = made["Id"]
        found = self._when_made(arn)
        if found["Status"] == "FAILED":
            self._cfn.delete_change_set(ChangeSetName=arn, StackName=self.name)
            reason = found.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                return None, []
            raise CannotDeploy(f"{self.name} cannot be changed: {reason}")
        return arn, [each["ResourceChange"] for each in found.get("Changes", [])]

    def _when_made(self, arn):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = self._cfn.describe_change_set(ChangeSetName=arn, StackName=self.name)
            if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return found
            time.sleep(self._poll_s)
        raise CannotDeploy(f"{self.name}: no change set within {PATIENCE_S // 60} minutes")

    def forget(self, arn):
        """Gives up a change set."""
        self._cfn.delete_change_set(ChangeSetName=arn, StackName=self.name)

    def execute(self, arn, tell):
        """Does a change set, telling each step."""
        known = {event["EventId"] for event in self._events()}
        self._cfn.execute_change_set(ChangeSetName=arn, StackName=self.name)
        failures, deadline = [], time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status = self.described()["StackStatus"]
            for event in reversed(self._events()):
                if event["EventId"] in known:
                    continue
                known.add(event["EventId"])
                tell(f"    {event['ResourceStatus']:<28} {event['LogicalResourceId']}")
                if event["ResourceStatus"].endswith("_FAILED"):
                    failures.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}")
            if not status.endswith("_IN_PROGRESS"):
                return self._ended(status, failures)
            time.sleep(self._poll_s)
        raise CannotDeploy(f"{self.name} is still {status} after {PATIENCE_S // 60} minutes")

    def _ended(self, status, failures):
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        causes = [each for each in failures if "cancelled" not in each] or failures or ["no reason was given"]
        rest = "what ran before is still running" if status in DONE else "look at its events"
        raise CannotDeploy(f"{self.name} ended as {status}; {rest}:\n  " + "\n  ".join(causes))

    def _events(self):
        try:
            return self._cfn.describe_stack_events(StackName=self.name)["StackEvents"]
        except ClientError:
            # There are none before the first change.
            return []


def tell(line):
    """Progress goes to standard error, results to standard output."""
    print(line, file=sys.stderr, flush=True)
