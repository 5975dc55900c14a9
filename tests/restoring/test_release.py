"""`manage.py release` ends holds and says how many."""

import pytest
from django.core.management import CommandError, call_command

from messaging import holding
from messaging.models import Hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(upstream):
    """Everything is held, and the account too."""
    holding.place(None, holding.Reason(Hold.Cause.RESTORED), probe_after=None, scope=Hold.Scope.EVERYTHING)
    holding.place(upstream.pk, holding.Reason(Hold.Cause.NO_CREDIT), probe_after=60)


def causes():
    return sorted(holding.in_force().values_list("cause", flat=True))


def test_all(held, capsys):
    call_command("release", "--all")
    assert causes() == []
    assert "2 holds ended" in capsys.readouterr().out
    assert set(Hold.objects.values_list("ended_by", flat=True)) == {"manage.py release"}


def test_one(held, capsys):
    call_command("release", "--hold", str(Hold.objects.get(cause="restored").pk))
    assert causes() == ["no_credit"]
    assert "1 hold ended" in capsys.readouterr().out


def test_those_of_an_account(held, capsys):
    call_command("release", "--account", "simulator")
    assert causes() == ["restored"]
    assert "1 hold ended" in capsys.readouterr().out


def test_none_in_force(db, capsys):
    call_command("release", "--all")
    assert "0 holds ended" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--hold", "99"], "no hold 99"),
        (["--account", "nobody"], "no upstream account 'nobody'"),
        ([], "required"),
        (["--all", "--hold", "1"], "not allowed"),
    ],
)
def test_what_is_not_there_is_said(db, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        call_command("release", *arguments)
