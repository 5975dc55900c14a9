"""Money by hand: who may, how often, and what is refused."""

import csv
import io
import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.encryption import decrypt
from accounts.ledger import open_purse
from accounts.models import DayClosing, ExtnoLease, GatewayLogin, Posting, Purse
from accounts.services import create_application
from tests.admin.conftest import World, books
from tests.roles import make_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse(world: World) -> Purse:
    return open_purse(world.shop, charge_type="PRECHARGE", price_per_part=45)


def staff_of(role: str) -> Client:
    make_roles()
    user = User.objects.create_user(role, password=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def form(browser: Client, purse: Purse, page: str = "top-up", **typed: Any) -> Any:
    """Open the page and send what stands in it, with what is typed."""
    path = f"/admin/accounts/purse/{purse.pk}/{page}/"
    answer = browser.get(path)
    if answer.status_code != 200:
        return answer
    token = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    assert token
    return browser.post(path, {"token": token[1], "reason": "payment 4711", **typed}, follow=True)


def balance() -> int:
    return Purse.objects.get().balance


def test_finance_tops_up_in_yuan_with_a_reason(purse: Purse) -> None:
    answer = form(staff_of("finance"), purse, amount="12.345")
    assert "Topped up by 12.345 CNY." in answer.content.decode()
    entry = Posting.objects.get(side="purse")
    told = (entry.kind, entry.amount, entry.reason, entry.posted_by)
    assert told == ("top_up", 12_345, "payment 4711", "finance")
    assert balance() == 12_345


def test_the_same_form_sent_twice_posts_once(purse: Purse) -> None:
    browser, token = staff_of("finance"), str(uuid.uuid4())
    form(browser, purse, amount="1", token=token)
    answer = form(browser, purse, amount="1", token=token)
    assert "it is posted once" in answer.content.decode()
    assert balance() == 1000


@pytest.mark.parametrize("role", ["viewer", "operator", "security"])
@pytest.mark.parametrize("page", ["top-up", "correct"])
def test_others_move_no_money(purse: Purse, role: str, page: str) -> None:
    browser = staff_of(role)
    path = f"/admin/accounts/purse/{purse.pk}/{page}/"
    said = {"amount": "1", "reason": "payment 4711", "token": str(uuid.uuid4())}
    assert browser.get(path).status_code == 403
    assert browser.post(path, said).status_code == 403
    assert balance() == 0


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("top-up", {"amount": "-1"}),
        ("top-up", {"amount": "0"}),
        ("top-up", {"amount": "0.0001"}),
        ("top-up", {"amount": "NaN"}),
        ("top-up", {"amount": "1", "reason": ""}),
        ("top-up", {"amount": "1", "token": "x"}),
        ("correct", {"amount": "0"}),
        ("correct", {"amount": "-0.001"}),
    ],
)
def test_what_makes_no_sense_posts_nothing(
    purse: Purse, desk: Client, page: str, typed: dict[str, str]
) -> None:
    assert form(desk, purse, page, **typed).status_code == 200
    assert not Posting.objects.exists()


def test_a_correction_takes_with_a_minus(purse: Purse, desk: Client) -> None:
    form(desk, purse, amount="2")
    form(desk, purse, "correct", amount="-0.5")
    assert balance() == 1500


def change(browser: Client, purse: Purse, **terms: Any) -> Any:
    said = {"charge_type": "POSTCHARGE", "credit_line": "", "price_per_part": "45", **terms}
    return browser.post(f"/admin/accounts/purse/{purse.pk}/change/", said)


def test_terms_are_changed_and_the_balance_is_not(purse: Purse, desk: Client) -> None:
    form(desk, purse, amount="2")
    assert change(desk, purse, price_per_part="50", credit_line="1000", balance="9999999").status_code == 302
    purse.refresh_from_db()
    told = (purse.charge_type, purse.price_per_part, purse.credit_line, purse.balance)
    assert told == ("POSTCHARGE", 50, 1000, 2000)


def test_terms_that_the_balance_breaks_are_explained(purse: Purse, desk: Client) -> None:
    change(desk, purse)
    form(desk, purse, "correct", amount="-1")
    for terms in ({"charge_type": "PRECHARGE"}, {"credit_line": "999"}):
        assert "top it up first" in change(desk, purse, **terms).content.decode()
    assert change(desk, purse, credit_line="1000").status_code == 302


LOGIN = {
    "account": "900002", "password": "a pass word", "extnos": "1069077", "category": "otp", "max_connections": "5",
    "protocol": "http", "is_active": "on",
}  # fmt: skip
ADD = "/admin/accounts/gatewaylogin/add/"


def test_security_adds_a_login_with_its_lease_and_purse(world: World) -> None:
    browser = staff_of("security")
    assert browser.post(ADD, LOGIN | {"application": world.shop.pk}).status_code == 302
    login = GatewayLogin.objects.get()
    assert (login.account, decrypt(login.encrypted_password)) == ("900002", "a pass word")
    assert ExtnoLease.objects.get().extno == "1069077"
    assert Purse.objects.get().application == world.shop
    path = f"/admin/accounts/gatewaylogin/{login.pk}/password/"
    browser.post(path, {"password": "another", "again": "another"})
    login.refresh_from_db()
    assert decrypt(login.encrypted_password) == "another"


def test_an_extno_of_somebody_else_is_refused(world: World, desk: Client) -> None:
    other = create_application("other", environment="live")[0]
    ExtnoLease.objects.create(upstream_account=world.account, extno="1069077", application=other)
    answer = desk.post(ADD, LOGIN | {"application": world.shop.pk})
    assert "is leased to other" in answer.content.decode()
    assert not GatewayLogin.objects.exists()


def test_a_password_is_shown_on_no_page(world: World, desk: Client) -> None:
    books(world)
    login = GatewayLogin.objects.get()
    for page in ("change", "history", "password"):
        content = desk.get(f"/admin/accounts/gatewaylogin/{login.pk}/{page}/").content.decode()
        assert "secret" not in content.replace("csrf", "")
        assert login.encrypted_password not in content


def test_a_closed_day_is_downloaded_by_who_may(world: World) -> None:
    books(world)
    path = f"/admin/accounts/dayclosing/{DayClosing.objects.get().pk}/statement/"
    answer = staff_of("finance").get(path)
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert len(next(csv.reader(io.StringIO(content)))) == 7
    User.objects.all().delete()
    assert staff_of("viewer").get(path).status_code == 403
