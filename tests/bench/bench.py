"""The measurements of docs/PERFORMANCE.md: one table, each figure beside something run in the same minute."""

import json
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import boto3
import botocore.config
from cold import cold_path
from twilio.request_validator import RequestValidator

BUILD = pathlib.Path(sys.argv[1]).resolve()
FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
ANNA = "whatsapp:+4915155500001"
TOKEN = "hark-dev-token-for-the-stand-in-only"
KEY = "bench-key-0123456789-bench"
ROWS = []


def row(what, ours, beside, ratio, goal):
    """Adds a line to the table."""
    ROWS.append((what, ours, beside, ratio, goal))
    print(f"  {what}: {ours}", file=sys.stderr)


def free_ports():
    """Two neighbouring free ports and a third, below the range that systems give out."""
    for port in range(21_000 + os.getpid() % 4_000, 32_000, 3):
        try:
            sockets = [socket.create_server(("127.0.0.1", port + n)) for n in range(3)]
        except OSError:
            continue
        for bound in sockets:
            bound.close()
        return port, port + 2
    raise SystemExit("no free ports")


@contextmanager
def running(command, settings, ready):
    """A process that has printed a line holding `ready`."""
    process = subprocess.Popen(
        command,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    try:
        for line in process.stdout:
            if ready in line:
                break
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def hark():
    """`hark dev` with the stand-ins in a process of their own. Answers its process id, its URL and theirs."""
    sim_port, port = free_ports()
    url, sim = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sim_port}"
    with tempfile.TemporaryDirectory() as folder:
        stand_ins = [
            str(BUILD / "examples" / "simulate"),
            str(sim_port),
            f"{url}/webhook",
        ]
        settings = {
            "HARK_PORT": str(port),
            "HARK_SIM_PORT": "0",
            "HARK_DATA": folder,
            "HARK_DEMO_MESSAGES": "off",
            "HARK_DEMO_API_KEY": KEY,
            "HARK_LOG": "warn",
            "TWILIO_API_BASE_URL": sim,
            "TWILIO_MEDIA_HOSTS": f"127.0.0.1:{sim_port + 1}",
            "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_NUMBER": "+14155238886",
            "OPENAI_BASE_URL": f"{sim}/v1",
            "OPENAI_API_KEY": "simulated",
        }
        with (
            running(stand_ins, None, "Simulating"),
            running([str(BUILD / "hark"), "dev"], settings, "hark ready") as process,
        ):
            yield process.pid, url, sim


def request(url, body=None, headers=None, method=None):
    """Answers the body."""
    made = urllib.request.Request(url, body, headers or {}, method=method)
    with urllib.request.urlopen(made, timeout=120) as answer:
        return answer.read()


def phone(sim, what):
    return f"{sim}/_sim/phone/{urllib.parse.quote(ANNA, safe='')}/{what}"


def received(sim, at_least):
    """What the phone received, as soon as it is that much."""
    while True:
        messages = json.loads(
            request(phone(sim, f"messages?wait_s=20&after={at_least - 1}"))
        )
        if len(messages) >= at_least:
            return messages


def milliseconds(run, times):
    """The median of so many runs."""
    taken = []
    for n in range(times):
        start = time.perf_counter()
        run(n)
        taken.append((time.perf_counter() - start) * 1_000)
    return statistics.median(taken)


def example(name):
    """What a measuring example prints as JSON."""
    return json.loads(
        subprocess.check_output([BUILD / "examples" / name, "--json"], text=True)
    )


def signature():
    """Parsing and verifying a form, beside Twilio's own Python library on the same form."""
    ours = example("verify_bench")
    body, url = ours["form"], ours["url"]
    validator, sign = RequestValidator(ours["token"]), ours["signature"]
    rounds = 2_000
    start = time.perf_counter()
    for _ in range(rounds):
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        if not validator.validate(url, form, sign):
            raise SystemExit("the library refuses what Hark accepts")
    theirs = (time.perf_counter() - start) / rounds * 1e9
    row(
        f"parse and verify a form of {len(body)} bytes",
        f"{ours['ns'] / 1_000:.1f} us",
        f"twilio-python {theirs / 1_000:.0f} us",
        f"1/{theirs / ours['ns']:.0f}",
        "at most 8 us",
    )


def lookup():
    """Finding one of ten thousand customers, beside a Python dictionary with the same keys."""
    ours = example("lookup_bench")
    numbers = {f"+49151{n:08}": n for n in range(10_000)}
    keys = list(numbers)
    start = time.perf_counter()
    for n in range(200_000):
        numbers[keys[n % 10_000]]
    theirs = (time.perf_counter() - start) / 200_000 * 1e9
    row(
        "find one of 10,000 customers",
        f"{ours['ns']:.0f} ns",
        f"a Python dict {theirs:.0f} ns",
        f"{ours['ns'] / theirs:.1f}",
        "microseconds",
    )


def listing():
    """A page of 1,000 files and the addresses of all, in processor time, beside boto3's addresses alone."""
    ours = example("listing_bench")
    client = boto3.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=botocore.config.Config(signature_version="s3v4"),
    )
    start = time.thread_time()
    for n in range(1_000):
        where = {"Bucket": "hark-bench", "Key": f"acme/other/leak_SM{n:032x}_audio.ogg"}
        client.generate_presigned_url("get_object", Params=where, ExpiresIn=300)
    theirs = (time.thread_time() - start) * 1_000
    each = ours["list_us"] / 1_000, ours["presign_us"] / 1_000
    row(
        "list 1,000 files and sign their addresses",
        f"{each[0]:.1f} + {each[1]:.1f} ms",
        f"boto3 signs them in {theirs:.0f} ms",
        f"1/{theirs / sum(each):.0f}",
        "at most 5 ms",
    )


def panel():
    """Pages of the panel over 20,000 messages, beside one that has to fetch 2,000 notes."""
    ours = example("panel_bench")
    fetched = ours["inbox_rare_words"]["us"] / 1_000
    for name, what in (
        ("inbox", "the panel's inbox"),
        ("inbox_rare_sender", "the inbox of 1 sender in 1,000"),
        ("dashboard_30_days", "the dashboard of 10,000 messages"),
    ):
        taken, size = ours[name]["us"] / 1_000, ours[name]["bytes"] / 1_024
        row(
            f"{what}, {size:.0f} KiB",
            f"{taken:.1f} ms",
            f"2,000 notes looked at {fetched:.0f} ms",
            f"{taken / fetched:.2f}",
            "at most 100 ms",
        )


def text_note():
    """From the phone's message to the phone's answer, beside the stand-ins' own answers alone."""
    with hark() as (_, _, sim):
        count = 0

        def note(n):
            nonlocal count
            count += 1
            request(phone(sim, "text"), f"Please order {n} copper pipes.".encode())
            received(sim, count)

        def stand_ins(n):
            chat = {
                "model": "gpt-6.1-terra",
                "messages": [{"role": "user", "content": f"Please order {n} pipes."}],
            }
            headers = {
                "content-type": "application/json",
                "authorization": "Bearer simulated",
            }
            request(f"{sim}/v1/chat/completions", json.dumps(chat).encode(), headers)
            request(phone(sim, "messages"))

        note(0)
        ours = milliseconds(note, 30)
        theirs = milliseconds(stand_ins, 30)
    row(
        "a text note, from the phone to its answer",
        f"{ours:.1f} ms",
        f"the stand-ins alone {theirs:.1f} ms",
        f"+{ours - theirs:.1f} ms",
        "+300 ms",
    )


def listed(url):
    """How many notes the data API lists, over all pages."""
    notes, token = set(), ""
    while True:
        page = f"{url}/files/list?company_id=demo-plumbing&output_format=ids&nextContinuationToken={token}"
        answer = json.loads(
            request(
                page.removesuffix("&nextContinuationToken="), headers={"x-api-key": KEY}
            )
        )
        notes.update(note["message_id"] for note in answer["message_ids"])
        if not answer["nextContinuationToken"]:
            return len(notes)
        token = urllib.parse.quote(answer["nextContinuationToken"])


def many_notes():
    """Two hundred notes at once, beside the same two hundred one after the other."""
    with hark() as (_, url, sim):

        def say(n):
            request(
                phone(sim, "text"),
                f"Please order {n} copper pipes for site {n}.".encode(),
            )

        start = time.perf_counter()
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(say, range(200)))
        received(sim, 200)
        at_once = time.perf_counter() - start
        start = time.perf_counter()
        for n in range(200):
            say(n)
            received(sim, 201 + n)
        in_turn = time.perf_counter() - start
        filed = listed(url)
    row(
        "200 text notes at once",
        f"{at_once:.1f} s, {400 - filed} lost",
        f"one after the other {in_turn:.1f} s",
        f"{at_once / in_turn:.2f}",
        "none lost",
    )


def memory_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise SystemExit(f"no {name} in /proc")


def wav(size):
    """A recording of exactly so many bytes."""
    spoken = (FIXTURES / "audio" / "job-en.wav").read_bytes()
    data = spoken.index(b"data") + 8
    samples = spoken[data:]
    body = (samples * (size // len(samples) + 1))[: size - 44]
    return (
        b"RIFF"
        + struct.pack("<I", size - 8)
        + b"WAVE"
        + spoken[12:36]
        + b"data"
        + struct.pack("<I", size - 44)
        + body
    )


def mp3(seconds):
    """A recording of about so long: the frames of a fixture, again and again."""
    spoken = (FIXTURES / "audio" / "job-en.mp3").read_bytes()
    tag = 10 + (spoken[6] << 21 | spoken[7] << 14 | spoken[8] << 7 | spoken[9])
    first = spoken.index(
        spoken[tag : tag + 2], tag + 2
    )  # behind the frame that only describes the file
    return spoken[first:] * int(seconds / 8.4)


def memory(what, recording, content_type):
    """The memory that a recording takes, beside its own size."""
    with hark() as (pid, _, sim):
        request(phone(sim, "text"), b"Please order pipes.")
        received(sim, 1)
        before = memory_kib(pid, "VmRSS")
        headers = {
            "content-type": content_type,
            "x-sim-transcript": "Please order a boiler.",
        }
        request(phone(sim, "voice"), recording, headers)
        answers = received(sim, 2)
        while "working on" in answers[-1]["body"]:
            answers = received(sim, len(answers) + 1)
        if "*Filed as" not in answers[-1]["body"]:
            raise SystemExit(f"{what} was not filed: {answers[-1]['body']}")
        peak = memory_kib(pid, "VmHWM")
    grown, size = (peak - before) / 1024, len(recording) / (1 << 20)
    row(
        f"memory for {what}",
        f"+{grown:.0f} MiB",
        f"the file {size:.0f} MiB",
        f"{grown / size:.2f}",
        "at most 2",
    )


def large_note():
    """A short recording of 16 MiB, and a long one that has to be cut into parts."""
    memory("a note of 16 MiB", wav(16 << 20), "audio/wav")
    memory("55 minutes of MP3", mp3(3_300), "audio/mpeg")


def refusals():
    """Refusing a body of 6 MiB and one of 10,000 parameters, beside answering an ordinary request."""
    with hark() as (_, url, _sim):

        def post(body):
            headers = {
                "X-Twilio-Signature": "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=",
                "Content-Type": FORM,
            }
            try:
                request(f"{url}/webhook", body, headers)
            except urllib.error.HTTPError as refused:
                refused.read()
            except (ConnectionError, urllib.error.URLError):
                pass  # refused before all of it was sent

        ordinary = milliseconds(lambda _: post(b"MessageSid=SM123456&Body=x"), 50)
        huge = milliseconds(lambda _: post(b"x=" + b"y" * (6 << 20)), 20)
        many = milliseconds(
            lambda _: post(b"&".join(b"k%d=v" % n for n in range(10_000))), 20
        )
    row(
        "refuse a body of 6 MiB",
        f"{huge:.1f} ms",
        f"a small one {ordinary:.1f} ms",
        f"{huge / ordinary:.1f}",
        "5 ms",
    )
    row(
        "refuse 10,000 parameters",
        f"{many:.1f} ms",
        f"a small one {ordinary:.1f} ms",
        f"{many / ordinary:.1f}",
        "5 ms",
    )


FORM = "application/x-www-form-urlencoded"


def start():
    """How functions start and answer first, and what they keep."""
    cold_path(row)


def main():
    """Measures what is named, or everything, and prints the table."""
    measures = (
        *(signature, lookup, listing, panel, text_note),
        *(many_notes, large_note, refusals),
        start,
    )
    for measure in measures:
        if not sys.argv[2:] or measure.__name__ in sys.argv[2:]:
            measure()
    head = ("what", "ours", "beside", "ratio", "goal")
    widths = [max(len(line[n]) for line in [head, *ROWS]) for n in range(5)]
    for line in [head, tuple("-" * width for width in widths), *ROWS]:
        print(
            "| "
            + " | ".join(
                text.ljust(width) for text, width in zip(line, widths, strict=True)
            )
            + " |"
        )


main()
