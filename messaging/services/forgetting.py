"""What is kept for a while only.

Answers to idempotency keys, how often a number was sent something, drafts, pages given to gateway logins, and the
sessions and wrong logins of staff.
"""

from collections.abc import Callable

from accounts.staff import lockout, sessions
from messaging import drafts, frequency, once, outflow
from messaging.leases import lease

AT_A_TIME = 5000
LEASE_SECONDS = 300
MOST_ROUNDS = 100
FORGETTING = (
    once.forget_old, frequency.forget_old, drafts.forget_old, outflow.forget_old, outflow.forget_delivered,
    sessions.forget_sessions, lockout.forget_attempts,
)  # fmt: skip


def forget_requests() -> int:
    """Delete what is over, in short transactions; return how many rows. Two at once are harmless."""
    with lease("forget requests", seconds=LEASE_SECONDS) as ours:
        if not ours:
            return 0
        return sum(map(_in_rounds, FORGETTING))


def _in_rounds(forget: Callable[[int], int]) -> int:
    forgotten = 0
    for _round in range(MOST_ROUNDS):
        now = forget(AT_A_TIME)
        forgotten += now
        if now < AT_A_TIME:
            break
    return forgotten
