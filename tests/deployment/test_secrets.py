import shutil
import stat
import subprocess
from pathlib import Path

import yaml
from cryptography.fernet import Fernet
from environ import Env

DOCKER = Path(__file__).resolve().parents[2] / "docker"


def made(folder: Path) -> dict[str, str]:
    shutil.copy(DOCKER / "make-secrets", folder)
    subprocess.run([folder / "make-secrets"], check=True, cwd="/")
    return {file.name: file.read_text() for file in (folder / "secrets").iterdir()}


def test_secrets_fit_what_reads_them(tmp_path: Path) -> None:
    secrets = made(tmp_path)
    Fernet(secrets["field_encryption_keys"])
    database = Env.db_url_config(secrets["database_url"])
    assert database["PASSWORD"] == secrets["database_password"]
    assert min(len(secrets["secret_key"]), len(secrets["database_password"]) + 18) >= 50
    assert not any(character.isspace() for secret in secrets.values() for character in secret)


def test_the_compose_file_mounts_every_one(tmp_path: Path) -> None:
    mounted = yaml.safe_load((DOCKER / "compose.yaml").read_text())["secrets"]
    assert {parts["file"] for parts in mounted.values()} == {f"secrets/{name}" for name in made(tmp_path)}


def test_what_is_there_stays(tmp_path: Path) -> None:
    assert made(tmp_path) == made(tmp_path)


def test_the_folder_is_private_and_the_container_can_read_the_files(tmp_path: Path) -> None:
    made(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").iterdir()} == {0o644}
