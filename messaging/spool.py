"""Pages that came while the database could not take them: the only copy there is, so they wait on disk.

One file a page, `<payload id>.page`: a header line of JSON, then the body as it came. A file appears by renaming what
is on disk already, and goes only after its page is committed, so a crash between the two commits it once more.
"""

import json
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging import alarming
from messaging.models import UpstreamPayload
from messaging.prepared import prepared_cursor

log = structlog.get_logger(__name__)

State = UpstreamPayload.State


@dataclass(frozen=True)
class RawPage:
    """What one pull brought, unread."""

    payload_id: uuid.UUID
    account_id: int
    kind: str
    http_status: int
    truncated: bool
    body: bytes


# Primary key. The server binds the body as it is: as a literal it would be twice as long, and read letter by letter.
RECEIVE = """
UPDATE messaging_upstreampayload
SET state = 'received', received_at = statement_timestamp(), body = %(body)s, truncated = %(truncated)s,
    http_status = %(http_status)s, error = ''
WHERE id = %(id)s AND state IN ('started', 'maybe_lost')
"""


@transaction.atomic
def commit(page: RawPage) -> None:
    """Store a page in the row of its pull, or in a new one should that be gone; twice is as good as once."""
    fields: dict[str, Any] = {
        "body": page.body,
        "truncated": page.truncated,
        "http_status": page.http_status,
    }
    with prepared_cursor() as cursor:
        cursor.execute(RECEIVE, fields | {"id": page.payload_id})
        stored = cursor.rowcount
    if not stored:
        row = {"upstream_account_id": page.account_id, "kind": page.kind, "state": State.RECEIVED}
        UpstreamPayload.objects.get_or_create(
            pk=page.payload_id, defaults=row | fields | {"received_at": Now()}
        )


def put(page: RawPage) -> None:
    """Write a page to disk and return when it is there. Raises OSError."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = folder / f"{page.payload_id}.new"
    with open(new, "wb", opener=_private) as file:
        file.write(_header(page) + b"\n" + page.body)
        file.flush()
        os.fsync(file.fileno())
    new.rename(_place(page.payload_id))
    _sync(folder)


def replay() -> int:
    """Commit the pages that wait on this machine, then delete their files; return how many.

    Raises django.db.Error while the database can't take them. Two at the same time are harmless.
    """
    return sum(_replay(path) for path in sorted(_folder().glob("*.page")))


def _replay(path: Path) -> bool:
    try:
        page = _read(path)
        commit(page)
    except FileNotFoundError:  # somebody else was faster
        return False
    except (ValueError, KeyError, TypeError, IntegrityError) as error:
        _set_aside(path, error)
        return False
    path.unlink(missing_ok=True)
    _sync(path.parent)
    log.warning("page_replayed", payload=str(page.payload_id), account=page.account_id, kind=page.kind)
    return True


def _set_aside(path: Path, error: Exception) -> None:
    """A page that can never be committed must not stop the others, nor pulling."""
    with suppress(FileNotFoundError):
        path.rename(path.with_suffix(".damaged"))
        log.error("spooled_page_damaged", file=path.name, reason=type(error).__name__)
        alarming.sound(
            "spooled_page_damaged",
            path.stem,
            detail="A page of reports or replies was kept on disk and can't be taken into the database.",
            next_step=f"Look at {path.stem}.damaged in SMSGATEWAY_SPOOL_DIR, on the machine that logged this.",
        )


def _header(page: RawPage) -> bytes:
    return json.dumps(
        {
            "payload_id": str(page.payload_id),
            "account_id": page.account_id,
            "kind": page.kind,
            "http_status": page.http_status,
            "truncated": page.truncated,
        }
    ).encode()


def _read(path: Path) -> RawPage:
    header, _, body = path.read_bytes().partition(b"\n")
    fields = json.loads(header)
    return RawPage(
        payload_id=uuid.UUID(fields["payload_id"]),
        account_id=int(fields["account_id"]),
        kind=str(fields["kind"]),
        http_status=int(fields["http_status"]),
        truncated=bool(fields["truncated"]),
        body=body,
    )


def _folder() -> Path:
    return Path(settings.SMSGATEWAY_SPOOL_DIR)


def _place(payload_id: uuid.UUID) -> Path:
    return _folder() / f"{payload_id}.page"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """Names are the folder's content: a file whose folder was not written is lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
