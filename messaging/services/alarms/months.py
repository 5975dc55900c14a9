"""What is wrong with the months of messages."""

from collections.abc import Callable, Iterator

from messaging import partitions
from messaging.partitions import Month
from messaging.services.alarms.watchers import Finding


def month_missing() -> Iterator[Finding]:
    following = Month.current().plus(1)
    if not partitions.has_month(following):
        yield Finding(
            "",
            f"Messages of {following.start:%Y-%m} have no partition yet. They would be stored in the default one.",
            "See that a worker of the queue upkeep runs and whether it logs months_not_made, or run: manage.py migrate",
        )


def messages_outside_months() -> Iterator[Finding]:
    ends = partitions.ends_of_default()
    if ends:
        yield Finding(
            "",
            "The default partition of messages holds rows. They are safe, but no retention drops them.",
            "Compare the clocks of the machines, with manage.py doctor; old rows get a partition within the hour.",
        )


ABOUT_MONTHS: dict[str, Callable[[], Iterator[Finding]]] = {
    "month_missing": month_missing,
    "messages_outside_months": messages_outside_months,
}
