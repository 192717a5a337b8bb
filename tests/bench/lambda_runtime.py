"""Plays Lambda around one process: gives it events through the runtime API and takes its answers."""

import base64
import hashlib
import hmac
import json
import queue
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from aws_stand_in import TOKEN, QuietServer

BASE = "https://abc123.execute-api.eu-central-1.amazonaws.com"
# A start under valgrind takes some minutes in Python.
PATIENCE_S = 900


def event(number):
    """A text from WhatsApp as API Gateway hands it on, signed as Twilio signs."""
    sid = f"SM{number:032x}"
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ada Lovelace",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": "4915112345678",
        "SmsStatus": "received",
        "To": "whatsapp:+14155238886",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC00000000000000000000000000000001",
        "From": "whatsapp:+4915112345678",
        "ApiVersion": "2010-04-01",
        "Body": "Order two pipes. " * 20,
    }
    signed = f"{BASE}/webhook" + "".join(k + form[k] for k in sorted(form))
    digest = hmac.digest(TOKEN.encode(), signed.encode(), hashlib.sha1)
    http = {"method": "POST", "path": "/webhook", "protocol": "HTTP/1.1"}
    context = {
        "accountId": "123456789012",
        "apiId": "abc123",
        "domainName": BASE.removeprefix("https://"),
        "domainPrefix": "abc123",
        "http": {**http, "sourceIp": "192.0.2.1", "userAgent": "TwilioProxy/1.1"},
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "$default",
        "stage": "$default",
        "time": "20/Nov/2026:10:00:00 +0000",
        "timeEpoch": 1_795_168_800_000,
    }
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": context["domainName"],
        "x-forwarded-proto": "https",
        "x-twilio-signature": base64.b64encode(digest).decode(),
    }
    return json.dumps(
        {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/webhook",
            "rawQueryString": "",
            "headers": headers,
            "requestContext": context,
            "body": urllib.parse.urlencode(form),
            "isBase64Encoded": False,
        }
    ).encode()


class Environment:
    """One environment of a function: a process and its runtime API. Ends with the `with`."""

    def __init__(self, command, settings):
        """Starts the process; `init_ms` is known once it asks for its first event."""
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.ready, self.count = threading.Event(), 0
        self.server = QuietServer(("127.0.0.1", 0), handler_of(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        api = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}"}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            env={**settings, **api},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        """Waits until it has started."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.ready.wait(0.5):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit(f"{self.process.args} did not start")
        return self

    def __exit__(self, *_):
        """Ends it."""
        self.process.terminate()
        self.process.wait(60)
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()

    @property
    def init_ms(self):
        """From starting the process to its first question."""
        return (self.asked_first - self.started) * 1_000

    def request(self):
        """Gives it an event. Answers how long it took, and the answer."""
        self.count += 1
        self.events.put(event(self.count))
        answered, answer = self.answers.get(timeout=PATIENCE_S)
        return (answered - self.sent) * 1_000, answer

    def processor_ms(self):
        """The processor time of its threads so far, which others' load does not change much."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6

    def kib(self, name):
        """A figure of the process's memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
        raise SystemExit(f"no {name} in /proc")


def handler_of(environment):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self):
            if not environment.ready.is_set():
                environment.asked_first = time.perf_counter()
                environment.ready.set()
            content = environment.events.get()
            if content is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", str(environment.count))
            self.send_header("lambda-runtime-deadline-ms", "4102444800000")
            self.send_header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:webhook",
            )
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            environment.sent = time.perf_counter()
            self.wfile.flush()

        def do_POST(self):
            answered = time.perf_counter()
            answer = self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()
            self.wfile.flush()
            if self.path.endswith("/response"):
                environment.answers.put((answered, json.loads(answer)))
            else:
                environment.answers.put((answered, {"error": answer.decode()}))

        def log_message(self, *_):
            pass

    return Handler
