"""What runs for every single accept is parsed and planned once a connection."""

import re

import pytest
from django.db import connection

from messaging.echoes import SAME_AS_ONE
from messaging.once import LOOK

pytestmark = pytest.mark.django_db

RUNS = """
SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%messaging_queuedsingle%'
"""


def test_a_single_accept_is_prepared_at_its_first_use_and_used_again(api):
    for _ in range(3):
        api.send()
    with connection.cursor() as cursor:
        cursor.execute(RUNS)
        assert cursor.fetchall() == [(3,)]


LONG_AGO = "'00000000-0000-0000-0000-000000000000'"


@pytest.mark.parametrize(
    ("statement", "types", "index"),
    [(LOOK, {"waits": "int", "kept": "int"}, "one_answer_a_key"), (SAME_AS_ONE, {}, "mobile_id_idx")],
    ids=["key", "same text"],
)
def test_a_plan_that_was_kept_since_the_table_was_empty_reads_one_row(statement, types, index):
    names: list[str] = []

    def numbered(name: re.Match[str]) -> str:
        names.extend({name[1]} - set(names))
        return f"${names.index(name[1]) + 1}"

    numbered_statement = re.sub(r"%\((\w+)\)s", numbered, statement)
    declared = ", ".join(types.get(name, "unknown") for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE kept ({declared}) AS {numbered_statement}")
        given = [LONG_AGO if name == "since" else "NULL" for name in names]  # or every partition is left out
        cursor.execute(f"EXPLAIN EXECUTE kept ({', '.join(given)})")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE kept")
    assert index in plan
    assert "Seq Scan on messaging_" not in plan
