"""One holder for a periodic job, by a row that ends by itself: the job talks to the network, so no lock may be held."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from messaging.models import JobLease, new_id

TAKE = """
INSERT INTO messaging_joblease (name, holder, until)
VALUES (%(name)s, %(holder)s, statement_timestamp() + make_interval(secs => %(s)s))
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
WHERE messaging_joblease.until < statement_timestamp()
RETURNING holder
"""


@contextmanager
def lease(name: str, *, seconds: float) -> Iterator[bool]:
    """Yield whether the job is ours now; it is given back at the end, or ends by itself after `seconds`."""
    holder = new_id()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"name": name, "holder": holder, "s": seconds})
        taken = cursor.fetchone() is not None
    try:
        yield taken
    finally:
        if taken:
            JobLease.objects.filter(name=name, holder=holder).delete()
