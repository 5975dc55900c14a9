"""What `manage.py doctor` looks at: each part, what is wrong with it, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts.encryption import WrongEncryptionKey
from accounts.models import Route, UpstreamAccount
from messaging import selectors
from messaging.holding import in_force
from messaging.upstream import client_for
from messaging.vendor import errors
from smsgateway.celery import app
from smsgateway.schedule import QUEUES

STALE_SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis; `level` is ok, note or serious."""

    level: str
    what: str
    todo: str = ""


def findings(*, ask_upstream: bool) -> Iterator[Finding]:
    """Look at everything in the order in which one part needs the other."""
    yield from _configuration()
    database = list(_database())
    yield from database
    yield from _redis()
    yield from _workers()
    if any(finding.level == "serious" for finding in database):
        return
    yield from _backlog()
    yield from _holds()
    yield from _upstream(ask_upstream)


def _configuration() -> Iterator[Finding]:
    found = checks.run_checks(include_deployment_checks=False)
    for message in found:
        level = "serious" if message.level >= checks.ERROR else "note"
        yield Finding(level, f"configuration: {message.msg}", message.hint or "")
    if not found:
        yield Finding("ok", "configuration")


def _database() -> Iterator[Finding]:
    shown = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}/{connection.settings_dict['NAME']}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), pg_is_in_recovery()")
            version, replica = cursor.fetchone()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        todo = "Start it, or correct DATABASE_URL. On one machine: make run."
        yield Finding("serious", f"PostgreSQL at {shown} does not answer: {reason}", todo)
        return
    if replica:
        yield Finding(
            "serious", f"PostgreSQL at {shown} is a read-only replica", "Name the primary in DATABASE_URL."
        )
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding("serious", f"{len(missing)} migrations are missing", "Run: manage.py migrate")
    else:
        yield Finding("ok", f"PostgreSQL {version} at {shown}")


def _redis() -> Iterator[Finding]:
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2)
    kwargs = client.connection_pool.connection_kwargs
    shown = f"{kwargs.get('host', 'localhost')}:{kwargs.get('port', 6379)}"
    try:
        client.ping()
    except redis.AuthenticationError:
        yield Finding(
            "serious", f"Redis at {shown} refuses the password", "Correct the password in REDIS_URL."
        )
    except redis.RedisError as error:
        todo = "Start it, or correct REDIS_URL. Nothing is lost meanwhile; `manage.py pump` keeps messages moving."
        yield Finding("serious", f"Redis at {shown} does not answer: {error}", todo)
    else:
        yield Finding("ok", f"Redis at {shown}")
    finally:
        client.close()


def _workers() -> Iterator[Finding]:
    try:
        answers = app.control.inspect(timeout=2).active_queues() or {}
    except (OSError, OperationalError, redis.RedisError):
        return  # Redis itself is the finding
    served = {queue["name"] for queues in answers.values() for queue in queues}
    for queue in QUEUES:
        if queue.name not in served:
            todo = f"Start one: celery -A smsgateway worker --queues {queue.name} --pool threads"
            yield Finding("serious", f"no worker serves the queue {queue.name}", todo)
    if answers:
        yield Finding("ok", f"{len(answers)} workers: {', '.join(sorted(answers))}")


def _backlog() -> Iterator[Finding]:
    for lane in selectors.backlog():
        if lane.oldest_seconds > STALE_SECONDS:
            what = f"{lane.messages} {lane.category} messages are due, the oldest for {lane.oldest_seconds:.0f} s"
            yield Finding("note", what, "Look at the holds and the workers in this list.")


def _holds() -> Iterator[Finding]:
    for hold in in_force().select_related("upstream_account"):
        where = hold.upstream_account.name if hold.upstream_account else hold.get_scope_display()
        why = " ".join(filter(None, (hold.get_cause_display(), hold.code_table, hold.code, hold.detail)))
        page = reverse("admin:messaging_hold_changelist")
        yield Finding("note", f"held: {where}: {why}, since {hold.since:%Y-%m-%d %H:%M} UTC", f"See {page}")


def _upstream(ask: bool) -> Iterator[Finding]:
    accounts = list(selectors.active_accounts())
    if not accounts:
        todo = "Run: manage.py create_upstream_account NAME --base-url … --account … --extno … --default"
        yield Finding("note", "there is no upstream account, so nothing can be sent", todo)
    for account in accounts:
        if not Route.objects.filter(upstream_account=account).exists():
            todo = (
                f"Run: manage.py set_upstream_account {account.name} --default, or add a route in the admin."
            )
            yield Finding("note", f"upstream account {account.name}: no route leads to it", todo)
        if account.base_url.startswith("http://") and not _is_local(account.base_url):
            what = f"upstream account {account.name}: passwords travel over plain http"
            yield Finding("note", what, "Ask the vendor for an https address.")
        if ask:
            yield _ask(account)


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.", "http://localhost", "http://[::1]"))


def _ask(account: UpstreamAccount) -> Finding:
    """`balance` is the one call that neither sends nor consumes anything."""
    name = f"upstream account {account.name}"
    try:
        answer = client_for(account).balance()
    except WrongEncryptionKey as error:
        return Finding(
            "serious", f"{name}: {error}", "Or set the password anew: manage.py set_upstream_account"
        )
    except errors.NeverLeft as error:
        todo = "Check the URL, the network and the vendor. Messages wait, and go when it is back."
        return Finding("serious", f"{name}: {account.base_url} can't be reached ({error.reason})", todo)
    except errors.VendorError as error:
        todo = error.code.action.en if error.code else "Ask the vendor what answers at this address."
        return Finding("serious", f"{name}: refused ({error.reason})", todo)
    yuan = "unknown" if answer.balance is None else f"{answer.balance / 1000:.2f} CNY"
    return Finding("ok", f"{name}: answers, balance {yuan}, {answer.charge_type or 'charge type not said'}")
