"""What is printed, and what is written for machines."""

import json

from smsgateway.benchmark.figures import FIGURES, Unit
from smsgateway.benchmark.processes import Memory
from smsgateway.benchmark.session import Reading, Results
from smsgateway.benchmark.table import document, filled_table, table


def everything():
    found = Results(yardsticks=[100_000.0, 80_000.0, 90_000.0])
    for figure in FIGURES:
        c = 90_000.0 if figure.unit is Unit.RATE else None
        found.readings[figure.name] = [Reading(9_000.0, c, load=0.015)]
    found.readings["tasks"] = [Reading(1 / 480)]
    found.cpu = {"bulk": {"web": 1.0, "postgres": 3.0}}
    found.memory = {"web": Memory(resident=200 * 2**20, shared_out=150 * 2**20, processes=3)}
    return found


def row_of(title, lines):
    return next(line for line in lines if line.startswith(title))


def test_every_figure_has_its_line():
    lines = list(table(everything()))
    assert all(any(line.startswith(figure.title) for line in lines) for figure in FIGURES)


def test_a_rate_stands_beside_c_and_its_targets():
    row = row_of("bulk, accept → mids recorded", table(everything())).split("  ")
    assert [cell.strip() for cell in row if cell.strip()] == [
        "bulk, accept → mids recorded", "9,000/s", "0.100", "0.25 C", "0.4 C", "FAIL", "1.5%",
    ]  # fmt: skip


def test_c_is_told_with_its_spread():
    assert row_of("C = ", table(everything())) == "C = 90,000 rows/s by COPY, 3 times taken, spread 22%"


def test_tasks_are_told_as_a_fraction():
    row = row_of("Celery tasks", table(everything()))
    assert "1/480" in row
    assert row.endswith("pass")


def test_processes_are_told_apart():
    lines = list(table(everything()))
    assert any(line.split() == ["bulk", "4.0", "postgres", "75%,", "web", "25%"] for line in lines)
    assert row_of("web ", lines).split() == ["web", "3", "200", "MiB", "150", "MiB"]


def test_what_was_not_taken_has_no_line():
    assert list(table(Results())) == ["figure  raw  × C  at least  aim for    spread  load's CPU"]


def test_filled_tables_have_a_table_of_their_own():
    row = row_of("report ingest alone", filled_table(everything(), everything()))
    assert row.split()[-2:] == ["1.00", "aim"]


def test_machines_get_the_same():
    written = json.loads(json.dumps(document(everything(), everything(), {"quick": True})))
    bulk = next(entry for entry in written["figures"] if entry["name"] == "bulk")
    assert (bulk["value"], bulk["ratio_to_c"], bulk["verdict"]) == (9_000.0, 0.1, "FAIL")
    assert written["about"]["quick"] is True
    assert written["c"]["median"] == 90_000.0
    assert written["memory"]["web"]["processes"] == 3
    assert {entry["ratio_to_empty"] for entry in written["filled"]} == {1.0}
