"""Starts a function as Lambda does, with its environment and nothing else, and plays what it asks while it starts:
Lambda's runtime API and Secrets Manager. Everything else on AWS refuses."""

import json
import os
import queue
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cloudformation import REGION
from deployment import ROOT

PATIENCE_S = 30
# How often the server looks whether it is to end.
POLL_S = 0.02
# What Lambda itself puts into the environment (Lambda developer guide, "Defined runtime environment variables").
SET_BY_LAMBDA = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_RUNTIME_API",
)
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")


def binary(function):
    """The function's program, as `make package-local` builds it."""
    path = TARGET / "debug" / function
    assert path.exists(), f"{path} does not exist: make package-local builds it"
    return path


def complaint(function, environment):
    """What the function says when it does not start with this environment; None when it starts."""
    with _Aws() as aws:
        process = subprocess.Popen(
            [binary(function)],
            env={**environment, **_of_lambda(function, aws.address)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        watch = threading.Thread(target=lambda: (process.wait(), aws.told.put("ended")), daemon=True)
        watch.start()
        try:
            # Either it asks for its first invocation, or it ends.
            told = aws.told.get(timeout=PATIENCE_S)
        finally:
            process.kill()
            said = process.communicate()[1]
    return None if told == "ready" else said.strip()


def empty_environment(function):
    """What the function says when nothing at all is set."""
    done = subprocess.run([binary(function)], env={}, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode != 0, f"{function} starts without any setting"
    return done.stderr.strip()


def _of_lambda(function, address):
    return {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "a-key",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_ENDPOINT_URL": f"http://{address}",
    }


class _Aws:
    """The server. `told` gets `ready` when the function asks for its first invocation."""

    def __enter__(self):
        self.told = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"aws": self}))
        self._server.daemon_threads = True
        self.ended = threading.Event()
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws = None

    def do_GET(self):  # noqa: N802 - the name that http.server calls
        """The first invocation never comes; no file exists."""
        if self.path.endswith("/invocation/next"):
            self.aws.told.put("ready")
            self.aws.ended.wait(PATIENCE_S)
            return
        self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_POST(self):  # noqa: N802
        """Secrets are there; all else is refused."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            self._answer(200, json.dumps({"Name": "any", "SecretString": secret(json.loads(body)["SecretId"])}))
        else:
            self._answer(400, json.dumps({"__type": "AccessDeniedException", "Message": "refused"}))

    def _answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, *_):
        """Says nothing."""


def secret(name):
    """A secret's text, with all members that any of them has."""
    if "/api-keys" in name:
        return "p" * 64
    return json.dumps({"TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef", "OPENAI_API_KEY": "a-key-of-a-test"})
