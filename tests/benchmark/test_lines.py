"""From readings to verdicts."""

import pytest

from smsgateway.benchmark.figures import BY_NAME
from smsgateway.benchmark.lines import filled_lines, lines_of, verdict
from smsgateway.benchmark.session import Reading, Results


def results(**readings):
    found = Results()
    for name, runs in readings.items():
        found.readings[name.replace("_", "-")] = runs
    return found


def line(name, **readings):
    return next(line for line in lines_of(results(**readings)) if line.figure.name == name)


def test_a_ratio_is_to_the_c_beside_its_run():
    found = line("bulk", bulk=[Reading(20_000, 100_000), Reading(30_000, 60_000), Reading(15_000, 50_000)])
    assert found.value == 20_000
    assert found.ratio == pytest.approx(0.3)
    assert found.spread == pytest.approx((0.5 - 0.2) / 0.3)
    assert found.verdict == "pass"


@pytest.mark.parametrize(
    ("value", "at_least", "aim_for", "more_is_better", "expected"),
    [
        (0.44, 0.45, 0.7, True, "FAIL"),
        (0.45, 0.45, 0.7, True, "pass"),
        (0.7, 0.45, 0.7, True, "aim"),
        (1.01, 1.0, 0.5, False, "FAIL"),
        (0.9, 1.0, 0.5, False, "pass"),
        (0.5, 1.0, 0.5, False, "aim"),
        (0.5, 1.0, None, False, "pass"),
        (0.5, None, None, True, ""),
    ],
)
def test_verdicts(value, at_least, aim_for, more_is_better, expected):
    assert verdict(value, at_least, aim_for, more_is_better=more_is_better) == expected


def test_a_count_is_judged_by_itself_though_c_was_taken_beside_it():
    found = line("tasks", tasks=[Reading(1 / 300, 100_000)])
    assert found.ratio is None
    assert found.verdict == "FAIL"
    assert line("tasks", tasks=[Reading(1 / 500, 100_000)]).verdict == "aim"


def test_otp_behind_a_backlog_aims_at_three_times_idle():
    behind = {"otp_backlog_p99": [Reading(0.29)]}
    assert line("otp-backlog-p99", otp_idle_p99=[Reading(0.1)], **behind).verdict == "aim"
    assert line("otp-backlog-p99", otp_idle_p99=[Reading(0.09)], **behind).verdict == "pass"
    assert line("otp-backlog-p99", **behind).aim_for is None


def test_filled_tables_are_compared_by_ratios():
    empty = results(bulk=[Reading(30_000, 100_000)], reports=[Reading(1, 10)])
    filled = results(bulk=[Reading(12_000, 50_000)])
    (only,) = filled_lines(empty, filled)
    assert only.line.figure is BY_NAME["bulk"]
    assert only.against_empty == pytest.approx(0.8)
    assert only.verdict == "pass"
