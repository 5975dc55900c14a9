from pathlib import Path
from typing import Any

import pytest
import yaml

from smsgateway.schedule import WORKERS

DOCKER = Path(__file__).resolve().parents[2] / "docker"
OTHERS_IMAGES = {"postgres", "valkey"}
# The suite has 60 s to see a worker drain (SIGTERM); the container may not be killed before.
DRAIN_SECONDS = 60


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    return found


@pytest.fixture(scope="module")
def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in services.items() if name not in OTHERS_IMAGES}


def test_there_is_one_service_for_each_worker(services: dict[str, Any]) -> None:
    workers = {
        service: parts["command"] for service, parts in services.items() if service.startswith("worker-")
    }
    assert workers == {f"worker-{worker.name}": ["worker", worker.name] for worker in WORKERS}


def test_a_worker_is_asked_by_its_own_name(services: dict[str, Any]) -> None:
    for worker in WORKERS:
        _shell, question = services[f"worker-{worker.name}"]["healthcheck"]["test"]
        assert question.endswith(f"{worker.name}@$$(hostname)")


def test_a_worker_may_finish_its_calls(services: dict[str, Any]) -> None:
    for worker in WORKERS:
        period = services[f"worker-{worker.name}"]["stop_grace_period"]
        assert int(period.removesuffix("s")) > DRAIN_SECONDS


def test_nothing_starts_on_a_database_that_is_not_up_to_date(ours: dict[str, Any]) -> None:
    started = {name: service.get("depends_on", {}) for name, service in ours.items()}
    assert started.pop("migrate") == {"postgres": {"condition": "service_healthy"}}
    assert started.pop("simulator") == {}
    for name, needs in started.items():
        assert needs["migrate"] == {"condition": "service_completed_successfully"}, name


def test_our_containers_can_change_nothing_but_tmp(ours: dict[str, Any]) -> None:
    for name, service in ours.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["tmpfs"] == ["/tmp"], name


def test_secrets_come_from_files_only(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for variable in service.get("environment", {}):
            assert not variable.endswith(("KEY", "KEYS", "PASSWORD", "DATABASE_URL")), (name, variable)


def test_only_the_web_process_is_asked_for_healthz(ours: dict[str, Any]) -> None:
    assert [name for name, service in ours.items() if "healthcheck" not in service] == ["web"]
