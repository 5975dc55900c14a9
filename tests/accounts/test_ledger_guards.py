"""What the database keeps of the ledger, whoever writes."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from accounts.ledger import NoCredit, charge, open_purse, top_up
from accounts.models import Application, Posting, Purse


@pytest.fixture
def purse(shop: Application) -> Purse:
    return open_purse(shop, charge_type="PRECHARGE", price_per_part=45)


def balance(purse: Purse) -> int:
    return Purse.objects.get(pk=purse.pk).balance


def pay(purse: Purse, parts: int) -> None:
    with transaction.atomic():
        charge(purse.application_id, parts=parts, price=45, subject=uuid.uuid4())


def test_a_charge_moves_the_balance_and_adds_up_to_nothing(purse: Purse) -> None:
    top_up(purse.application_id, 1000, reason="bank", posted_by="boss")
    pay(purse, 3)
    assert balance(purse) == 1000 - 3 * 45
    assert Posting.objects.aggregate(sum=Sum("amount"))["sum"] == 0
    assert Posting.objects.filter(side="purse").aggregate(sum=Sum("amount"))["sum"] == balance(purse)


def test_a_prepaid_purse_pays_its_last_part_and_no_more(purse: Purse) -> None:
    top_up(purse.application_id, 90, reason="bank", posted_by="boss")
    pay(purse, 2)
    with pytest.raises(NoCredit):
        pay(purse, 1)
    assert balance(purse) == 0


def test_a_postpaid_purse_goes_down_to_its_credit_line(shop: Application) -> None:
    purse = open_purse(shop, price_per_part=45)
    Purse.objects.filter(pk=purse.pk).update(credit_line=45)
    pay(purse, 1)
    with pytest.raises(NoCredit):
        pay(purse, 1)
    assert balance(purse) == -45


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_purse SET balance = balance + 1",
        "UPDATE accounts_posting SET amount = amount + 1",
        "DELETE FROM accounts_posting",
        "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE accounts_posting",
        """INSERT INTO accounts_posting (entry, kind, side, application_id, amount, reason, posted_by)
        SELECT gen_random_uuid(), 'top_up', 'purse', application_id, 5, '', '' FROM accounts_purse""",
    ],
)
def test_nobody_writes_past_the_books(purse: Purse, statement: str) -> None:
    top_up(purse.application_id, 1000, reason="bank", posted_by="boss")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_subject_is_charged_once(purse: Purse) -> None:
    top_up(purse.application_id, 1000, reason="bank", posted_by="boss")
    subject = uuid.uuid4()
    charge(purse.application_id, parts=1, price=45, subject=subject)
    with pytest.raises(IntegrityError), transaction.atomic():
        charge(purse.application_id, parts=1, price=45, subject=subject)


def test_who_has_no_purse_is_not_charged(shop: Application) -> None:
    with pytest.raises(IntegrityError, match="without a purse"), transaction.atomic():
        charge(shop.pk, parts=1, price=45, subject=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_room_for_the_next(purse: Purse) -> None:
    top_up(purse.application_id, 1000, reason="bank", posted_by="boss")


@pytest.mark.django_db(transaction=True)
def test_the_next_finds_nothing() -> None:
    assert not Posting.objects.exists()
