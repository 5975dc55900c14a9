"""How today is going: counts, rate and time against yesterday, by hour, by application and category; the failures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import span
from accounts.models import Application
from messaging import counting
from messaging.admin.wording import Explained, explained, status_label
from messaging.counting import ACCEPTED, Day, Figures, Seen, Slice
from messaging.states import Category, State

SHOWN = (ACCEPTED, State.SUBMITTED, State.DELIVERED, State.UNDELIVERED, State.REJECTED, State.UNKNOWN)
BARS = (ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.UNKNOWN)
SHORT = {ACCEPTED: _("accepted"), State.SUBMITTED: _("submitted"), State.UNKNOWN: _("outcome unknown")}
MOST_SLICES, MOST_CODES = 40, 8
LEAST_PERCENT = 2  # of a bar that shows something
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Tile:
    """One number of today, and yesterday's up to the same time."""

    label: str
    status: str
    number: str
    before: str


@dataclass(frozen=True)
class Bar:
    status: str
    percent: int


@dataclass(frozen=True)
class Hour:
    """One column of the chart; `told` says it in words."""

    label: str
    bars: list[Bar]
    told: str


@dataclass(frozen=True)
class Line:
    """One application and category."""

    application: str
    category: str
    numbers: list[str]
    rate: str
    time: str


@dataclass(frozen=True)
class Failure:
    """One code that messages got today."""

    code: Explained
    url: str
    count: str


@dataclass(frozen=True)
class Today:
    """The first page's part about the day; times are in the staff's zone."""

    zone: str
    tiles: list[Tile]
    hours: list[Hour]
    legend: list[tuple[str, str]]
    headings: list[str]
    lines: list[Line]
    failures: list[Failure]


def day_of(now: datetime) -> Day:
    """Return the staff's day so far."""
    return Day(timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0), now)


def today() -> Today:
    day = day_of(timezone.now())
    ends = day.since + timedelta(days=1)
    return Today(
        zone=settings.TIME_ZONE,
        tiles=_tiles(
            counting.figures(day, whole_last_hour=True), counting.figures(day.before, whole_last_hour=False)
        ),
        hours=_hours(day, counting.by_hour(day.since, ends)),
        legend=[(status, _label(status)) for status in BARS],
        headings=[_label(status) for status in SHOWN],
        lines=_lines(counting.by_slice(day.since, ends)),
        failures=_failures(counting.codes_seen(day.since)),
    )


def _label(status: str) -> str:
    return str(SHORT.get(status) or status_label(status))


def _tiles(now: Figures, before: Figures) -> list[Tile]:
    return [
        *(
            Tile(_label(status), status, _number(now.of(status)), _number(before.of(status)))
            for status in SHOWN
        ),
        Tile(gettext("delivery rate"), "rate", _rate(now), _rate(before)),
        Tile(gettext("time to delivery: half within"), "time", _time(now, 0.5), _time(before, 0.5)),
        Tile(gettext("time to delivery: nine in ten within"), "time", _time(now, 0.9), _time(before, 0.9)),
    ]


def _number(count: int) -> str:
    return f"{count:,}"


def _rate(figures: Figures) -> str:
    return "-" if figures.delivery_rate is None else f"{figures.delivery_rate:.1%}"


def _time(figures: Figures, share: float) -> str:
    seconds = figures.delivered_within(share)
    if seconds is None:
        return "-"
    return span(seconds) if seconds >= 10 else gettext("%(s).1f s") % {"s": seconds}


def _hours(day: Day, counted: dict[datetime, dict[str, int]]) -> list[Hour]:
    most = max((count for hour in counted.values() for count in hour.values()), default=0)
    return [_hour(day.since + HOUR * place, counted, most) for place in range(24)]


def _hour(begins: datetime, counted: dict[datetime, dict[str, int]], most: int) -> Hour:
    label = f"{timezone.localtime(begins):%H}"
    counts = counted.get(begins, {})
    told = ", ".join(f"{_label(status)} {_number(counts.get(status, 0))}" for status in BARS)
    return Hour(
        label, [Bar(status, _percent(counts.get(status, 0), most)) for status in BARS], f"{label}:00 · {told}"
    )


def _percent(count: int, most: int) -> int:
    return max(round(100 * count / most), LEAST_PERCENT) if count else 0


def _lines(slices: list[Slice]) -> list[Line]:
    names = dict(Application.objects.values_list("pk", "name"))
    largest = sorted(slices, key=lambda part: -part.figures.of(ACCEPTED))[:MOST_SLICES]
    return [
        Line(
            application=names.get(part.application_id, "-"),
            category=str(Category(part.category).label),
            numbers=[_number(part.figures.of(status)) for status in SHOWN],
            rate=_rate(part.figures),
            time=_time(part.figures, 0.5),
        )
        for part in largest
    ]


def _failures(seen: dict[tuple[str, str], Seen]) -> list[Failure]:
    counted = sorted(seen.items(), key=lambda item: (-item[1].messages, item[0]))
    told = [(explained(*key), seen.messages) for key, seen in counted[:MOST_CODES] if seen.messages]
    page = reverse("admin:code_dictionary")
    return [
        Failure(code, f"{page}?{urlencode({'q': code.code})}", _number(count)) for code, count in told if code
    ]
