from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from accounts.models import Application
from accounts.services import create_application
from tests.simulator.process import Simulator, running_simulator


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def shop(db: None) -> Application:
    application, key = create_application("shop", environment="sandbox")
    application.key = key
    return application


@pytest.fixture
def api(shop: Application) -> APIClient:
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {shop.key}")
    client.default_format = "json"
    return client
