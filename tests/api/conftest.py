from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api import contract


@pytest.fixture(autouse=True)
def as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer of these tests is held against the schema that callers read."""
    real = APIClient.request

    def request(client: APIClient, **environ: Any) -> Any:
        answer = real(client, **environ)
        contract.check(environ["REQUEST_METHOD"], environ["PATH_INFO"], answer)
        return answer

    monkeypatch.setattr(APIClient, "request", request)
