"""What would open the service to strangers keeps it from starting (FAULTS F15)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LOAD = "import smsgateway.wsgi; print('serves')"


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Load web as gunicorn does, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": "smsgateway.settings"}
    program = (sys.executable, "-c", LOAD)
    return subprocess.run(
        program, cwd=CHECKOUT, env=environment | variables, capture_output=True, text=True, check=False
    )


def test_right_settings_serve() -> None:
    answer = start()
    assert answer.stdout.strip() == "serves", answer.stderr


@pytest.mark.fault("F15")
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DEBUG": "true", "ALLOWED_HOSTS": "sms.example.com"}, "smsgateway.E007"),
        ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"}, "smsgateway.E011"),
        ({"SECRET_KEY": "changeme"}, "smsgateway.E011"),
        ({"ALLOWED_HOSTS": "*"}, "smsgateway.E012"),
        ({"ALLOWED_HOSTS": "*", "DEBUG": "true"}, "smsgateway.E012"),
    ],
)
def test_what_would_open_it_to_strangers_is_refused(variables: dict[str, str], said: str) -> None:
    answer = start(**variables)
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "serves" not in answer.stdout
    assert all(value not in answer.stderr for name, value in variables.items() if name == "SECRET_KEY")
