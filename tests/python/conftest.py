"""A running `hark dev` for tests that speak with it as another program would."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HARK = ROOT / "target" / "hark"
TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC00000000000000000000000000000001"


@pytest.fixture(scope="session")
def hark(tmp_path_factory):
    """Starts the command on free ports in a folder of its own; answers what it told when it was ready."""
    assert HARK.exists(), "run `make build` first"
    settings = {
        "HARK_PORT": "0",
        "HARK_SIM_PORT": "0",
        "HARK_DATA": str(tmp_path_factory.mktemp("hark")),
        "HARK_DEMO_MESSAGES": "off",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "PATH": os.environ["PATH"],
    }
    process = subprocess.Popen(
        [HARK, "dev", "--json"], env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=30)
