import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smsgateway.schedule import WORKERS, Worker

ENTRYPOINT = Path(__file__).resolve().parents[2] / "docker" / "entrypoint"
# Says what it was called with, its process id and the setting that the pool hangs on.
STAND_IN = '#!/bin/sh\necho "$$ pool=${USE_DATABASE_POOL-} process=${PROCESS_NAME-} $(basename "$0") $*"\n'
Container = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """Runs the entry point with stand-ins for the servers; the first word it answers is the process it became."""
    for name in ("celery", "gunicorn"):
        (tmp_path / name).write_text(STAND_IN)
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        shell = ("/bin/sh", "-c", 'echo $$; exec "$0" "$@"', str(ENTRYPOINT), *words)
        environment = {**os.environ, "PATH": path, **variables}
        return subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def became(answer: subprocess.CompletedProcess[str]) -> str:
    """What runs in the end, having checked that it runs in the place of the shell: signals reach it."""
    assert answer.returncode == 0, answer.stderr
    first, line = answer.stdout.splitlines()
    process, _space, rest = line.partition(" ")
    assert process == first
    return rest


@pytest.mark.parametrize("worker", WORKERS, ids=lambda worker: worker.name)
def test_a_worker_consumes_what_the_table_says(container: Container, worker: Worker) -> None:
    said = became(container("worker", worker.name))
    assert said.startswith(f"pool= process=worker-{worker.name} celery --quiet -A smsgateway worker ")
    assert f" -n {worker.name}@%h --queues {','.join(worker.queues)} " in said
    assert f" --pool {worker.pool} --concurrency {worker.concurrency} " in said


def test_words_of_ones_own_come_last_and_win(container: Container) -> None:
    assert became(container("worker", "otp", "--concurrency", "32")).endswith(" --concurrency 32")
    assert became(container("web", "--keep-alive", "5")).endswith(" --keep-alive 5")


def test_web_has_the_threads_that_it_counts_with(container: Container) -> None:
    assert " --threads 8 " in became(container("web"))
    assert " --threads 16 " in became(container("web", WEB_THREADS="16"))


@pytest.mark.parametrize("words", [["worker"], ["worker", "nobody"]])
def test_an_unknown_worker_is_refused_with_the_names(container: Container, words: list[str]) -> None:
    answer = container(*words)
    assert answer.returncode == 1
    assert answer.stderr.strip() == "worker NAME: one of " + ", ".join(worker.name for worker in WORKERS)


@pytest.mark.parametrize("words", [[], ["web"]])
def test_web_is_the_default_and_pools_its_connections(container: Container, words: list[str]) -> None:
    said = became(container(*words))
    assert said.startswith("pool=true process=web gunicorn smsgateway.wsgi:application --bind 0.0.0.0:8000 ")


def test_beat_keeps_no_file(container: Container) -> None:
    assert "celery.beat:Scheduler" in became(container("beat"))


@pytest.mark.parametrize("words", [["web"], ["worker", "otp"], ["beat"]])
def test_nothing_starts_with_wrong_settings(container: Container, words: list[str]) -> None:
    answer = container(*words, ATTEMPT_LEASE_SECONDS="5")
    assert answer.returncode == 1
    assert "smsgateway.E004" in answer.stderr


def test_anything_else_is_a_command_of_manage_py(container: Container) -> None:
    answer = container("check", "--list-tags")
    assert answer.returncode == 0, answer.stderr
    assert "smsgateway" in answer.stdout.splitlines()
