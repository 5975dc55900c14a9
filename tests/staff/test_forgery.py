"""Pages of others can neither press our buttons nor frame us (FAULTS F17)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiKey
from accounts.services import create_application

PAGES = (
    "/admin/",
    "/admin/login/",
    "/admin/accounts/apikey/",
    "/admin/auth/user/second-factor/",
    "/admin/nowhere/",
)


@pytest.fixture
def desk(boss: User) -> Client:
    """A browser that checks tokens, as real ones make the service do."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    return client


@pytest.fixture
def key(db: None) -> ApiKey:
    return create_application("shop")[0].api_keys.get()


def revoke(key: ApiKey) -> dict[str, object]:
    return {"action": "revoke", "_selected_action": [key.pk]}


@pytest.mark.fault("F17")
def test_an_action_without_our_token_is_refused(desk: Client, key: ApiKey) -> None:
    assert desk.post("/admin/accounts/apikey/", revoke(key)).status_code == 403
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.fault("F17")
def test_an_action_of_another_origin_is_refused(desk: Client, key: ApiKey) -> None:
    desk.get("/admin/login/")
    desk.get("/admin/accounts/apikey/")
    token = desk.cookies["csrftoken"].value
    body = revoke(key) | {"csrfmiddlewaretoken": token}
    answer = desk.post("/admin/accounts/apikey/", body, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert desk.post("/admin/accounts/apikey/", body).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.fault("F17")
@pytest.mark.parametrize(
    "path", ["/admin/login/", "/admin/logout/", "/admin/auth/user/second-factor/", "/i18n/setlang/"]
)
def test_no_form_takes_a_post_without_a_token(path: str, desk: Client) -> None:
    assert desk.post(path, {"username": "boss", "code": "123456", "language": "en"}).status_code == 403


@pytest.mark.fault("F17")
@pytest.mark.parametrize("path", PAGES)
def test_no_page_may_be_framed(path: str, desk: Client) -> None:
    answer = desk.get(path)
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.fault("F17")
def test_cookies_stay_away_from_scripts_and_from_other_sites(desk: Client) -> None:
    desk.get("/admin/login/")
    session = desk.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
