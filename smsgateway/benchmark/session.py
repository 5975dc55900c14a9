"""A session: every case so often, C beside each rate, and what came of it."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from smsgateway.benchmark.cases import CASES, MEMORY, STATEMENTS, C, Case
from smsgateway.benchmark.processes import Memory
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes
from smsgateway.benchmark.yardstick import Yardstick


@dataclass(frozen=True)
class Reading:
    """One run's value of a figure, with C as it was around it, and the load's share of the machine's processors."""

    value: float
    c: float | None = None
    load: float | None = None


@dataclass
class Results:
    """What a session found."""

    readings: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    yardsticks: list[float] = field(default_factory=list)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)  # by case and kind of process, in seconds
    memory: dict[str, Memory] = field(default_factory=dict)


class Session:
    """One pass over the chosen cases on a rig that runs."""

    def __init__(self, rig: Rig, yardstick: Yardstick, sizes: Sizes, runs: int, names: Sequence[str]) -> None:
        self._rig = rig
        self._yardstick = yardstick
        self._sizes = sizes
        self._runs = runs
        self._names = names
        self._c_beside: float | None = None
        self.results = Results()

    def count_statements(self) -> None:
        """To be called before the rig's workers start."""
        if STATEMENTS in self._names:
            with self._rig.step("statements"):
                for figure, value in self._rig.count_statements().items():
                    self.results.readings[figure].append(Reading(value))

    def run(self, *, only_rates: bool = False) -> Results:
        """Take every figure, or the rates only; raises LocalError when messages are missing."""
        with self._rig.step("Warming up"):
            self._rig.warm_up()
        if C in self._names:
            self._c_now()
        for case in CASES:
            if case.name in self._names and (case.rate or not only_rates):
                self._repeat(case)
        if MEMORY in self._names:
            self.results.memory = self._rig.memory()
        return self.results

    def _repeat(self, case: Case) -> None:
        for run in range(1, self._runs + 1):
            before = self._c_now() if case.rate else None
            self._c_beside = None
            with self._rig.step(f"{case.name}, run {run} of {self._runs}"):
                found = case.measure(self._rig, self._sizes)
            after = self._c_now() if case.rate else None
            self._keep(found, statistics.mean([before, after]) if before and after else None)
            self._add_cpu(case)

    def _c_now(self) -> float:
        """C after one run is C before the next."""
        if self._c_beside is None:
            self._c_beside = self._measure_c()
        return self._c_beside

    def _measure_c(self) -> float:
        with self._rig.step("C"):
            c = self._yardstick.measure()
        self.results.yardsticks.append(c)
        return c

    def _keep(self, found: dict[str, float], c: float | None) -> None:
        load = found.pop("load", None)
        for figure, value in found.items():
            self.results.readings[figure].append(Reading(value, c, load))

    def _add_cpu(self, case: Case) -> None:
        sums = self.results.cpu.setdefault(case.name, {})
        for name, seconds in self._rig.cpu_used.items():
            sums[name] = sums.get(name, 0.0) + seconds
