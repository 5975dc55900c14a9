"""What runs for every single accept is parsed and planned once a connection."""

import pytest
from django.db import connection

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
