"""Did a call that was answered with STATUS 5 or 100 send after all? Then its messages have a second `mid`."""

from django.db import connection

from messaging.distrust import distrust

# A report that nobody waits for, to a number whose message went out again after such an answer. reports_on_the_shelf
# and messages_of_mobile serve it.
SECOND = """
SELECT DISTINCT r.upstream_account_id
FROM messaging_deliveryreport r
JOIN messaging_message m
  ON m.mobile = r.mobile AND m.upstream_account_id = r.upstream_account_id AND m.mid <> r.mid
JOIN accounts_upstreamaccount a ON a.id = r.upstream_account_id AND NOT a.internal_error_is_unknown
WHERE r.message_id IS NULL AND r.received_at > statement_timestamp() - interval '1 hour'
  AND m.possible_duplicate AND m.resend_of IS NULL AND m.created_at < r.received_at
"""


def notice_second_mids() -> int:
    """Distrust each account on which a second `mid` appeared; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(SECOND)
        accounts = [row[0] for row in cursor.fetchall()]
    for account_id in accounts:
        distrust(account_id)
    return len(accounts)
