"""What a program and its children cost."""

import subprocess
import sys

import pytest

from smsgateway.benchmark import processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print("ready", flush=True)
time.sleep(60)
"""
CHILD = """
import time
while time.process_time() < 0.3: pass
held = b"x" * 30_000_000
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def parent():
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, start_new_session=True
    )
    process.stdout.readline()
    yield process
    for pid in reversed(processes.family(process.pid)):
        subprocess.run(["kill", "-9", str(pid)], check=False)
    process.wait()
    process.stdout.close()


def test_a_child_counts_with_its_parent(parent):
    held = processes.memory(parent.pid)
    assert held.processes == 2
    assert held.resident >= held.shared_out > 30_000_000
    assert processes.cpu_seconds(parent.pid) >= 0.3
