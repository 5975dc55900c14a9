"""Every figure: its name, what it says, and what it should be."""

import enum
from dataclasses import dataclass


class Unit(enum.Enum):
    """What a figure's value is. Of rates more is better, of everything else less."""

    RATE = "per second"  # targets are multiples of C
    SECONDS = "seconds"
    EACH = "for one"
    BYTES = "bytes"


@dataclass(frozen=True)
class Figure:
    """One line of the table. Targets are in C for rates, else in the figure's own unit."""

    name: str
    title: str
    unit: Unit
    at_least: float | None = None
    aim_for: float | None = None
    aim_for_times: str | None = None  # `aim_for` is so many times this other figure


RATE, SECONDS, EACH, BYTES = Unit.RATE, Unit.SECONDS, Unit.EACH, Unit.BYTES

FIGURES = (
    Figure("bulk-accept", "bulk accept through HTTP, 10,000 a request", RATE, 0.45, 0.7),
    Figure("bulk-accept-guarded", "the same with Idempotency-Key, quota and guards", RATE, 0.45, 0.7),
    Figure("bulk", "bulk, accept → mids recorded", RATE, 0.25, 0.4),
    Figure("bulk-reports", "bulk, accept → report of each message applied", RATE, 0.15, 0.3),
    Figure("p2p", "bulk, each its own text, accept → mids recorded", RATE),
    Figure("gateway", "bulk by /sms, 500 a call, call → mids recorded", RATE, 0.15),
    Figure("reports", "report ingest alone", RATE),
    Figure("single-accept-1", "single accept, 1 connection", RATE),
    Figure("single-accept-10", "single accept, 10 connections", RATE),
    Figure("single-accept-50", "single accept, 50 connections", RATE, 0.009, 0.016),
    Figure("single-accept-guarded", "the same with Idempotency-Key, quota and guards", RATE, 0.009, 0.016),
    Figure("single", "single, end to end, 50 connections", RATE, 0.006, 0.012),
    Figure("otp-idle-p50", "OTP accept → submitted, idle, p50", SECONDS),
    Figure("otp-idle-p99", "OTP accept → submitted, idle, p99", SECONDS),
    Figure("otp-backlog-p50", "OTP accept → submitted, behind marketing, p50", SECONDS),
    Figure(
        "otp-backlog-p99", "OTP accept → submitted, behind marketing, p99", SECONDS, 1.0, 3.0, "otp-idle-p99"
    ),
    Figure("tasks", "Celery tasks for a bulk message", EACH, 1 / 400, 1 / 500),
    Figure("sql-single", "SQL statements for a single accept", EACH),
    Figure("sql-bulk", "SQL statements for a bulk accept of 10,000", EACH),
    Figure("sql-submit", "SQL statements for 500 messages submitted", EACH),
    Figure("sql-reports", "SQL statements for 500 reports", EACH),
    Figure("disk", "disk for a message, submitted", BYTES),
    Figure("disk-reported", "disk for a message and its report", BYTES),
)
BY_NAME = {figure.name: figure for figure in FIGURES}

FILLED_AT_LEAST = 0.7  # of the rate on empty tables
FILLED_AIM_FOR = 0.9
