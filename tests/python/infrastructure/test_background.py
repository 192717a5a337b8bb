"""`Background`: servers that outlive the command that started them, and nothing else is ever ended."""

import json
import os
import socket
import subprocess

import pytest

import background
from background import Background, free_of_others, until_answers
from stacks import CannotDeploy

FOR_EVER = ["sleep", "600"]


@pytest.fixture
def started(tmp_path):
    """Makes servers in a folder; what they started is ended with the test."""
    made = []

    def make(command=FOR_EVER, name="server", environment=None):
        made.append(Background(name, command, tmp_path, environment or {"PATH": os.environ["PATH"]}))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def stranger():
    """A process that the tools did not start."""
    process = subprocess.Popen(FOR_EVER)
    yield process
    process.kill()
    process.wait()


def file_of(tmp_path):
    return tmp_path / "server.json"


def test_a_server_runs_until_it_is_stopped_by_another_command(started):
    started().start()
    # Another command knows it by the file alone.
    another = started()
    assert another.is_running()
    assert another.stop() is True
    assert not another.is_running()
    assert another.stop() is False


def test_what_a_server_started_is_ended_with_it(started, tmp_path):
    pid_file = tmp_path / "child"
    script = f"sleep 600 & echo $! > {pid_file}; touch {tmp_path}/ready; wait"
    server = started(["sh", "-c", script])
    server.start()
    wait_for(lambda: (tmp_path / "ready").exists())
    child = int(pid_file.read_text())
    server.stop()
    wait_for(lambda: not runs(child))


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition):
    assert background._wait(condition, 20)


def test_a_process_of_somebody_else_with_the_same_id_is_left_alone(started, stranger, tmp_path):
    """A process id is used again when its process has ended, and a file may be old."""
    server = started()
    server.start()
    server.stop()
    file_of(tmp_path).write_text(json.dumps({"pid": stranger.pid, "began": "1", "given": ""}))
    assert not server.is_running()
    assert server.stop() is False
    assert stranger.poll() is None
    assert not file_of(tmp_path).exists()


@pytest.mark.parametrize("content", ["", "not json", "{}"])
def test_a_file_that_cannot_be_read_is_nobody(started, tmp_path, content):
    file_of(tmp_path).write_text(content)
    assert not started().is_running()
    assert started().stop() is False


def test_a_server_that_ended_by_itself_does_not_run(started):
    server = started(["true"])
    server.start()
    wait_for(lambda: not server.is_running())


def test_other_values_are_noticed_and_none_is_written_down(started, tmp_path):
    server = started()
    server.start({"TWILIO_AUTH_TOKEN": "CANARY"})
    assert not server.environment_changed({"TWILIO_AUTH_TOKEN": "CANARY"})
    assert server.environment_changed({"TWILIO_AUTH_TOKEN": "another"})
    assert "CANARY" not in file_of(tmp_path).read_text()


def test_a_server_that_ends_at_once_tells_the_end_of_its_log(started):
    server = started(["sh", "-c", "echo the port is not free; exit 1"])
    server.start()
    with pytest.raises(CannotDeploy, match="(?s)server ended at once. The end of its log:\nthe port is not free"):
        until_answers("http://127.0.0.1:9/", server)


def test_a_port_that_is_taken_is_told_with_the_setting_that_chooses_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotDeploy, match=f"port {port} is taken by another program; .* with HARK_STACK_PORT"):
            free_of_others(port, "HARK_STACK_PORT")
    free_of_others(port, "HARK_STACK_PORT")
