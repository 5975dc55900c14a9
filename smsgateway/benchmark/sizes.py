"""How much is done for a figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Requests, rows and seconds of one run. A request of bulk has 10,000 recipients."""

    yardstick_rows: int = 200_000
    bulk_requests: int = 20
    p2p_requests: int = 10
    singles_a_connection: int = 200  # but for one connection: ten times as many
    singles_end_to_end: int = 5_000
    otp_messages: int = 400
    backlog_requests: int = 20


FULL = Sizes()
QUICK = Sizes(
    yardstick_rows=50_000,
    bulk_requests=3,
    p2p_requests=2,
    singles_a_connection=30,
    singles_end_to_end=1_000,
    otp_messages=60,
    backlog_requests=4,
)
