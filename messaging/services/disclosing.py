"""Written down before personal data is shown: who asked for it, why, and from where."""

import uuid
from dataclasses import dataclass

from messaging.models import Disclosure


@dataclass(frozen=True)
class Asking:
    """Who asks, and why. `address` is None when nobody whom we trust said where the request comes from."""

    actor: str
    reason: str
    address: str | None
    request_id: str


def record_unmasking(asking: Asking, subject: Disclosure.Subject, row_id: uuid.UUID) -> Disclosure:
    """Record that one row is shown with whole number and text."""
    return _record(asking, Disclosure.Kind.UNMASKED, subject, row_id=row_id, masked=False)


def begin_export(
    asking: Asking, subject: Disclosure.Subject, narrowed: dict[str, str], *, masked: bool
) -> Disclosure:
    """Record that a list is exported. `narrowed` is what was searched and filtered by, without numbers."""
    return _record(asking, Disclosure.Kind.EXPORT, subject, narrowed=narrowed, masked=masked)


def end_export(export: Disclosure, asking: Asking, rows: int, *, whole: bool) -> Disclosure:
    """Record how many rows have left, and whether those were all that were asked for."""
    kind = Disclosure.Kind.EXPORTED if whole else Disclosure.Kind.BROKEN_OFF
    subject = Disclosure.Subject(export.subject)
    return _record(asking, kind, subject, export=export, rows=rows, masked=export.masked)


def _record(asking: Asking, kind: Disclosure.Kind, subject: Disclosure.Subject, **more: object) -> Disclosure:
    return Disclosure.objects.create(
        kind=kind, subject=subject, actor=asking.actor, reason=asking.reason, address=asking.address,
        request_id=asking.request_id, **more,
    )  # fmt: skip
