import json
import shlex
from pathlib import Path

from smsgateway.local.banner import Access, banner, curl_line

ACCESS = Access("admin", "secret", "demo", "sk_1", fresh=True)


def test_the_curl_line_is_one_command_with_key_and_json() -> None:
    words = shlex.split(curl_line("http://127.0.0.1:8000", "sk_1"))
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:8000/api/v1/messages"]
    assert "Authorization: Bearer sk_1" in words
    assert json.loads(words[-1])["to"] == "13800000001"


def test_the_banner_has_what_a_newcomer_needs() -> None:
    text = banner(ACCESS, "http://127.0.0.1:8000", "http://127.0.0.1:7862/sms", Path("/home/logs"))
    for piece in (
        "/api/v1/docs/",
        "/admin/   admin / secret",
        "sk_1",
        "http://127.0.0.1:7862/sms",
        "/home/logs",
    ):
        assert piece in text


def test_a_key_that_cannot_be_shown_again_is_not_invented() -> None:
    text = banner(Access("admin", "secret", None, None, fresh=False), "http://x", None, Path("/logs"))
    assert "manage.py create_application" in text
