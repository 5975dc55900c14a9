"""`manage.py benchmark`, as a person runs it: a quick run, Ctrl-C, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.local.conftest import processes_in, soon

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "SMSGATEWAY_HOME")


@pytest.fixture
def benchmark(tmp_path):
    """Starts it with servers of its own; its home is made under `tmp_path`."""

    def start(*options, **environment):
        without = {name: value for name, value in os.environ.items() if name not in OURS}
        return subprocess.Popen(
            [sys.executable, "manage.py", "benchmark", *options],
            cwd=ROOT, env=without | {"TMPDIR": str(tmp_path)} | environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def url_of_tests():
    made = connection.settings_dict
    return f"postgres://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{made['PORT']}/{made['NAME']}"


def nothing_is_left(folder):
    return soon(lambda: not processes_in(folder) and not list(folder.glob("smsgateway-benchmark-*")))


@pytest.mark.slow
def test_a_quick_run_prints_its_figures_and_leaves_nothing(benchmark, tmp_path, tmp_path_factory):
    file = tmp_path_factory.mktemp("out") / "figures.json"
    process = benchmark("--quick", "--only", "bulk-reports,memory", "--json", str(file))
    printed, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    assert "Quick: the counts are too small" in printed
    assert "bulk, accept → report of each message applied" in printed
    figures = {figure["name"]: figure for figure in json.loads(file.read_text())["figures"]}
    assert set(figures) == {"bulk-reports", "disk-reported"}
    assert 0 < figures["bulk-reports"]["ratio_to_c"] < 1
    assert 0 < figures["bulk-reports"]["load_cpu_share"] < 1
    assert nothing_is_left(tmp_path)


def test_ctrl_c_ends_everything(benchmark, tmp_path):
    process = benchmark("--quick")
    assert soon(lambda: list(tmp_path.glob("*/logs/migrate.log")), 30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert nothing_is_left(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_a_database_in_use_is_refused(benchmark, shop, tmp_path):
    process = benchmark("--quick", DATABASE_URL=url_of_tests())
    _printed, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--force" in said
    shop.refresh_from_db()
    assert nothing_is_left(tmp_path)


def test_a_figure_that_does_not_exist_is_refused(benchmark, tmp_path):
    process = benchmark("--only", "bulk,speed")
    _printed, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "'speed'" in said
    assert "otp-backlog" in said
