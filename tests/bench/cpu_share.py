"""The processor's share that Lambda gives for an amount of memory, through a control group of Linux."""

import os
from contextlib import contextmanager
from pathlib import Path

# Lambda developer guide, "Configure Lambda function memory": 1,769 MB have one virtual CPU.
ONE_CPU_MB = 1_769
# The share is given anew this often.
PERIOD_US = 20_000
V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


@contextmanager
def share_of(memory_mb):
    """Gives a function that puts a process into the group; `None` where groups cannot be made."""
    quota = PERIOD_US * memory_mb // ONE_CPU_MB
    parent = V1 if V1.is_dir() else V2
    group = parent / f"hark-bench-{os.getpid()}"
    try:
        group.mkdir()
        if parent == V1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
    except OSError:
        if group.exists():
            group.rmdir()
        yield None
        return
    try:
        yield lambda pid: (group / "cgroup.procs").write_text(str(pid))
    finally:
        group.rmdir()
