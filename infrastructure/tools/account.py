"""The account that is worked on: AWS, or its stand-in at AWS_ENDPOINT_URL."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stacks import CannotDeploy

# The stand-in takes these; they open nothing else.
STAND_IN = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
STAND_IN_REGION = "eu-central-1"


class Account:
    """Clients of one account and region."""

    def __init__(self, env):
        self.env = env
        self.endpoint = stand_in_endpoint() if env == "local" else None
        if env == "local":
            self._session = boto3.Session(region_name=STAND_IN_REGION, **STAND_IN)
        else:
            self._session = boto3.Session()
        if not self._session.region_name:
            raise CannotDeploy("AWS_REGION is not set")

    def client(self, service):
        """A client of this service, with the retries that AWS advises."""
        if service == "s3" and self.endpoint:
            config = Config(s3={"addressing_style": "path"})
        else:
            config = Config(retries={"mode": "standard", "max_attempts": 5})
        return self._session.client(service, endpoint_url=self.endpoint, config=config)

    def check(self):
        """Asks who we are, so that missing credentials are told before anything begins."""
        try:
            return self.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            where = f"the stand-in at {self.endpoint}" if self.endpoint else "AWS"
            hint = "is it started? `make dev-stack`" if self.endpoint else "are the credentials set?"
            raise CannotDeploy(f"{where} does not let us in ({hint}): {error}") from None


def stand_in_endpoint():
    """Where the stand-in for AWS listens on this machine."""
    return f"http://127.0.0.1:{os.environ.get('HARK_STACK_PORT') or 4566}"
