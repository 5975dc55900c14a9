"""Tables that refuse to forget, emptied between tests that commit: as a replica would, without their triggers."""

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

FLUSH = DatabaseOperations.sql_flush


@pytest.fixture(autouse=True, scope="session")
def may_forget() -> None:
    def sql_flush(self, *args, **kwargs):
        statements = FLUSH(self, *args, **kwargs)
        return ["SET LOCAL session_replication_role = replica", *statements] if statements else statements

    DatabaseOperations.sql_flush = sql_flush
