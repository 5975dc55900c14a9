import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests import faults_table
from tests.faults.service import Service, running_service
from tests.faults.workers import Crew


@pytest.fixture(scope="session")
def crew_program(django_db_setup: None) -> Iterator[Crew]:
    crew = Crew(os.environ | {"DATABASE_URL": database_url()})
    yield crew
    crew.end()


@pytest.fixture
def crew(transactional_db: None, crew_program: Crew) -> Crew:
    """Workers in processes of their own, on this test's database."""
    return crew_program


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(request: pytest.FixtureRequest, running: Service) -> Iterator[Service]:
    """The whole service, calm; at the end it must come to rest by itself, with every invariant kept."""
    running.calm_down()
    yield running
    running.calm_down()
    running.settle()
    faults_table.report(request.node, running.findings())


def database_url(port: int | None = None) -> str:
    """Where the test's database is, perhaps through a proxy."""
    known: dict[str, Any] = connection.settings_dict
    address = f"{known['HOST']}:{port or known['PORT']}/{known['NAME']}"
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{address}"
