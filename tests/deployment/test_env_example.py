import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = (CHECKOUT / ".env.example").read_text()
SETTING = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
# They hold the address of a server, a secret, or a folder: there is no default that could be shown.
WITHOUT_DEFAULT = {
    "WEBHOOK_ALLOWED_NETWORKS",
    "ALERT_MAIL_TO",
    "ALERT_WEBHOOK_SECRET",
    "ALERT_WEBHOOK_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "FIELD_ENCRYPTION_KEYS",
    "REDIS_URL",
    "SECRET_KEY",
    "SMSGATEWAY_HOME",
    "SMSGATEWAY_SPOOL_DIR",
    "STATIC_ROOT",
}
# All but what only a set-up Django can show; objects by their class, not by where they lie.
SHOW = """
import re, smsgateway.settings as s
for name in sorted(set(filter(str.isupper, dir(s))) - {"UNFOLD"}):
    print(name, re.sub(" at 0x[0-9a-f]+", "", repr(getattr(s, name))))
"""


def read_by_settings() -> Iterator[str]:
    """First arguments of `env.READER("NAME", …)` and `os.environ.get("NAME")` in settings.py."""
    tree = ast.parse((CHECKOUT / "smsgateway" / "settings.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("env.", "os.environ.")):
            match node.args:
                case [ast.Constant(value=str(name)), *_]:
                    yield name


def settings_with(home: Path, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], "SMSGATEWAY_HOME": str(home), **variables}
    show = (sys.executable, "-c", SHOW)
    return subprocess.run(
        show, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_every_setting_stands_there_once_and_nothing_else() -> None:
    names = [name for name, _value in SETTING.findall(EXAMPLE)]
    assert sorted(names) == sorted(set(read_by_settings()))


@pytest.mark.skipif((CHECKOUT / ".env").exists(), reason="this checkout has settings of its own in .env")
def test_the_values_shown_are_the_defaults(tmp_path: Path) -> None:
    shown = {name: value for name, value in SETTING.findall(EXAMPLE) if value}
    assert settings_with(tmp_path, **shown) == settings_with(tmp_path)


def test_only_what_has_no_default_is_shown_empty() -> None:
    assert {name for name, value in SETTING.findall(EXAMPLE) if not value} == WITHOUT_DEFAULT


def test_a_copy_changes_nothing() -> None:
    assert all(not line or line.startswith("#") for line in EXAMPLE.splitlines())


def test_every_setting_is_explained() -> None:
    lines = EXAMPLE.splitlines()
    for before, line in pairwise(lines):
        if SETTING.match(line):
            assert before.startswith("# "), line
            assert not before.startswith("# ---"), line
