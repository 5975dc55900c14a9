"""The `mid`s that we answer to clients of our own gateway: 16 upper-case hex digits, as in the document's samples.

Ten digits are the milliseconds since 1970, six count on: two are alike only if 16,777,216 were made in a millisecond,
or after 34 years. A restored backup sets the count back, but not the time.
"""

import time

from django.db import connection

# One round trip for all numbers of a call.
NEXT = "SELECT nextval('messaging_own_mid') FROM generate_series(1, %s)"


def new_mids(count: int) -> list[str]:
    """Return so many `mid`s that nobody has had before."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [count])
        numbers = [row[0] for row in cursor.fetchall()]
    now = time.time_ns() // 1_000_000 & 0xFF_FFFF_FFFF
    return [f"{now:010X}{number & 0xFF_FFFF:06X}" for number in numbers]
