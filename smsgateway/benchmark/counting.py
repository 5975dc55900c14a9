"""SQL statements, counted inside one process that does what web and workers do, one thing after the other.

Not on PostgreSQL's side: there the periodic jobs of the same moment would be counted along. BEGIN, COMMIT and COPY
are statements too; a pool's checks of its connections are not.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.models import Attempt, Message
from messaging.services import payloads
from messaging.services.submission import submit_next
from smsgateway.benchmark.recipients import CONTENT, mobile
from smsgateway.local.errors import LocalError

RECIPIENTS = 10_000
PER = 500  # messages submitted, and reports
LANE = "marketing"
FIRST = 500_000_000  # far from the numbers that the load uses


def count_statements(key: str, account_id: int) -> dict[str, float]:
    """The figures `sql-…`, as the application with this key, in empty tables, while nobody else submits or pulls.

    The gateway behind the account must report at once, and take 500 numbers a call.
    """
    caller, before = Caller(key), Attempt.objects.count()
    _warm_up(caller, account_id)
    single = statements(lambda: caller.single(FIRST + 1))
    submit_next(LANE)
    bulk = statements(lambda: caller.bulk(FIRST + 2))
    submit = statements(lambda: [submit_next(LANE) for _call in range(RECIPIENTS // PER)])
    if (calls := Attempt.objects.count() - before) != 2 + RECIPIENTS // PER:
        raise LocalError(f"There were {calls} calls, so not all had {PER} numbers.")
    reports = statements(lambda: _pull_all(account_id))
    pages = RECIPIENTS / PER
    return {
        "sql-single": single,
        "sql-bulk": bulk,
        "sql-submit": submit / pages,
        "sql-reports": reports / pages,
    }


def statements(action: Callable[[], object]) -> int:
    """How many statements this thread sends to PostgreSQL while it does something."""
    with CaptureQueriesContext(connection) as captured:
        action()
        return len(captured)


class Caller:
    """Posts as an application does, without a network between."""

    def __init__(self, key: str) -> None:
        self._client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {key}"})

    def single(self, place: int) -> None:
        """Post one message; raises LocalError unless it is accepted."""
        self._post("messages", {"to": mobile(place), "content": CONTENT, "category": LANE})

    def bulk(self, first: int) -> None:
        """Post 10,000 with one text; raises LocalError unless they are accepted."""
        numbers = [mobile(place) for place in range(first, first + RECIPIENTS)]
        self._post("batches", {"to": numbers, "content": CONTENT, "category": LANE})

    def _post(self, path: str, body: object) -> None:
        answer = self._client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        if answer.status_code != HTTPStatus.ACCEPTED:
            raise LocalError(f"{path} was answered {answer.status_code}: {answer.content[:300]!r}")


def _warm_up(caller: Caller, account_id: int) -> None:
    """What a process loads once is not counted."""
    caller.single(FIRST)
    submit_next(LANE)
    _pull_all(account_id)


def _pull_all(account_id: int) -> None:
    while payloads.pull(account_id, payloads.Kind.REPORT):
        pass
    if Message.objects.filter(state="submitted", upstream_account=account_id).exists():
        raise LocalError("Some messages got no report.")
