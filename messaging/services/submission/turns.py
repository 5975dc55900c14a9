"""Whose turn it is: the lanes in their order, and fairness between applications within a lane."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from messaging.states import Category

# A lane's workers look into the lanes above it first, so a connection that becomes free goes to what is more urgent.
# One-time passwords have workers of their own, who are quicker than a busy one of another lane; when those did not
# come within this time, whoever is there takes them.
OTP_PATIENCE_SECONDS = 1.0
ABOVE = {
    Category.OTP.value: [(Category.OTP.value, 0.0)],
    Category.NOTIFICATION.value: [
        (Category.OTP.value, OTP_PATIENCE_SECONDS),
        (Category.NOTIFICATION.value, 0.0),
    ],
    Category.MARKETING.value: [
        (Category.OTP.value, OTP_PATIENCE_SECONDS),
        (Category.NOTIFICATION.value, 0.0),
        (Category.MARKETING.value, 0.0),
    ],
}

# chunks_due and singles_due serve the EXISTS; attempts_live and attempts_of_application the order: who has least in
# flight goes first, then who waited longest since the last call.
TURNS = """
SELECT a.id, a.environment, l.lane, due.singles, EXISTS (SELECT FROM messaging_hold h WHERE h.ended_at IS NULL)
FROM unnest(%(lanes)s::text[], %(patience)s::float8[]) WITH ORDINALITY AS l (lane, patience, rank)
CROSS JOIN accounts_application a
CROSS JOIN LATERAL (SELECT
    EXISTS (SELECT FROM messaging_queuedsingle s WHERE s.category = l.lane AND s.application_id = a.id
              AND s.due_at <= statement_timestamp() - make_interval(secs => l.patience)) AS singles,
    EXISTS (SELECT FROM messaging_chunk c WHERE c.state = 'queued' AND c.category = l.lane AND c.application_id = a.id
              AND c.due_at <= statement_timestamp() - make_interval(secs => l.patience)) AS chunks
) due
WHERE due.singles OR due.chunks
ORDER BY l.rank, (SELECT count(*) FROM messaging_attempt t WHERE t.application_id = a.id AND t.category = l.lane
                    AND t.state IN ('prepared', 'in_flight')),
         (SELECT max(t.prepared_at) FROM messaging_attempt t WHERE t.application_id = a.id) NULLS FIRST, a.id
"""


@dataclass(frozen=True)
class Turn:
    """An application with something due in a lane; whether singles are among it, and whether any hold is in force."""

    application_id: int
    environment: str
    lane: str
    singles: bool
    something_held: bool


def turns(lane: str, leaving: Collection[str] = ()) -> list[Turn]:
    """Return who may claim now for a worker of a lane, the fairest first; `leaving`: lanes that it leaves to others."""
    lanes, patience = zip(*[(name, pause) for name, pause in ABOVE[lane] if name not in leaving], strict=True)
    with connection.cursor() as cursor:
        cursor.execute(TURNS, {"lanes": list(lanes), "patience": list(patience)})
        return [Turn(*row) for row in cursor.fetchall()]
