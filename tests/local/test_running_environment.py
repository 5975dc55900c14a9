from base64 import urlsafe_b64decode
from pathlib import Path

from smsgateway.local.home import Home, running_environment


def test_no_home_is_an_empty_environment(tmp_path: Path) -> None:
    assert running_environment(tmp_path / "nowhere") == {}


def test_secrets_are_made_once(home: Home) -> None:
    assert home.secrets() == home.secrets()
    key = running_environment(home.folder)["FIELD_ENCRYPTION_KEYS"]
    assert len(urlsafe_b64decode(key)) == 32


def test_other_commands_find_servers_and_keys_but_no_passwords(home: Home) -> None:
    home.secrets()
    home.write("servers", {"DATABASE_URL": "postgresql://", "REDIS_URL": "redis://", "BASE_URL": "http://"})
    assert set(running_environment(home.folder)) == {
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
    }
