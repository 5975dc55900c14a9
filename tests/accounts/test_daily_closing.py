"""What became of a balance on a day, kept when the day is over."""

import csv
import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.ledger import (
    NoCredit,
    PostedBefore,
    Refund,
    charge,
    close_days,
    correct,
    open_purse,
    refund,
    top_up,
)
from accounts.models import Application, DayClosing, Purse

TODAY = timezone.localdate


@pytest.fixture
def purse(shop: Application) -> Purse:
    """As old as four days, with entries of three days ago, of yesterday and of today."""
    purse = open_purse(shop, charge_type="PRECHARGE", price_per_part=45)
    Purse.objects.update(created_at=timezone.now() - timedelta(days=4))
    top_up(shop.pk, 1000, reason="=bank", posted_by="boss")
    charge(shop.pk, parts=4, price=45, subject=uuid.uuid4())
    made_earlier(3)
    refund([Refund(shop.pk, uuid.uuid4(), 1, 45)])
    correct(shop.pk, -5, reason="a slip", posted_by="boss")
    made_earlier(1)
    charge(shop.pk, parts=1, price=45, subject=uuid.uuid4())
    return purse


def made_earlier(days: int) -> None:
    """Move what was posted today to an earlier day, which the books allow nobody to do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE accounts_posting SET posted_at = posted_at - %s WHERE posted_at > statement_timestamp() - "
            "interval '1 hour'",
            [timedelta(days=days)],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def days() -> list[tuple[int, ...]]:
    columns = ("opening", "charges", "refunds", "top_ups", "corrections", "closing", "parts")
    return list(DayClosing.objects.order_by("day").values_list(*columns))


def test_each_day_that_is_over_is_closed_once(purse: Purse) -> None:
    assert close_days() == 4
    assert days() == [
        (0, 0, 0, 0, 0, 0, 0),
        (0, -180, 0, 1000, 0, 820, 4),
        (820, 0, 0, 0, 0, 820, 0),
        (820, 0, 45, 0, -5, 860, -1),
    ]
    assert close_days() == 0
    assert DayClosing.objects.latest("day").day == TODAY() - timedelta(days=1)
    assert Purse.objects.get().balance == 860 - 45


def test_a_later_run_goes_on_from_the_last_closing(purse: Purse) -> None:
    close_days()
    DayClosing.objects.filter(day__gte=TODAY() - timedelta(days=2)).delete()
    assert close_days() == 2
    assert days()[-1] == (820, 0, 45, 0, -5, 860, -1)


def test_a_closing_that_does_not_add_up_is_refused(purse: Purse) -> None:
    close_days()
    with pytest.raises(IntegrityError), transaction.atomic():
        DayClosing.objects.update(closing=1)


def test_the_statement_has_the_entries_of_its_day_and_no_formula(
    purse: Purse, tmp_path: Path, capsys
) -> None:
    close_days()
    file = tmp_path / "statement.csv"
    day = TODAY() - timedelta(days=3)
    call_command("statement", "--application", "shop", "--day", str(day), "--csv", str(file))
    heading, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    assert len(heading) == 7
    assert [(row[1], row[2], row[3], row[5], row[6]) for row in rows] == [
        ("top-up", "1000", "", "'=bank", "boss"),
        ("charge", "'-180", "4", "", ""),
    ]
    assert "closing                  820" in capsys.readouterr().out


def test_a_day_that_is_not_over_has_no_statement(purse: Purse) -> None:
    close_days()
    with pytest.raises(CommandError, match="is not closed"):
        call_command("statement", "--application", "shop", "--day", str(TODAY()))


def test_by_hand_the_same_is_posted_once(purse: Purse) -> None:
    token = uuid.uuid4()
    top_up(purse.application_id, 100, reason="bank", posted_by="boss", subject=token)
    with pytest.raises(PostedBefore):
        top_up(purse.application_id, 100, reason="bank", posted_by="boss", subject=token)
    assert Purse.objects.get().balance == 815 + 100


def test_a_correction_takes_no_more_than_there_is(purse: Purse) -> None:
    with pytest.raises(NoCredit), transaction.atomic():
        correct(purse.application_id, -816, reason="a slip", posted_by="boss")
    assert Purse.objects.get().balance == 815
