"""A server that goes on running when the command that started it has ended. Its process id is kept in a file, and only
a process that was started here is ever ended."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from stacks import CannotDeploy

PATIENCE_S = 60
POLL_S = 0.1


class Background:
    """A detached process with its log and its process id in a folder."""

    def __init__(self, name, command, folder, environment):
        self.name = name
        self.command = command
        self.environment = environment
        self.log = folder / f"{name}.log"
        self._file = folder / f"{name}.json"

    def start(self, more=None):
        """Starts it in a session of its own."""
        environment = {**self.environment, **(more or {})}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        known = {"pid": process.pid, "began": _began(process.pid), "given": _digest(more or {})}
        self._file.write_text(json.dumps(known))

    def is_running(self):
        """Whether the process that was started here still runs: the same id, begun at the same time."""
        known = self._known()
        began = known.get("began")
        # None was written down for one that ended before it could be looked at.
        return began is not None and _began(known["pid"]) == began

    def environment_changed(self, more):
        """Whether it was started with other values than these."""
        return self._known().get("given") != _digest(more)

    def stop(self):
        """Ends it and what it started. Answers whether it ran."""
        ran = self.is_running()
        if ran:
            pid = self._known()["pid"]
            _signal(pid, signal.SIGTERM)
            if not _wait(lambda: _began(pid) is None, 10):
                _signal(pid, signal.SIGKILL)
                _wait(lambda: _began(pid) is None, 10)
        self._file.unlink(missing_ok=True)
        return ran

    def last_lines(self, count=15):
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""

    def _known(self):
        try:
            return json.loads(self._file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}


def _digest(values):
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _began(pid):
    """When a process began, in clock ticks since the machine started; None if there is none, or it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, began = after_name[0], after_name[19]
    return None if state == "Z" else began


def _signal(group, which):
    """Tells a process and those that it started; they may have ended just now."""
    try:
        os.killpg(group, which)
    except ProcessLookupError:
        pass


def _wait(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(POLL_S)
    return condition()


def free_of_others(port, variable):
    """Refuses a port that something else listens on."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise CannotDeploy(f"port {port} is taken by another program; choose another one with {variable}")


def until_answers(url, server):
    """Waits until a server answers at all."""

    def answers():
        if not server.is_running():
            raise CannotDeploy(f"{server.name} ended at once. The end of its log:\n{server.last_lines()}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    if not _wait(answers, PATIENCE_S):
        raise CannotDeploy(f"{server.name} does not answer at {url}. The end of its log:\n{server.last_lines()}")
