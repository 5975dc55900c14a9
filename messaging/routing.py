"""Which upstream accounts an application may use, in which order."""

from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Application, ExtnoLease, Route, Signature, UpstreamAccount
from accounts.remembered import Remembered
from messaging.exceptions import Invalid, Problem
from messaging.prepared import prepared_cursor

ACCOUNT = [field.attname for field in UpstreamAccount._meta.concrete_fields]  # noqa: SLF001  (Django's documented API)
# A few rows of two small tables, asked for with every call.
WAYS = f"""
SELECT {", ".join(f"a.{column}" for column in ACCOUNT)}
FROM accounts_route r JOIN accounts_upstreamaccount a ON a.id = r.upstream_account_id AND a.is_active
WHERE (r.application_id = %(application)s OR r.application_id IS NULL) AND r.category IN ('', %(category)s)
  AND r.environment = %(environment)s
ORDER BY r.rank, r.application_id, r.category DESC, r.id
"""  # noqa: S608  (column names)


def accounts_for(
    application_id: int, environment: str, category: str, extno: str | None
) -> list[UpstreamAccount]:
    """Return the active accounts that a message may take, by rank; held ones are among them.

    A route of the application itself goes before one for any application, and one for its category before any category,
    where the ranks are equal.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            WAYS, {"application": application_id, "category": category, "environment": environment}
        )
        found = [UpstreamAccount.from_db(DEFAULT_DB_ALIAS, ACCOUNT, row) for row in cursor.fetchall()]
    accounts = list(dict.fromkeys(found))
    return accounts if extno is None else _owning(accounts, application_id, extno)


def _owning(accounts: list[UpstreamAccount], application_id: int, extno: str) -> list[UpstreamAccount]:
    leased = set(
        ExtnoLease.objects.filter(application_id=application_id, extno=extno).values_list(
            "upstream_account_id", flat=True
        )
    )
    return [account for account in accounts if account.extno == extno or account.pk in leased]


def accounts_of_caller(application: Application) -> QuerySet[UpstreamAccount]:
    """Return every account that some route opens to this application."""
    routes = Route.objects.filter(
        Q(application=application) | Q(application__isnull=True), environment=application.environment
    )
    return UpstreamAccount.objects.filter(routes__in=routes, is_active=True).distinct().order_by("name")


@dataclass(frozen=True)
class Sender:
    """What intake must know of the way a request will go. `signatures` is None where nobody checks them."""

    has_route: bool
    chunk_numbers: int
    signatures: frozenset[str] | None


@dataclass(frozen=True)
class _Asked:
    application_id: int
    environment: str
    category: str
    extno: str | None


def sender_for(application: Application, category: str, extno: str | None, *, anew: bool = False) -> Sender:
    """Return the way for a request, unless `anew` as it was a second ago; raise `Invalid` for somebody else's extno.

    Having no route is no fault of the caller: the messages wait, and say why.
    """
    asked = _Asked(application.pk, application.environment, category, extno)
    sender = _read_sender(asked) if anew else _senders.get(asked)
    if extno is not None and not sender.has_route:
        detail = _("This extno is not leased to your application. Leave it out, or ask staff for a lease.")
        raise Invalid("unknown_extno", detail, [Problem("/extno", "unknown_extno", detail)])
    return sender


def _read_sender(asked: _Asked) -> Sender:
    accounts = accounts_for(asked.application_id, asked.environment, asked.category, asked.extno)
    return Sender(
        has_route=bool(accounts),
        chunk_numbers=accounts[0].max_numbers if accounts else settings.DEFAULT_CHUNK_NUMBERS,
        signatures=_filed_signatures(accounts),
    )


def _filed_signatures(accounts: list[UpstreamAccount]) -> frozenset[str] | None:
    """Where every account checks signatures, a text needs one that is filed with at least one of them."""
    if not accounts or not all(account.signature_check for account in accounts):
        return None
    return frozenset(Signature.objects.filter(upstream_account__in=accounts).values_list("text", flat=True))


_senders = Remembered(_read_sender, worth_keeping=lambda sender: sender.has_route)
