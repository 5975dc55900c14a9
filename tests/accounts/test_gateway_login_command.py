import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.encryption import decrypt
from accounts.models import Application, ExtnoLease, GatewayLogin, Posting, Purse, UpstreamAccount

ALWAYS = ("--application", "shop", "--account", "922011", "--password", "secret", "--extno", "10690")


def made(*options: str) -> dict[str, object]:
    out = StringIO()
    call_command("create_gateway_login", *ALWAYS, *options, "--json", stdout=out)
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def test_a_login_is_postpaid_unless_it_brings_money(shop: Application) -> None:
    assert made()["charge_type"] == "POSTCHARGE"
    assert decrypt(GatewayLogin.objects.get().encrypted_password) == "secret"
    assert Purse.objects.get().balance == 0


def test_money_makes_it_prepaid_and_stands_in_the_books(shop: Application) -> None:
    answer = made("--balance", "9000", "--price", "50")
    assert (answer["charge_type"], answer["balance"], answer["price_per_part"]) == ("PRECHARGE", 9000, 50)
    assert list(Posting.objects.filter(kind="top_up").values_list("side", "amount").order_by("side")) == [
        ("cash", -9000),
        ("purse", 9000),
    ]


def test_a_second_login_keeps_the_terms(shop: Application) -> None:
    made("--balance", "9000", "--price", "50")
    out = StringIO()
    call_command("create_gateway_login", *ALWAYS[:2], "--account", "2", *ALWAYS[4:], stdout=out)
    assert "PRECHARGE, 50 for a part, balance 9000" in out.getvalue()


def test_a_longer_extno_is_leased(shop: Application, upstream: UpstreamAccount) -> None:
    call_command("create_gateway_login", *ALWAYS, "--extno", "10690123", stdout=StringIO())
    assert [lease.extno for lease in ExtnoLease.objects.all()] == ["10690123"]


def test_somebody_elses_extno_is_refused(shop: Application, upstream: UpstreamAccount) -> None:
    other = Application.objects.create(name="other", environment="sandbox")
    ExtnoLease.objects.create(upstream_account=upstream, extno="10690123", application=other)
    with pytest.raises(CommandError, match="--extno: 10690123 is leased to other"):
        call_command("create_gateway_login", *ALWAYS, "--extno", "10690123")
    assert not GatewayLogin.objects.exists()


def test_mistakes_say_what_to_do(shop: Application) -> None:
    with pytest.raises(CommandError, match="create_application 'nobody'"):
        call_command("create_gateway_login", "--application", "nobody", *ALWAYS[2:])
    made()
    with pytest.raises(CommandError, match="--account:"):
        call_command("create_gateway_login", *ALWAYS)
