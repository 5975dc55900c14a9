"""What tests of sending from the admin share: filling in the form."""

import re
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.admin.conftest import World

SEND = "/admin/messaging/batch/send/"


def filled(world: World, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "form": str(uuid.uuid4()), "application": world.shop.pk, "category": "notification",
        "content": "【Acme】hi", "numbers": "13800000001\n13800000002", "extno": "", "send_at": "", "expires_at": "",
        **changes,
    }  # fmt: skip


def upload(data: bytes, name: str = "numbers.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/csv")


def drafted(desk: Client, form: dict[str, Any]) -> str:
    """Send a good form; return the address of its draft."""
    answer = desk.post(SEND, form)
    assert answer.status_code == 302, errors_on(answer.content.decode())
    return str(answer["Location"])


def errors_on(page: str) -> list[str]:
    return [
        " ".join(found.split())
        for found in re.findall(r"errornote[^>]*>(.*?)</(?:div|p|ul)>", page, re.DOTALL)
    ]
