"""The stack on this machine: which ports, which demo values, and what is put into it so that there is something to
find. It is deployed by the same `deploy` as any other."""

import json
import os
import subprocess
import sys
from pathlib import Path

from account import STAND_IN, STAND_IN_REGION, Account, stand_in_endpoint
from change import tell
from outputs import settings
from stacks import INFRASTRUCTURE, CannotDeploy, read_parameters

ROOT = INFRASTRUCTURE.parent
TOOLS = Path(__file__).resolve().parent
# Values for a stack that nobody else reaches; they open nothing elsewhere.
DEMO_SECRETS = {
    "TWILIO_AUTH_TOKEN": "stand-in-auth-token-of-the-dev-stack",
    "OPENAI_API_KEY": "stand-in-key-of-the-dev-stack",
}
CUSTOMERS = INFRASTRUCTURE / "local-customers.json"
ENV = "local"


class Local:
    """The local environment."""

    def __init__(self):
        self.endpoint = stand_in_endpoint()
        self.stack_port = int(self.endpoint.rpartition(":")[2])
        self.sim_port = int(os.environ.get("HARK_SIM_PORT") or 8090)
        self.sim_url = f"http://127.0.0.1:{self.sim_port}"
        # Several stacks can run at the same time, each in a folder of its own.
        self.folder = Path(os.environ.get("HARK_STACK_FOLDER") or ROOT / "target" / "dev-stack").absolute()
        self.outputs_file = self.folder.with_name(f"{self.folder.name}.env")
        self.parameters = read_parameters(ENV)

    def stand_in_environment(self):
        """What MiniStack is started with. AUTH: it refuses what a function's role does not allow."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", ""),
            # It unpacks the functions there, and ends without tidying up.
            "TMPDIR": str(self.folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.stack_port),
            "AWS_ENDPOINT_URL": self.endpoint,
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": STAND_IN_REGION,
            "AWS_ACCESS_KEY_ID": STAND_IN["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": STAND_IN["aws_secret_access_key"],
            "AUTH": "true",
        }

    def prepare_secrets(self):
        """Creates the secrets with the demo values."""
        self._run("secret-store", "create", ENV, more=DEMO_SECRETS)

    def deploy(self):
        """The very same deployment as for dev and prod, with this machine's ports."""
        values = {
            "StandInEndpoint": self.endpoint,
            "TwilioApiBaseUrl": self.sim_url,
            "TwilioContentBaseUrl": f"{self.sim_url}/content",
            "TelegramApiBaseUrl": self.sim_url,
            "OpenaiBaseUrl": f"{self.sim_url}/v1",
        }
        self._run("deploy", ENV, *(f"--set={name}={value}" for name, value in values.items()))

    def _run(self, tool, *arguments, more=None):
        # Its own output is progress here: standard output is for the stack's outputs.
        done = subprocess.run(
            [sys.executable, str(TOOLS / tool), *arguments],
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode != 0:
            raise CannotDeploy(f"{tool} failed; the reason stands above")

    def outputs(self):
        """What tests, `hark` and people need to use the stack."""
        return {
            **settings(Account(ENV), self.parameters),
            "TWILIO_AUTH_TOKEN": DEMO_SECRETS["TWILIO_AUTH_TOKEN"],
            "TWILIO_API_BASE_URL": self.sim_url,
            "OPENAI_BASE_URL": f"{self.sim_url}/v1",
            "OPENAI_API_KEY": DEMO_SECRETS["OPENAI_API_KEY"],
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": STAND_IN_REGION,
            "AWS_ACCESS_KEY_ID": STAND_IN["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": STAND_IN["aws_secret_access_key"],
            "HARK_SIM_URL": self.sim_url,
        }

    def simulator_environment(self, values):
        """What `hark stand-ins` needs to play Twilio and OpenAI for this stack."""
        names = (
            "WEBHOOK_URL",
            "VOICE_URL",
            "TWILIO_ACCOUNT_SID",
            "TWILIO_AUTH_TOKEN",
            "TWILIO_WHATSAPP_NUMBER",
            "TWILIO_SMS_NUMBER",
            "TWILIO_VOICE_NUMBER",
        )
        return {
            **{name: values[name] for name in names},
            "OPENAI_API_KEY": DEMO_SECRETS["OPENAI_API_KEY"],
            "HARK_SIM_PORT": str(self.sim_port),
            "HARK_DATA": str(self.folder / "data"),
        }

    def put_customers(self, values):
        """Puts the demo companies into the bucket, unless somebody has put others there."""
        s3 = Account(ENV).client("s3")
        if s3.list_objects_v2(Bucket=values["DATA_BUCKET"], Prefix="customers.json").get("KeyCount"):
            return
        text = json.dumps(json.loads(CUSTOMERS.read_text()), ensure_ascii=False)
        s3.put_object(
            Bucket=values["DATA_BUCKET"], Key="customers.json", Body=text.encode(), ContentType="application/json"
        )
        tell("Put the demo companies into the bucket (customers.json)")
