"""Labels are words of the reader's language, in lists and on the page of one row."""

import re

import pytest

from accounts.ledger import open_purse, top_up
from accounts.logins import create_gateway_login
from accounts.models import ApiKey, Application, Posting
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


@pytest.mark.parametrize(("language", "word"), [("en", "notification"), ("zh-hans", "通知")])
def test_the_category_of_a_login_is_a_word(desk, language, word):
    application, _key = create_application("shop", environment="sandbox")
    create_gateway_login(application, account="922011", password="secret", extnos=["10690"])
    shown = desk.get("/admin/accounts/gatewaylogin/", headers={"Accept-Language": language}).content.decode()
    assert re.search(rf"field-shown_category[^>]*>\s*{word}\s*<", shown)


def test_a_posting_is_named_by_when_and_what_and_not_by_a_bare_number(desk):
    application, _key = create_application("shop", environment="sandbox")
    open_purse(application, charge_type="PRECHARGE", price_per_part=45)
    top_up(application.pk, 44_000, reason="payment 4711", posted_by="boss")
    posting = Posting.objects.get(side="purse")
    for language, kind in (("en", "top-up"), ("zh-hans", "充值")):
        page = f"/admin/accounts/posting/{posting.pk}/change/"
        shown = desk.get(page, headers={"Accept-Language": language}).content.decode()
        assert f"· {kind}" in shown
        assert "44000" not in shown
