"""Units that this process has reserved and not spent yet."""

import atexit
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

import structlog
from django.db import connection

from accounts.models import Application
from accounts.quotas import counting
from accounts.quotas.counting import Exceeded, Period, Taken

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0


@dataclass(frozen=True)
class Reservation:
    """Units that one request spends, unless it gives them back."""

    application_id: int
    period: Period
    count: int


@dataclass
class Desk:
    """One application's units here. Who takes more waits for nobody but this application's others."""

    application_id: int
    lock: Lock = field(default_factory=Lock)
    units: Counter[Period] = field(default_factory=Counter)
    period: Period | None = None
    ends_at: float = 0.0  # by the monotonic clock, and never later than the database's
    moved_at: float = 0.0

    def spend(self, count: int) -> Period:
        """Spend units of the present period; take those that are missing. Raises `Exceeded`."""
        while True:
            period = self.period if time.monotonic() < self.ends_at else None
            own = self.units[period] if period else 0
            if period and own >= count:
                self.units[period] -= count
                return period
            self._add(count - own, own)

    def _add(self, missing: int, own: int) -> None:
        began = time.monotonic()
        try:
            taken: Taken = counting.take(self.application_id, missing, blocks=True)
        except Exceeded as error:
            error.left += own
            raise
        self.period, self.ends_at = taken.period, began + taken.ends_after
        self.put(taken.period, taken.units)

    def put(self, period: Period, count: int) -> None:
        self.units[period] += count
        self.moved_at = time.monotonic()

    def is_idle(self) -> bool:
        return time.monotonic() - self.moved_at >= IDLE_SECONDS

    def return_units(self) -> None:
        """Give everything back to the database. What broke off may have been given back, so it is not tried again."""
        with self.lock:
            connection.ensure_connection()  # while it is away, nothing is lost
            while self.units:
                period, count = self.units.popitem()
                if count:
                    counting.give_back(self.application_id, period, count)


class Desks:
    """Every application's units here, and the thread that takes back what lies idle."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._desks: dict[int, Desk] = {}
        self._returning = False

    def of(self, application_id: int) -> Desk:
        with self._lock:
            return self._desks.setdefault(application_id, Desk(application_id))

    def watch(self) -> None:
        """Have what lies idle returned; the thread ends when nothing is left to return."""
        with self._lock:
            if not self._returning:
                self._returning = True
                threading.Thread(target=self._return_for_a_while, name="quotas", daemon=True).start()

    def _return_for_a_while(self) -> None:
        while self._is_needed():
            time.sleep(IDLE_SECONDS / 2)
            try:
                self.return_units(only_idle=True)
            except Exception as error:  # noqa: BLE001  the outermost door of a thread: the database comes back
                log.warning("quota_units_not_returned", reason=type(error).__name__)
            finally:
                connection.close()

    def _is_needed(self) -> bool:
        with self._lock:
            self._returning = any(any(desk.units.values()) for desk in self._desks.values())
            return self._returning

    def return_units(self, *, only_idle: bool) -> None:
        with self._lock:
            desks = list(self._desks.values())
        for desk in desks:
            if not only_idle or desk.is_idle():
                desk.return_units()


_desks = Desks()


def has_quota(application: Application) -> bool:
    return application.daily_quota is not None or application.monthly_quota is not None


def reserve(application: Application, count: int) -> Reservation | None:
    """Reserve units for so many messages of an application that has a quota; raise `Exceeded`, having taken nothing.

    Inside a transaction exactly those units are taken in it, and its rollback is what gives them back.
    """
    if not has_quota(application):
        return None
    if connection.in_atomic_block:
        counting.take(application.pk, count, blocks=False)
        return None
    desk = _desks.of(application.pk)
    with desk.lock:
        reservation = Reservation(application.pk, desk.spend(count), count)
        unspent = any(desk.units.values())
    if unspent:
        _desks.watch()
    return reservation


def give_back(reservation: Reservation | None) -> None:
    """Give back the units of a request that has certainly stored nothing."""
    if reservation is None:
        return
    desk = _desks.of(reservation.application_id)
    with desk.lock:
        desk.put(reservation.period, reservation.count)
    _desks.watch()


def _return_at_exit() -> None:
    try:
        _desks.return_units(only_idle=False)
    except Exception as error:  # noqa: BLE001  a process that ends must end
        log.warning("quota_units_not_returned", reason=type(error).__name__)


def _start_anew() -> None:
    """A child process has no units: its parent keeps them."""
    global _desks  # noqa: PLW0603
    _desks = Desks()


atexit.register(_return_at_exit)
os.register_at_fork(after_in_child=_start_anew)
