"""How a function starts and answers first: webhook-handler beside an empty function, the same webhook with the SDK as it
comes, and in Python. All in one run, in turns, over TLS, with the same events and answers.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from aws_stand_in import AwsStandIn
from certificates import ROOT, Certificates, build_with_root
from cpu_share import share_of
from lambda_runtime import BASE, Environment

CANDIDATES = Path(__file__).resolve().parent / "candidates"
MEMORY_MB = (128, 256, 512)
ROUNDS, ROUNDS_OF_PYTHON, WARM, MANY = 15, 3, 10, 1_000
LIMITS_MB = {
    "webhook-handler": 3,
    "voice-parser": 5,
    "customer-lookup": 3,
    "data-api": 5,
    "panel": 5,
    "scheduler": 4,
}


class Bench:
    """Everything that is measured with."""

    def __init__(self):
        """Builds the candidates."""
        self.certificates = Certificates()
        self.aws = AwsStandIn(self.certificates)
        ours = build_with_root(self.certificates, "webhook-handler", "lambda")
        empty, stock = build_candidates()
        self.commands = {"ours": [ours], "empty": [empty], "stock": [stock]}
        self.commands["python"] = [python(), CANDIDATES / "python" / "function.py"]
        bundle, port = str(self.certificates.bundle), self.aws.url
        self.settings = {
            "PATH": os.environ["PATH"],
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": port,
            "AWS_CA_BUNDLE": bundle,
            "SSL_CERT_FILE": bundle,
            "AWS_LAMBDA_FUNCTION_NAME": "webhook",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "webhook",
            "AWS_LAMBDA_LOG_STREAM_NAME": "webhook",
            "PUBLIC_BASE_URL": BASE,
            "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
            "TWILIO_WHATSAPP_NUMBER": "+14155238886",
            "TWILIO_SECRET_ID": "twilio",
            "CUSTOMER_LOOKUP_FUNCTION": "customer-lookup",
            "QUEUE_URL": f"{port}/123456789012/jobs",
        }

    def start(self, name, before=()):
        """One environment of a candidate."""
        return Environment([*before, *self.commands[name]], self.settings)

    def check(self):
        """All candidates give the same answer after the same calls."""
        for name in ("ours", "stock", "python"):
            with self.start(name) as function:
                self.aws.forget()
                _, answer = function.request()
                seen = (answer.get("statusCode"), answer.get("body"))
                calls = dict(self.aws.calls)
                if seen != (200, "<Response/>") or calls != CALLS:
                    raise SystemExit(f"{name} answered {answer} after {calls}")
                opened = self.aws.connections
                told(f"{name}: the first request opened {opened} connections")


CALLS = {"Invoke": 1, "SendMessage": 1}


def told(line):
    print(f"  {line}", file=sys.stderr)


def build_candidates():
    build = ROOT / "target" / "candidates"
    subprocess.run(
        ["cargo", "build", "--locked", "--release", "--quiet"],
        cwd=CANDIDATES,
        env={**os.environ, "CARGO_TARGET_DIR": str(build)},
        check=True,
    )
    return build / "release" / "empty", build / "release" / "stock"


def python():
    """A Python with the candidate's libraries, made once."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "hark" / "bench-python"
    wanted = CANDIDATES / "python" / "requirements.txt"
    installed = folder / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "--requirement", wanted], check=True)
        subprocess.run(
            [folder / "bin" / "python", "-m", "compileall", "-q", folder / "lib"],
            check=False,
        )
        installed.write_bytes(wanted.read_bytes())
    return folder / "bin" / "python"


class Turns:
    """Milliseconds of many starts, every candidate in turn with every amount of memory. By candidate: until the first event
    is asked for, as time passes (`start`) and of the processor (`busy`). By candidate and memory: `first` and `warm`
    requests.
    """

    def __init__(self, bench):
        """Measures them."""
        self.start, self.busy, self.first, self.warm = {}, {}, {}, {}
        for round_ in range(ROUNDS):
            for memory in MEMORY_MB:
                for name in bench.commands:
                    if name != "python" or round_ < ROUNDS_OF_PYTHON:
                        self.turn(bench, name, memory)

    def turn(self, bench, name, memory):
        with share_of(memory) as share, bench.start(name) as function:
            self.start.setdefault(name, []).append(function.init_ms)
            self.busy.setdefault(name, []).append(function.processor_ms())
            if share is None:
                return
            # The start has its full share on Lambda, too.
            share(function.process.pid)
            key = (name, memory)
            self.first.setdefault(key, []).append(function.request()[0])
            later = [function.request()[0] for _ in range(WARM)]
            self.warm.setdefault(key, []).append(statistics.median(later))


def instructions(bench, name, requests):
    """How many from the start of the process until so many requests are answered."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        with bench.start(name, [*valgrind, "--"]) as function:
            for _ in range(requests):
                function.request()
        return int(
            re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)[1]
        )


def memory(bench, name, requests):
    """KiB after ten requests and after as many more."""
    with bench.start(name) as function:
        for _ in range(10):
            function.request()
        before = function.kib("VmRSS")
        for _ in range(requests):
            function.request()
        return before, function.kib("VmRSS")


def spread(values):
    """The median, and how far it is to the quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.1f} ms ({low:.1f} to {high:.1f})"


def ratio(ours, theirs):
    """As a fraction of one where it is a small one."""
    return f"{ours / theirs:.2f}" if theirs < 2 * ours else f"1/{theirs / ours:.0f}"


NAMES = {
    "ours": "webhook-handler",
    "empty": "an empty function",
    "stock": "the SDK as it comes",
    "python": "Python",
}


def cold_path(row):
    """Measures, and adds lines to the table."""
    bench = Bench()
    bench.check()
    zips(row)
    turns = Turns(bench)
    starts(row, turns)
    first_requests(row, turns)
    counted(row, {name: counts(bench, name) for name in bench.commands})
    kept(row, bench)


def zips(row):
    """The zips as they are deployed."""
    for function, limit in LIMITS_MB.items():
        path = ROOT / "target" / "bench" / "zips" / f"{function}.zip"
        size = path.stat().st_size / 1e6
        row(f"zip of {function}", f"{size:.2f} MB", "", "", f"at most {limit} MB")


def starts(row, turns):
    for what, times in (
        ("start of webhook-handler", turns.start),
        ("processor time of a start", turns.busy),
    ):
        ours = times["ours"]
        for name in ("empty", "stock", "python"):
            beside = f"{NAMES[name]} {spread(times[name])}"
            quotient = ratio(statistics.median(ours), statistics.median(times[name]))
            goal = "at most 3" if name == "empty" and times is turns.start else ""
            row(what, spread(ours), beside, quotient, goal)


def first_requests(row, turns):
    if not turns.first:
        row("first request", "not measured", "no control group here", "", "at most 3")
    for name in ("ours", "stock", "python"):
        for megabytes in MEMORY_MB if turns.first else ():
            key = (name, megabytes)
            first, warm = turns.first[key], statistics.median(turns.warm[key])
            row(
                f"first request at {megabytes} MB, {NAMES[name]}",
                spread(first),
                f"a warm one {warm:.1f} ms",
                f"{statistics.median(first) / warm:.1f}",
                "at most 3" if key == ("ours", 128) else "",
            )


def counts(bench, name):
    """Instructions up to the first answer, and of a warm request."""
    one, many = instructions(bench, name, 1), instructions(bench, name, 101)
    return one, (many - one) / 100


def counted(row, counts):
    for n, what, goals in (
        (0, "instructions to the first answer", {"stock": 20, "python": 250}),
        (1, "instructions of a warm webhook", {"python": 10}),
    ):
        ours = counts["ours"][n]
        for name in ("stock", "python"):
            theirs, goal = counts[name][n], goals.get(name)
            row(
                what,
                f"{ours / 1e6:.2f} M",
                f"{NAMES[name]} {theirs / 1e6:.2f} M",
                ratio(ours, theirs),
                f"at most 1/{goal}" if goal else "",
            )


def kept(row, bench):
    before, after = memory(bench, "ours", MANY)
    for name, goal in (("empty", "at most 4"), ("stock", ""), ("python", "")):
        theirs, _ = memory(bench, name, 0)
        row(
            "memory of webhook-handler",
            f"{before / 1024:.1f} MiB",
            f"{NAMES[name]} {theirs / 1024:.1f} MiB",
            f"{before / theirs:.2f}",
            goal,
        )
    row(
        f"memory after {MANY:,} requests more",
        f"{after / 1024:.1f} MiB",
        f"before {before / 1024:.1f} MiB",
        f"{(after / before - 1) * 100:+.1f} %",
        "under +1 %",
    )
