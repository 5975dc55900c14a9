"""How much is done for a figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """What one run posts. A request of bulk has 10,000 recipients."""

    yardstick_rows: int
    bulk_requests: int
    p2p_requests: int
    gateway_calls: int  # of 500 numbers
    singles_alone: int  # by one connection
    singles: int  # by ten, by fifty, and end to end
    otp_messages: int
    backlog_requests: int


FULL = Sizes(
    yardstick_rows=200_000,
    bulk_requests=20,
    p2p_requests=10,
    gateway_calls=200,
    singles_alone=1_000,
    singles=5_000,
    otp_messages=400,
    backlog_requests=20,
)
QUICK = Sizes(
    yardstick_rows=20_000,
    bulk_requests=2,
    p2p_requests=1,
    gateway_calls=20,
    singles_alone=50,
    singles=200,
    otp_messages=50,
    backlog_requests=2,
)
