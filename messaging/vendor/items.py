"""One item of a page: a delivery report or an inbound message (document, sections 4.2.1, 5.3 and 6.2)."""

import re
from datetime import datetime
from typing import Any, NamedTuple

from messaging.vendor import values
from messaging.vendor.values import label

# mid, mobile, stat, time, accessCode and spid of nearly every report: texts with nothing to trim, replace or refuse.
_PLAIN = re.compile(
    r"[!-~]{1,64}\n1[0-9]{10}\n[!-~]{1,64}\n[0-9][-0-9: T]{17}[0-9]\n[!-~]{0,64}\n[!-~]{0,64}"
)


class ReportItem(NamedTuple):  # made in a quarter of a frozen dataclass's time, and thousands at once
    """A delivery report: `stat` trimmed but not explained, `raw` the item as it came.

    `time` is UTC, None when `time_raw` is not of the document's form (document, section 4.2.1).
    """

    mid: str
    mobile: str
    stat: str
    time: datetime | None
    time_raw: str
    access_code: str
    spid: str
    raw: str


class InboundItem(NamedTuple):
    """A message from a handset; `mid` is its own id, in another namespace than a report's, and may be "".

    `time` is UTC, None when `time_raw` is not of the document's form (document, section 5.3).
    """

    mid: str
    mobile: str
    content: str
    time: datetime | None
    time_raw: str
    access_code: str
    spid: str
    raw: str


def read_item(item: object, raw: str) -> ReportItem | InboundItem | None:
    """Return the item that a JSON value stands for, None when it is not one.

    `flag` decides which kind it is; only when it is missing, whichever of `stat` and `content` is there
    alone (document, section 6.2).
    """
    if not isinstance(item, dict):
        return None
    if plain := _plain_report(item, raw):
        return plain
    kind = label(item.get("flag")) or _guessed_flag(item)
    if kind == "1":
        return _report(item, raw)
    return _inbound(item, raw) if kind == "0" else None


def _plain_report(item: dict[str, Any], raw: str) -> ReportItem | None:
    """Read a plain report at once, for a page has thousands of them; None: it needs a closer look."""
    try:
        flag = item["flag"]
        fields = item["mid"], item["mobile"], item["stat"], item["time"], item["accessCode"], item["spid"]
        plain = _PLAIN.fullmatch("\n".join(fields))
    except (KeyError, TypeError):
        return None
    if not plain or flag is True or flag not in (1, "1"):
        return None
    mid, mobile, stat, time, access_code, spid = fields
    return ReportItem(
        mid, mobile, stat, values.china_time(time), time, access_code, spid, values.storable(raw)
    )


def _guessed_flag(item: dict[str, object]) -> str:
    stat, content = bool(label(item.get("stat"))), bool(_content(item))
    if item.get("flag") not in (None, "") or stat == content:
        return ""
    return "1" if stat else "0"


def _report(item: dict[str, object], raw: str) -> ReportItem | None:
    mid, mobile, stat = (
        values.mid(item.get("mid")),
        values.mobile(item.get("mobile")),
        label(item.get("stat")),
    )
    if not (mid and mobile and stat):
        return None
    time = label(item.get("time"))
    return ReportItem(mid, mobile, stat, values.china_time(time), time, *_origin(item), values.storable(raw))


def _inbound(item: dict[str, object], raw: str) -> InboundItem | None:
    mid, mobile, content = values.mid(item.get("mid")), values.mobile(item.get("mobile")), _content(item)
    if not mobile or content is None:
        return None
    time = label(item.get("time"))
    return InboundItem(
        mid, mobile, content, values.china_time(time), time, *_origin(item), values.storable(raw)
    )


def _origin(item: dict[str, object]) -> tuple[str, str]:
    return label(item.get("accessCode")), label(item.get("spid"))


def _content(item: dict[str, object]) -> str | None:
    content = item.get("content")
    if isinstance(content, bool) or not isinstance(content, str | int):
        return None
    return values.storable(str(content))
