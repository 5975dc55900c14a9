"""A pytest plugin: tests marked `fault("E3", …)` show rows of FAULTS, keep its invariants, and make up its table.

After every such test the invariants are checked on its database and, where it used the simulator, on the gateway's
ledger. With `--faults-table` the run ends with one line per row, and is red when anything failed, was lost or was
sent twice silently.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from django.db import connection

from tests.faults.existing import EXISTING
from tests.faults.invariants import Findings, check
from tests.faults.rows import NOT_RUN, ROWS

TALLY, MEASURED = "fault_tally", "fault_measured"
BENDING = {"rows_with", "rows_without", "answer_with"}  # the simulator took it, and its answer says otherwise
DATABASES = ("db", "transactional_db", "live_server")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults-table", action="store_true", help="print what became of each row of FAULTS")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(*ids): shows these rows of FAULTS; its invariants are checked")
    config.addinivalue_line(
        "markers", "slow: takes more than a moment; `make faults` runs it, `make test` does not"
    )
    config.pluginmanager.register(Table(config), "faults-table")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in EXISTING, before `-m` chooses."""
    for item in items:
        for beginning, ids in EXISTING.items():
            if item.nodeid.startswith(beginning):
                item.add_marker(pytest.mark.fault(*ids))


def rows_of(item: pytest.Item) -> tuple[str, ...]:
    """Name the rows a test shows, each once."""
    ids = tuple(dict.fromkeys(row for mark in item.iter_markers("fault") for row in mark.args))
    if unknown := set(ids) - ROWS.keys():
        raise pytest.UsageError(f"{item.nodeid}: FAULTS has no row {', '.join(sorted(unknown))}")
    return ids


@pytest.fixture(autouse=True)
def invariants(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check the invariants at the end of a test that shows a fault, while its database is still there."""
    if not rows_of(request.node):
        yield
        return
    uses_database = request.node.get_closest_marker("django_db") or set(DATABASES) & set(request.fixturenames)
    if uses_database:
        request.getfixturevalue("_django_db_helper")
    simulator = request.getfixturevalue("simulator") if "simulator" in request.fixturenames else None
    scripted = _listen(simulator)
    yield
    if uses_database:
        findings = check(_query, simulator and simulator.ledger(), rows_were_bent=bool(BENDING & scripted))
        report(request.node, findings)


def _listen(simulator: Any) -> set[str]:
    """Remember the names of the faults that a test scripts."""
    names: set[str] = set()
    if simulator is not None:
        real = type(simulator).script.__get__(simulator)

        def script(*faults: Any) -> None:
            names.update(fault["fault"] for fault in faults)
            real(*faults)

        simulator.script = script
    return names


def _query(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def report(item: pytest.Item, findings: Findings) -> None:
    """Count what a test found, for the table, and let it fail when an invariant was broken."""
    item.user_properties.append((TALLY, asdict(findings)))
    if findings.everything():
        pytest.fail("\n".join(["broken invariants:", *findings.everything()[:20]]), pytrace=False)


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Any:
    """Write down how long something took, in seconds, for the table of times; say how long it may take."""

    def write(what: str, seconds: float, most: float) -> None:
        request.node.user_properties.append((MEASURED, (what, round(seconds, 1), most)))
        assert seconds <= most, f"{what}: {seconds:.1f} s, at most {most:g} s"

    return write


@dataclass
class Test:
    """One test of one or more rows."""

    rows: tuple[str, ...]
    outcome: str = "passed"
    why: str = ""
    seconds: float = 0.0
    messages: int = 0
    lost: int = 0
    duplicates: int = 0
    measured: list[tuple[str, float, float]] = field(default_factory=list)


class Table:
    """Collects what the tests report, and prints it."""

    def __init__(self, config: pytest.Config) -> None:
        self._wanted = bool(config.getoption("--faults-table"))
        self._rows: dict[str, tuple[str, ...]] = {}
        self._tests: dict[str, Test] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._rows = {item.nodeid: ids for item in items if (ids := rows_of(item))}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not (ids := self._rows.get(report.nodeid)):
            return
        test = self._tests.setdefault(report.nodeid, Test(ids))
        test.seconds += report.duration
        if report.outcome != "passed" and test.outcome == "passed":
            test.outcome, test.why = _outcome(report)
        if report.when == "teardown":
            _add_up(test, report.user_properties)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._wanted and session.exitstatus == pytest.ExitCode.OK and self._is_red():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _is_red(self) -> bool:
        bad = ("failed", "known defect")
        return any(test.outcome in bad or test.lost or test.duplicates for test in self._tests.values())

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._wanted:
            for line in self._lines():
                terminalreporter.write_line(line)

    def _lines(self) -> Iterator[str]:
        tests_of: dict[str, list[tuple[str, Test]]] = defaultdict(list)
        for name, test in self._tests.items():
            for row in test.rows:
                tests_of[row].append((name, test))
        yield ""
        yield f"{'row':<4} {'fault':<58} {'outcome':<13} {'tests':>5} {'msgs':>6} {'lost':>4} {'dup':>4} {'s':>6}"
        for row, title in ROWS.items():
            yield from _row_lines(row, title, tests_of.get(row, []))
        yield from self._times()
        yield self._sums(tests_of)

    def _times(self) -> Iterator[str]:
        times = [time for test in self._tests.values() for time in test.measured]
        if times:
            yield ""
            yield f"{'back to work after':<70} {'s':>6} {'at most':>8}"
        for what, seconds, most in times:
            yield f"{what:<70} {seconds:>6.1f} {most:>8g}"

    def _sums(self, tests_of: dict[str, list[tuple[str, Test]]]) -> str:
        run = [row for row, tests in tests_of.items() if any(test.outcome != "not run" for _, test in tests)]
        red = [row for row, tests in tests_of.items() if _worst(tests)[0] in {"failed", "known defect"}]
        every = self._tests.values()
        return (
            f"\n{len(run)} of {len(ROWS)} rows run, {len(red)} not as they should be; {len(every)} tests, "
            f"{sum(t.messages for t in every)} messages, {sum(t.lost for t in every)} lost, "
            f"{sum(t.duplicates for t in every)} silent duplicates"
        )


def _outcome(report: pytest.TestReport) -> tuple[str, str]:
    if report.outcome == "failed":
        return "failed", ""
    if hasattr(report, "wasxfail"):
        return "known defect", report.wasxfail
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return "not run", why.removeprefix("Skipped: ")


def _add_up(test: Test, properties: Sequence[tuple[str, Any]]) -> None:
    for name, value in properties:
        if name == TALLY:
            test.messages += value["messages"]
            test.lost += len(value["lost"])
            test.duplicates += len(value["duplicates"])
        elif name == MEASURED:
            test.measured.append(value)


def _worst(tests: Sequence[tuple[str, Test]]) -> tuple[str, str]:
    """A row is as good as its worst test; one that was skipped does not count while another ran."""
    if not tests:
        return "not run", ""
    rank = {"failed": 0, "known defect": 1, "passed": 2, "not run": 3}
    worst = min((test for _name, test in tests), key=lambda test: rank[test.outcome])
    return worst.outcome, worst.why


def _row_lines(row: str, title: str, tests: Sequence[tuple[str, Test]]) -> Iterator[str]:
    outcome, why = _worst(tests)
    messages, lost = sum(t.messages for _, t in tests), sum(t.lost for _, t in tests)
    duplicates, seconds = sum(t.duplicates for _, t in tests), sum(t.seconds for _, t in tests)
    numbers = f"{len(tests):>5} {messages:>6} {lost:>4} {duplicates:>4} {seconds:>6.1f}" if tests else ""
    yield f"{row:<4} {title:<58} {outcome:<13} {numbers}".rstrip()
    names = list(dict.fromkeys(name.partition("[")[0] for name, _ in tests))
    yield from (f"     {name}" for name in names)
    if outcome in {"not run", "known defect"}:
        yield f"     because: {why or NOT_RUN.get(row, 'NO TEST AND NO REASON')}"
