import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error, run_checks
from django.test import override_settings

CHECKOUT = Path(__file__).resolve().parents[2]
GOOD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
PRODUCTION = {
    "ALLOWED_HOSTS": LOOPBACK,
    "DATABASE_URL": "postgres://db/sms",
    "DEBUG": False,
    "FIELD_ENCRYPTION_KEYS": [GOOD_KEY],
    "REDIS_URL": "redis://bell/0",
    "SECRET_KEY": "w7Jq-2fVnX0pZr_8sKbYtE4mLdGhA1uC9oWiNxR3",
    "STAFF_IDLE_MINUTES": 60.0,
    "STAFF_SESSION_HOURS": 12.0,
    "STAFF_RESET_HOURS": 24.0,
    "STAFF_TOTP": "required",
    "USE_HTTPS": False,
}


def found(**wrong: Any) -> list[str]:
    """The ids of what is said about production's settings with these in their place."""
    with override_settings(**(PRODUCTION | wrong)):
        return sorted(str(message.id) for message in run_checks(tags=["smsgateway"]))


def test_nothing_is_said_about_good_settings() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"SECRET_KEY": ""}, "E001"),
        ({"DATABASE_URL": ""}, "E002"),
        ({"FIELD_ENCRYPTION_KEYS": []}, "E003"),
        ({"FIELD_ENCRYPTION_KEYS": ["short"]}, "E003"),
        ({"FIELD_ENCRYPTION_KEYS": [GOOD_KEY, GOOD_KEY[:-4]]}, "E003"),
        ({"ATTEMPT_LEASE_SECONDS": 15.0}, "E004"),
        ({"ATTEMPT_LEASE_SECONDS": 16.9}, "E004"),
        ({"ATTEMPT_LEASE_SECONDS": float("nan")}, "E004"),
        ({"UPSTREAM_DEADLINE_SECONDS": 50.0}, "E004"),
        ({"UPSTREAM_DEADLINE_SECONDS": 0.0}, "E005"),
        ({"UPSTREAM_CONNECT_SECONDS": -1.0}, "E005"),
        ({"REPORT_POLL_SECONDS": 0.0}, "E005"),
        ({"MO_POLL_SECONDS": -5.0}, "E005"),
        ({"BALANCE_POLL_SECONDS": float("inf")}, "E005"),
        ({"FETCH_PAGE_SIZE": 9}, "E006"),
        ({"FETCH_PAGE_SIZE": 10_001}, "E006"),
        ({"DEBUG": True, "ALLOWED_HOSTS": ["10.0.0.8"]}, "E007"),
        ({"RETENTION_MONTHS": -1}, "E008"),
        ({"OTP_CONNECTION_SHARE": -0.1}, "E009"),
        ({"OTP_CONNECTION_SHARE": 20.0}, "E009"),
        ({"OTP_CONNECTION_SHARE": float("nan")}, "E009"),
        ({"DEBUG": True, "ALLOWED_HOSTS": [*LOOPBACK, "web"]}, "E007"),
        ({"TRUSTED_PROXY_HOPS": -1}, "E010"),
        ({"MAX_BACKLOG_MESSAGES": -1}, "E010"),
        ({"REMEMBER_SECONDS": 5.0}, "E010"),
        ({"REMEMBER_SECONDS": -1.0}, "E010"),
        ({"REDIS_URL": ""}, "W001"),
        ({"ALLOWED_HOSTS": ["*"]}, "E012"),
        ({"SECRET_KEY": "short"}, "E011"),
        ({"SECRET_KEY": "x" * 50}, "E011"),
        ({"SECRET_KEY": f"django-insecure-{PRODUCTION['SECRET_KEY']}"}, "E011"),
        ({"STAFF_TOTP": "no"}, "E013"),
        ({"STAFF_IDLE_MINUTES": 0.0}, "E014"),
        ({"STAFF_SESSION_HOURS": float("nan")}, "E014"),
        ({"STAFF_RESET_HOURS": 0.0}, "E014"),
        ({"STAFF_TOTP": "optional", "ALLOWED_HOSTS": ["10.0.0.8"]}, "W002"),
        ({"ALLOWED_HOSTS": ["sms.example.com"]}, "W003"),
        ({"ALLOWED_HOSTS": [*LOOPBACK, ".example.com"]}, "W003"),
        ({"ALLOWED_HOSTS": ["8.8.8.8"]}, "W003"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], expected: str) -> None:
    assert found(**wrong) == [f"smsgateway.{expected}"]


@pytest.mark.parametrize(
    "right",
    [
        {"FIELD_ENCRYPTION_KEYS": [GOOD_KEY, GOOD_KEY]},
        {"ATTEMPT_LEASE_SECONDS": 17.0},
        {"FETCH_PAGE_SIZE": 10},
        {"OTP_CONNECTION_SHARE": 0.0},
        {"OTP_CONNECTION_SHARE": 1.0},
        {"FETCH_PAGE_SIZE": 10_000},
        {"DEBUG": True},
        {"STAFF_TOTP": "optional"},
        {"DEBUG": True, "ALLOWED_HOSTS": [*LOOPBACK, "127.0.0.9", "shop.localhost"]},
        {"ALLOWED_HOSTS": ["web", "10.0.0.8", "[fd00::8]", "sms.internal", ".lan"]},
        {"ALLOWED_HOSTS": ["sms.example.com"], "USE_HTTPS": True},
    ],
)
def test_what_is_right_is_left_alone(right: dict[str, Any]) -> None:
    assert found(**right) == []


def test_public_debug_is_said_beside_any_host() -> None:
    assert found(DEBUG=True, ALLOWED_HOSTS=["*"]) == ["smsgateway.E007", "smsgateway.E012"]


def test_no_message_shows_a_secret() -> None:
    with override_settings(**(PRODUCTION | {"FIELD_ENCRYPTION_KEYS": ["nearly-a-key"]})):
        (message,) = run_checks(tags=["smsgateway"])
    assert isinstance(message, Error)
    assert "nearly-a-key" not in f"{message.msg} {message.hint}"


def test_a_command_with_nothing_set_says_everything_at_once(tmp_path: Path) -> None:
    nothing = {
        "DATABASE_URL": "",
        "FIELD_ENCRYPTION_KEYS": "",
        "PATH": os.environ["PATH"],
        "REDIS_URL": "",
        "SECRET_KEY": "",
        "SMSGATEWAY_HOME": str(tmp_path),
    }
    check = (sys.executable, "manage.py", "check")
    said = subprocess.run(check, cwd=CHECKOUT, env=nothing, capture_output=True, text=True)
    assert said.returncode == 1
    for number in ("E001", "E002", "E003", "W001"):
        assert f"smsgateway.{number}" in said.stderr
