import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags
from django_otp.oath import TOTP

from accounts.encryption import encrypt
from accounts.models import Phone as Device

PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """The real ones take half a second for each login."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


class Browser:
    """Somebody at an address, who types into the login page."""

    def __init__(self, address: str = "192.0.2.1", **headers: str) -> None:
        self.client = Client(REMOTE_ADDR=address)
        self.headers = headers

    def log_in(self, name: str = "boss", password: str = PASSWORD, code: str = "") -> Any:
        typed = {"username": name, "password": password, "code": code, "next": "/admin/"}
        return self.client.post("/admin/login/", typed, headers=self.headers)

    def open(self, path: str = "/admin/") -> Any:
        return self.client.get(path, headers=self.headers)

    def is_in(self) -> bool:
        return self.open().status_code == 200


@pytest.fixture
def browser() -> Callable[..., Browser]:
    return Browser


class Phone:
    """An authenticator app. Each code is one that was not shown before: a step is 30 s, and one ahead is taken."""

    def __init__(self, key: str) -> None:
        self.key = bytes.fromhex(key)

    def code(self, steps: int = 0) -> str:
        totp = TOTP(self.key)
        totp.time = time.time() + 30 * steps
        return f"{totp.token():06d}"

    def wrong_code(self) -> str:
        right = {self.code(steps) for steps in range(-2, 4)}
        return next(code for code in map(str, range(100_000, 100_020)) if code not in right)


@pytest.fixture
def phone(boss: User) -> Phone:
    """The phone of `boss`, set up."""
    key = secrets.token_hex(20)
    Device.objects.create(user=boss, name="phone", key=encrypt(key))
    return Phone(key)


def words_of(answer: Any) -> str:
    """What a person reads on a page."""
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))
