"""From readings to the lines of the table: medians, ratios, verdicts."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from smsgateway.benchmark.figures import FIGURES, FILLED_AIM_FOR, FILLED_AT_LEAST, Figure, Unit
from smsgateway.benchmark.session import Reading, Results

AIM, PASS, FAIL, NONE = "aim", "pass", "FAIL", ""


@dataclass(frozen=True)
class Line:
    """One figure: `value` is the median of the runs, `ratio` that of the ratios to the C beside each run."""

    figure: Figure
    value: float
    ratio: float | None
    spread: float  # from the least to the most of the runs, as a part of the median
    load: float | None
    at_least: float | None
    aim_for: float | None
    verdict: str
    runs: tuple[Reading, ...]


def lines_of(results: Results) -> list[Line]:
    """The lines of the figures that were taken, in the table's order."""
    return [_line(figure, results) for figure in FIGURES if results.readings.get(figure.name)]


def _line(figure: Figure, results: Results) -> Line:
    runs = results.readings[figure.name]
    ratios = [run.value / run.c for run in runs if run.c and figure.unit is Unit.RATE]
    judged = ratios or [run.value for run in runs]
    middle = statistics.median(judged)
    loads = [run.load for run in runs if run.load is not None and figure.unit is Unit.RATE]
    aim_for = _aim(figure, results)
    return Line(
        figure=figure,
        value=statistics.median(run.value for run in runs),
        ratio=statistics.median(ratios) if ratios else None,
        spread=spread(judged),
        load=statistics.median(loads) if loads else None,
        at_least=figure.at_least,
        aim_for=aim_for,
        verdict=verdict(middle, figure.at_least, aim_for, more_is_better=figure.unit is Unit.RATE),
        runs=tuple(runs),
    )


def _aim(figure: Figure, results: Results) -> float | None:
    if figure.aim_for is None or figure.aim_for_times is None:
        return figure.aim_for
    others = results.readings.get(figure.aim_for_times)
    return figure.aim_for * statistics.median(other.value for other in others) if others else None


def spread(values: list[float]) -> float:
    """How far values lie apart, as a part of their median."""
    return (max(values) - min(values)) / (statistics.median(values) or 1.0)


def verdict(value: float, at_least: float | None, aim_for: float | None, *, more_is_better: bool) -> str:
    """What a value is worth; nothing where nothing is asked."""
    if at_least is None:
        return NONE
    sign = 1 if more_is_better else -1
    if sign * value < sign * at_least:
        return FAIL
    return AIM if aim_for is not None and sign * value >= sign * aim_for else PASS


@dataclass(frozen=True)
class Filled:
    """A rate on filled tables, as a part of the same on empty ones; each in C, so the machine's mood cancels out."""

    line: Line
    against_empty: float
    verdict: str


def filled_lines(empty: Results, filled: Results) -> Iterator[Filled]:
    """The rates that both sessions have."""
    before = {line.figure.name: line.ratio for line in lines_of(empty)}
    for line in lines_of(filled):
        if line.ratio and (other := before.get(line.figure.name)):
            part = line.ratio / other
            yield Filled(line, part, verdict(part, FILLED_AT_LEAST, FILLED_AIM_FOR, more_is_better=True))
