from pathlib import Path

import pytest

from smsgateway.local.home import Home
from smsgateway.local.programs import Programs


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAFF_TOTP", raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_printed_login_works_at_once_where_nobody_else_can_use_it(host: str, tmp_path: Path) -> None:
    assert Programs(Home(tmp_path)).web(host, 8000).environment["STAFF_TOTP"] == "optional"


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.8", "::", "sms.internal"])
def test_a_service_for_others_asks_for_a_second_factor(host: str, tmp_path: Path) -> None:
    assert "STAFF_TOTP" not in Programs(Home(tmp_path)).web(host, 8000).environment


def test_what_is_set_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_TOTP", "required")
    assert Programs(Home(tmp_path)).web("127.0.0.1", 8000).environment["STAFF_TOTP"] == "required"
