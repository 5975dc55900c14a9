"""Coloured labels of lists are plain words on the page of one row."""

import pytest

from accounts.models import ApiKey, Application
from accounts.services import create_application, revoke_api_key

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "live", "revoked"), [("en", "live", "revoked"), ("zh-hans", "有效", "已吊销")]
)
def test_the_state_of_a_key_is_a_word(desk, language, live, revoked):
    create_application("shop", environment="sandbox")
    key, application = ApiKey.objects.get(), Application.objects.get()

    def words(address):
        return desk.get(address, headers={"Accept-Language": language}).content.decode()

    pages = (
        f"/admin/accounts/apikey/{key.pk}/change/",
        f"/admin/accounts/application/{application.pk}/change/",
    )
    for page in pages:
        assert f">{live}<" in "".join(words(page).split())
    revoke_api_key(key.prefix)
    for page in pages:
        assert f">{revoked}<" in "".join(words(page).split())
    assert revoked in words("/admin/accounts/apikey/")
