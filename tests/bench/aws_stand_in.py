"""AWS for measurements: Secrets Manager, SQS and Lambda's Invoke over TLS, with fixed answers, and counted."""

import hashlib
import json
import ssl
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "0123456789abcdef0123456789abcdef"
CUSTOMER = {"customer_id": "c1", "company_id": "acme", "company_name": "Acme"}


class QuietServer(ThreadingHTTPServer):
    """Says nothing when a process that was ended leaves its connections behind."""

    daemon_threads = True

    def handle_error(self, *_):
        """Nothing to do: what was not answered is noticed by who waits for it."""


class AwsStandIn:
    """Answers at `url`. `calls` counts operations, `connections` TLS connections."""

    def __init__(self, certificates):
        """Starts to answer."""
        self.calls, self.connections, self.lock = Counter(), 0, threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.chain, certificates.key)
        self.server = QuietServer(("127.0.0.1", 0), handler_of(self))
        # The handshake is made by the connection's own thread, at its first read.
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self.server.server_port}"

    def forget(self):
        """Counts anew."""
        with self.lock:
            self.calls, self.connections = Counter(), 0


def handler_of(stand_in):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self):
            super().setup()
            with stand_in.lock:
                stand_in.connections += 1

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            operation, status, answer = answer_to(self.path, self.headers, body)
            with stand_in.lock:
                stand_in.calls[operation] += 1
            content = json.dumps(answer).encode() if status != 204 else b""
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.0")
            if status != 204:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, *_):
            pass

    return Handler


def answer_to(path, headers, body):
    """The operation's name, and what is answered."""
    if path.startswith("/2015-03-31/functions/"):
        if headers.get("x-amz-invocation-type") == "DryRun":
            return "Invoke, dry run", 204, None
        return "Invoke", 200, {"statusCode": 200, "body": json.dumps(CUSTOMER)}
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation == "GetSecretValue":
        secret = json.dumps({"TWILIO_AUTH_TOKEN": TOKEN})
        return operation, 200, {"Name": "twilio", "SecretString": secret}
    if operation == "SendMessage":
        sent = json.loads(body)["MessageBody"].encode()
        digest = hashlib.md5(sent, usedforsecurity=False).hexdigest()
        return operation, 200, {"MessageId": "1", "MD5OfMessageBody": digest}
    if operation == "SendMessageBatch":
        fault = "com.amazonaws.sqs#EmptyBatchRequest"
        return operation, 400, {"__type": fault, "message": "no entries"}
    return operation, 400, {"__type": "UnknownOperation"}
