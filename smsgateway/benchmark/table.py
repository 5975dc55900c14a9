"""What the person at the terminal reads, and what a machine does."""

import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from smsgateway.benchmark.figures import Unit
from smsgateway.benchmark.lines import Filled, Line, filled_lines, lines_of, spread
from smsgateway.benchmark.session import Results

HEAD = ("figure", "raw", "× C", "at least", "aim for", "", "spread", "load's CPU")
FILLED_HEAD = ("with filled tables", "raw", "× C", "of empty", "at least 0.7, aim for 0.9")
MEBIBYTE = 1024 * 1024


def table(results: Results) -> Iterator[str]:
    """The table of figures, then where the processors were and what the processes hold."""
    if results.yardsticks:
        yield f"C = {statistics.median(results.yardsticks):,.0f} rows/s by COPY, {_spread_of(results.yardsticks)}"
        yield ""
    yield from _columns([HEAD, *(_cells(line) for line in lines_of(results))])
    yield from _cpu(results)
    yield from _memory(results)


def filled_table(empty: Results, filled: Results) -> Iterator[str]:
    """The rates on filled tables beside those on empty ones."""
    yield ""
    yield from _columns([FILLED_HEAD, *(_filled_cells(line) for line in filled_lines(empty, filled))])


def document(results: Results, filled: Results | None, about: dict[str, Any]) -> dict[str, Any]:
    """The same for machines: seconds, bytes, multiples of C."""
    return {
        "about": about | {"python": platform.python_version(), "machine": platform.platform()},
        "c": {"median": _median(results.yardsticks), "runs": results.yardsticks},
        "figures": [_entry(line) for line in lines_of(results)],
        "filled": [_filled_entry(line) for line in filled_lines(results, filled)] if filled else None,
        "cpu_seconds": results.cpu,
        "memory": {name: asdict(memory) for name, memory in results.memory.items()},
    }


def _cells(line: Line) -> tuple[str, ...]:
    unit = line.figure.unit
    return (
        line.figure.title,
        _value(line.value, unit),
        _ratio(line.ratio),
        _target(line.at_least, unit),
        _target(line.aim_for, unit),
        line.verdict,
        f"{line.spread:.0%}" if len(line.runs) > 1 else "",
        f"{line.load:.1%}" if line.load is not None else "",
    )


def _value(value: float, unit: Unit) -> str:
    if unit is Unit.RATE:
        return f"{value:,.0f}/s"
    if unit is Unit.SECONDS:
        return f"{value:.3f} s"
    if unit is Unit.BYTES:
        return f"{value:,.0f} B"
    return f"1/{1 / value:.0f}" if 0 < value < 1 else f"{value:.1f}"


def _ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}"


def _target(value: float | None, unit: Unit) -> str:
    if value is None:
        return ""
    if unit is Unit.RATE:
        return f"{value:g} C"
    return ("< " if unit is Unit.SECONDS else "≤ ") + _value(value, unit)


def _filled_cells(filled: Filled) -> tuple[str, ...]:
    line = filled.line
    raw = _value(line.value, line.figure.unit)
    return (line.figure.title, raw, _ratio(line.ratio), f"{filled.against_empty:.2f}", filled.verdict)


def _cpu(results: Results) -> Iterator[str]:
    """Of the processor time that the service used, by kind of process."""
    if not results.cpu:
        return
    yield ""
    rows = [("processor time", "seconds", "shares")]
    for case, used in results.cpu.items():
        total = sum(used.values())
        shares = sorted(used.items(), key=lambda item: -item[1])
        shown = ", ".join(
            f"{name} {part / total:.0%}" for name, part in shares if total and part / total >= 0.01
        )
        rows.append((case, f"{total:.1f}", shown))
    yield from _columns(rows)


def _memory(results: Results) -> Iterator[str]:
    if not results.memory:
        return
    yield ""
    rows = [("memory", "processes", "RSS", "PSS")]
    for name, held in results.memory.items():
        rows.append((name, str(held.processes), _mebibytes(held.resident), _mebibytes(held.shared_out)))
    yield from _columns(rows)


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:.0f} MiB"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [
            cell + " " * (width - len(cell)) if place == 0 or place == len(row) - 1 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()


def _entry(line: Line) -> dict[str, Any]:
    return {
        "name": line.figure.name,
        "title": line.figure.title,
        "unit": line.figure.unit.value,
        "value": line.value,
        "ratio_to_c": line.ratio,
        "spread": line.spread,
        "load_cpu_share": line.load,
        "at_least": line.at_least,
        "aim_for": line.aim_for,
        "verdict": line.verdict,
        "runs": [asdict(run) for run in line.runs],
    }


def _filled_entry(filled: Filled) -> dict[str, Any]:
    return _entry(filled.line) | {"ratio_to_empty": filled.against_empty, "verdict": filled.verdict}


def _spread_of(values: list[float]) -> str:
    return f"{len(values)} times taken, spread {spread(values):.0%}"


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
